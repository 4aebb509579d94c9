/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_PREFIX_H
#define KDUMP_CRYPT_PREFIX_H

#include <stdbool.h>
#include <string.h>

/* Return true if @text starts with @prefix. */
static inline bool starts_with(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

/* Return true if @text starts with one of @prefixes, which end with NULL. */
static inline bool starts_with_any(const char *text,
				   const char *const *prefixes)
{
	for (; *prefixes; prefixes++)
		if (starts_with(text, *prefixes))
			return true;
	return false;
}

#endif /* KDUMP_CRYPT_PREFIX_H */
