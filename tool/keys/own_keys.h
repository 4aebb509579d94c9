/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_OWN_KEYS_H
#define KDUMP_CRYPT_OWN_KEYS_H

#include <stdbool.h>

/*
 * Return true if a kernel with a key list of its own, CONFIG_CRASH_DM_CRYPT,
 * passes the keys to the crash kernel. @machine and @release are those of
 * uname(2).
 */
bool own_keys_arrive(const char *machine, const char *release);

#endif /* KDUMP_CRYPT_OWN_KEYS_H */
