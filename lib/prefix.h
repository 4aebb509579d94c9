/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a text begins with. */
#ifndef KDUMP_CRYPT_PREFIX_H
#define KDUMP_CRYPT_PREFIX_H

#include <stdbool.h>
#include <string.h>

static inline bool starts_with(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

/* @prefixes end with NULL. */
static inline bool starts_with_any(const char *text,
				   const char *const *prefixes)
{
	for (; *prefixes; prefixes++)
		if (starts_with(text, *prefixes))
			return true;
	return false;
}

#endif /* KDUMP_CRYPT_PREFIX_H */
