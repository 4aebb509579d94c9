// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tool/arm/armed_lock.h"
#include "tool/arm/armed_state.h"
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
	"  --help  show this help\n"
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

int cmd_unload(int argc, char **argv)
{
	struct error error;
	bool loaded;

	verb_options_read(argc, argv, usage, NULL, NULL);
	if (geteuid()) {
		warnx("only root can unload a crash kernel");
		return EXIT_FAILURE;
	}
	if (armed_lock(ARMED_LOCK_SECONDS, print_progress, &error)) {
		print_error(&error);
		return EXIT_FAILURE;
	}
	loaded = crash_kernel_is_loaded();
	if (crash_kernel_unload(&error)) {
		print_error(&error);
		return EXIT_FAILURE;
	}
	if (armed_state_remove(&error))
		print_error(&error);
	if (key_items_available() && key_items_clear(&error)) {
		print_error(&error);
		return EXIT_FAILURE;
	}
	puts(loaded ?
		     "Not armed any more: the crash kernel was unloaded, and its keys were wiped." :
		     "No crash kernel was loaded.");
	stop_service();
	return EXIT_SUCCESS;
}
