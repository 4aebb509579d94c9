// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "lib/xalloc.h"
#include "tool/check/check_facts.h"
#include "tool/check/checks.h"

/* In this order: a later check uses what an earlier one found. */
static const struct {
	const char *name;
	void (*run)(struct check *check, struct facts *facts);
} table[] = {
	/* The configuration file is valid, or there is none. */
	{ "configuration", check_configuration },
	/* A crash kernel is loaded, and load has loaded it. */
	{ "crash kernel", check_crash_kernel },
	/* No service of another tool will load its own. */
	{ "other tools", check_other_tools },
	/* Dumps can go to the paths, and it was loaded for what is there. */
	{ "dump path", check_path },
	/* No other device has a UUID of one of those that a dump needs. */
	{ "copies", check_copies },
	/* The filesystems have no errors. */
	{ "filesystem", check_filesystem },
	/* md will start the arrays below them, even after writes. */
	{ "raid", check_raid },
	/* The kernel's list of keys names each volume. */
	{ "key items", check_key_items },
	/* Reserved memory has the keys to open, and those to hide. */
	{ "saved keys", check_saved_keys },
	/* The keys open the volumes. */
	{ "volume key", check_volume_key },
	/* The kernel modules for the targets are installed. */
	{ "modules", check_modules },
	/* The programs that the capture initramfs needs are installed. */
	{ "programs", check_programs },
	/* makedumpfile recognizes free memory, or can be helped to do so. */
	{ "collector", check_collector },
	/* The capture initramfs is up to date, and it is the loaded one. */
	{ "initramfs", check_initramfs },
	/* Enough memory is reserved for the crash kernel. */
	{ "memory", check_memory },
	/* The filesystems have space for the next dump. */
	{ "free space", check_space },
	/* The hardware clock is right: dumps are named by it. */
	{ "clock", check_clock },
	/* The crash kernel will have a console. */
	{ "console", check_console },
};

#define TABLE_SIZE (sizeof(table) / sizeof(table[0]))

static void find_chains(struct checks *checks, const struct facts *facts)
{
	const struct targets *targets = &facts->targets;
	const struct text_list none = {};
	size_t i;

	checks->chains =
		xrealloc(NULL, (targets->count + 1) * sizeof(*checks->chains));
	for (i = 0; i < targets->count; i++)
		chain_find(&checks->chains[i], &targets->list[i],
			   facts->image ? &facts->image->plan.modules : &none);
	checks->chain_count = targets->count;
}

void checks_run(struct checks *checks, const char *path, const char *config,
		bool with_chains, struct text_list *warnings)
{
	struct facts facts;
	size_t i;

	*checks = (struct checks) {
		.list = xrealloc(NULL, TABLE_SIZE * sizeof(*checks->list)),
	};
	facts_init(&facts, path, config, warnings);
	for (i = 0; i < TABLE_SIZE; i++) {
		struct check *check = &checks->list[checks->count];

		*check = (struct check) { .name = table[i].name };
		table[i].run(check, &facts);
		if (check->text)
			checks->count++;
	}
	if (with_chains)
		find_chains(checks, &facts);
	facts_release(&facts);
}

void checks_release(struct checks *checks)
{
	size_t i;

	for (i = 0; i < checks->count; i++)
		check_release(&checks->list[i]);
	free(checks->list);
	for (i = 0; i < checks->chain_count; i++)
		chain_release(&checks->chains[i]);
	free(checks->chains);
	memset(checks, 0, sizeof(*checks));
}

enum check_result checks_result(const struct checks *checks)
{
	enum check_result worst = CHECK_PASS;
	size_t i;

	for (i = 0; i < checks->count; i++)
		if (checks->list[i].result > worst)
			worst = checks->list[i].result;
	return worst;
}
