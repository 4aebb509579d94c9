// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>

#include "lib/utc.h"
#include "tool/verbs/armed_text.h"

#define MIB (1024 * 1024)

void armed_text_field(const char *title, const char *value)
{
	if (value)
		printf("%-13s %s\n", title, value);
}

void armed_text_fields(const char *title, const struct text_list *values)
{
	size_t i;

	for (i = 0; i < values->count; i++)
		armed_text_field(title, values->items[i]);
}

void armed_text_target(const struct armed_state *armed, bool verbose)
{
	struct text_list filesystems = {};

	armed_state_filesystems(&filesystems, armed);
	armed_text_field("Dump path:", armed->path);
	if (verbose)
		armed_text_fields("Filesystem:", &filesystems);
	if (!armed->luks_uuids.count)
		armed_text_field("LUKS volume:",
				 "none, the dump is not encrypted");
	armed_text_fields("LUKS volume:", &armed->luks_uuids);
	if (verbose)
		armed_text_fields("Hides key of:", &armed->hidden_luks_uuids);
	armed_text_field("Crash kernel:", armed->kernel);
	text_list_release(&filesystems);
}

void armed_text_files(const struct armed_state *armed)
{
	armed_text_field("Kernel file:", armed->kernel_file);
	armed_text_field("Initramfs:", armed->initramfs_file);
	armed_text_field("Command line:", armed->command_line);
	armed_text_field("Config file:", armed->config_option);
}

void armed_text_loader(const struct armed_state *armed)
{
	char *when = armed->time ? utc_for_people(armed->time) : NULL;

	if (when)
		printf("Loaded at:    %s UTC\n", when);
	armed_text_field("Loaded by:", armed->command);
	if (armed->pid)
		printf("              process %lld%s%s\n", armed->pid,
		       armed->unit ? ", in " : "", armed->unit ?: "");
	free(when);
}

void armed_text_memory(const struct armed_state *armed, long long reserved)
{
	printf("Reserved:     %lld MiB", reserved / MIB);
	if (armed->needed)
		printf(" (%lld MiB needed)", armed->needed / MIB);
	putchar('\n');
}

void armed_text_armed(const struct armed_state *armed)
{
	size_t i;

	printf("Armed: a crash dump goes to %s", armed->path);
	for (i = 0; i < armed->luks_uuids.count; i++)
		printf(", on LUKS volume %s", armed->luks_uuids.items[i]);
	printf(".\n");
}
