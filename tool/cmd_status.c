// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../lib/json.h"
#include "armed_state.h"
#include "commands.h"
#include "crash_kernel.h"
#include "key_check.h"
#include "key_items.h"
#include "verb_options.h"

#define MIB	(1024 * 1024)

struct status {
	struct armed_state state;	/* empty where load armed nothing */
	long long reserved;		/* bytes */
	long long saved;		/* keys; -1 where the kernel does not tell */
	const char *problem;		/* why it is not armed; NULL: it is */
};

static const char usage[] =
	"Usage: kdump-crypt status [--json]\n"
	"Say whether a crash would leave a dump, and where.\n"
	"\n"
	"Exit status: 0 armed, 1 not armed, 2 wrong usage.\n";

static const char *find_problem(const struct status *status)
{
	if (!status->reserved)
		return "no memory is reserved for a crash kernel: add crashkernel=128M to the kernel's command line and reboot";
	if (!crash_kernel_is_loaded())
		return "no crash kernel is loaded: type kdump-crypt load";
	if (!status->state.path)
		return "a crash kernel is loaded, but kdump-crypt did not load it: type kdump-crypt load";
	if (status->saved >= 0 &&
	    status->saved < (long long)status->state.luks_uuids.count)
		return "the loaded crash kernel has no key for its volume: type kdump-crypt load";
	if (!geteuid() && !key_check_are_loaded(&status->state))
		return "the loaded crash kernel does not have the key that a LUKS volume has now: type kdump-crypt load";
	return NULL;
}

static void print_json(const struct status *status)
{
	json_object *root = json_object_new_object();

	json_object_object_add(root, "armed",
			       json_object_new_boolean(!status->problem));
	if (status->problem)
		json_object_object_add(root, "problem",
				json_object_new_string(status->problem));
	if (status->state.path) {
		json_object_object_add(root, "path",
				json_object_new_string(status->state.path));
		json_object_object_add(root, "crash_kernel",
				json_object_new_string(status->state.kernel));
	}
	json_object_object_add(root, "luks_volumes",
			       json_from_texts(&status->state.luks_uuids));
	if (status->saved >= 0)
		json_object_object_add(root, "saved_keys",
				json_object_new_int64(status->saved));
	json_object_object_add(root, "reserved_bytes",
			       json_object_new_int64(status->reserved));
	puts(json_object_to_json_string_ext(root, JSON_C_TO_STRING_PRETTY));
	json_object_put(root);
}

static void print_volumes(const struct text_list *uuids)
{
	size_t i;

	if (!uuids->count)
		printf("LUKS volume:  none, the dump is not encrypted\n");
	for (i = 0; i < uuids->count; i++)
		printf("LUKS volume:  %s\n", uuids->items[i]);
}

static void print_text(const struct status *status)
{
	printf("Armed:        %s\n", status->problem ? "no" : "yes");
	if (status->problem)
		printf("Why not:      %s\n", status->problem);
	if (status->state.path) {
		printf("Dump path:    %s\n", status->state.path);
		print_volumes(&status->state.luks_uuids);
		printf("Crash kernel: %s\n", status->state.kernel);
	}
	if (status->saved >= 0)
		printf("Saved keys:   %lld\n", status->saved);
	printf("Reserved:     %lld MiB\n", status->reserved / MIB);
}

int cmd_status(int argc, char **argv)
{
	bool json = false;
	const struct verb_option table[] = {
		{ "json", .flag = &json },
		{ }
	};
	struct status status;

	verb_options_read(argc, argv, usage, table, NULL);
	armed_state_read(&status.state);
	status.reserved = crash_kernel_reserved();
	status.saved = key_items_saved();
	status.problem = find_problem(&status);
	if (json)
		print_json(&status);
	else
		print_text(&status);
	armed_state_release(&status.state);
	return status.problem ? EXIT_FAILURE : EXIT_SUCCESS;
}
