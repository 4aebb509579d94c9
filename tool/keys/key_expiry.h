/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When keys expire. Only /proc/keys tells. */
#ifndef KDUMP_CRYPT_KEY_EXPIRY_H
#define KDUMP_CRYPT_KEY_EXPIRY_H

#include <keyutils.h>
#include <limits.h>

#define KEY_EXPIRY_NEVER LLONG_MAX

/*
 * Return the seconds until the key @serial expires, or KEY_EXPIRY_NEVER. The
 * file @keys has the format of /proc/keys, which rounds down to whole minutes,
 * hours, days or weeks. Return 0 if the key has expired, or if the file does
 * not say.
 */
long long key_expiry_find(const char *keys, key_serial_t serial);

#endif /* KDUMP_CRYPT_KEY_EXPIRY_H */
