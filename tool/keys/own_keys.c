// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/textfile.h"
#include "lib/xalloc.h"
#include "tool/keys/own_keys.h"

/* One more is accepted and loaded, and then no key is restored. */
#define MAX_ITEMS 128

/*
 * The list exists on every architecture. But it is the code of
 * kexec_file_load(2) for an architecture that passes the keys on. Elsewhere
 * items are accepted, the load succeeds, and no key arrives.
 */
static const struct {
	const char *machine;
	const char *since; /* the first release that passes keys */
} passing[] = {
	{ "x86_64", "" },
	{ "aarch64", "7.1" },
	{ "ppc64le", "7.1" },
};

bool own_keys_arrive(const char *machine, const char *release)
{
	size_t i;

	for (i = 0; i < sizeof(passing) / sizeof(passing[0]); i++)
		if (!strcmp(machine, passing[i].machine))
			return strverscmp(release, passing[i].since) >= 0;
	return false;
}

static int check_count(const char *items, struct error *error)
{
	char *file = xasprintf("%s/count", items);
	long long count = textfile_read_number(file, NULL);

	free(file);
	if (count <= MAX_ITEMS)
		return 0;
	return error_set(
		error, ENOSPC,
		"%s has %lld key items, and this kernel passes no key if there are more than %d: remove some with rmdir",
		items, count, MAX_ITEMS);
}

/* kdumpctl leaves it set. The kernel resets it only if keys are loaded. */
static int end_reuse(const char *items, struct error *error)
{
	char *file = xasprintf("%s/reuse", items);
	int ret = 0;

	if (textfile_read_number(file, NULL) == 1 &&
	    textfile_write(file, "0", NULL))
		ret = error_set(
			error, EBUSY,
			"%s is set, so the crash kernel would get old keys, and it cannot be reset now: reboot",
			file);
	free(file);
	return ret;
}

int own_keys_check(const char *items, struct error *error)
{
	if (check_count(items, error))
		return -1;
	return end_reuse(items, error);
}
