// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/keyring.h"
#include "tool/arm/armed_lock.h"
#include "tool/arm/armed_state.h"
#include "tool/arm/provide_keys.h"
#include "tool/host/interruption.h"
#include "tool/host/systemd_service.h"
#include "tool/kexec/crash_kernel.h"
#include "tool/keys/key_items.h"
#include "tool/setup/service_file.h"
#include "tool/verbs/commands.h"
#include "tool/verbs/print.h"
#include "tool/verbs/verb_options.h"

static const char usage[] =
	"Usage: kdump-crypt unload [OPTION]...\n"
	"Unload the crash kernel, no matter who loaded it, and wipe the keys in reserved\n"
	"memory. Remove the key items that load made.\n"
	"\n"
	"  --keep-keys  hand the keys back to root's keyring, where they expire, so that\n"
	"               the next load needs no passphrase\n"
	"  --help       show this help\n"
	"\n"
	"Exit status: 0 no crash kernel is loaded, 1 failure, 2 wrong usage.\n";

/* Otherwise systemctl start would not arm again. */
static void stop_service(void)
{
	struct error error;

	armed_unlock();
	if (systemd_service_stop(SERVICE, &error))
		print_error(&error);
}

/* The next load needs the keys, unless the machine goes down now. */
static bool keep_keys(void)
{
	struct error error;

	if (key_items_saved() <= 0 || systemd_is_stopping())
		return false;
	if (!key_items_keep_saved(&error))
		return true;
	error_prefix(
		&error,
		"the next load needs the passphrase, because the keys cannot be kept");
	print_error(&error);
	return false;
}

/* An earlier unload --keep-keys may have handed keys back. */
static void drop_kept_keys(void)
{
	struct text_list kept = {}, warnings = {};
	struct error error;

	armed_state_read_kept(&kept);
	if (kept.count && keyring_join_user_keyring(&error))
		print_error(&error);
	else
		provide_keys_drop(&kept, &warnings);
	print_warnings(&warnings);
	armed_state_forget_kept();
	text_list_release(&kept);
}

static void print_unloaded(bool loaded, bool kept)
{
	if (!loaded)
		puts("No crash kernel was loaded.");
	else if (kept)
		puts("Not armed any more: the crash kernel was unloaded. Root's keyring has its keys until they expire.");
	else
		puts("Not armed any more: the crash kernel was unloaded, and its keys were wiped.");
}

static int unload(bool keep, struct error *error)
{
	bool loaded = crash_kernel_is_loaded();
	bool kept = keep && keep_keys();

	if (crash_kernel_unload(error) ||
	    (kept ? armed_state_keep : armed_state_remove)(error) ||
	    (key_items_available() && key_items_clear(error)))
		return -1;
	if (!keep || systemd_is_stopping())
		drop_kept_keys();
	print_unloaded(loaded, kept);
	return 0;
}

int cmd_unload(int argc, char **argv)
{
	struct error error;
	bool keep = false;
	const struct verb_option table[] = { { "keep-keys", .flag = &keep },
					     {} };
	int ret;

	verb_options_read(argc, argv, usage, table, NULL);
	if (!print_unless_root("unload a crash kernel"))
		return EXIT_FAILURE;
	if (armed_lock(ARMED_LOCK_SECONDS, print_progress, &error)) {
		print_error(&error);
		return EXIT_FAILURE;
	}
	interruption_hold();
	ret = unload(keep, &error);
	if (ret)
		print_error(&error);
	else if (!keep)
		stop_service();
	interruption_release();
	return ret ? EXIT_FAILURE : EXIT_SUCCESS;
}
