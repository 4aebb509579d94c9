// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "tool/keys/own_keys.h"

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
