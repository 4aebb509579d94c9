/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_KEYSLOT_MEMORY_H
#define KDUMP_CRYPT_KEYSLOT_MEMORY_H

#include <libcryptsetup.h>

/*
 * Return a text that says that a keyslot of @volume needs more memory than is
 * available, as Argon2 may. libcryptsetup only says that no keyslot opened.
 * Return NULL if there is enough for all. @meminfo is /proc/meminfo except in
 * tests. The caller frees the text.
 */
char *keyslot_memory_shortage(struct crypt_device *volume, const char *meminfo);

#endif /* KDUMP_CRYPT_KEYSLOT_MEMORY_H */
