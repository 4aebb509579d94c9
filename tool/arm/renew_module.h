/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_RENEW_MODULE_H
#define KDUMP_CRYPT_RENEW_MODULE_H

#include "lib/error.h"

/*
 * Make sure that the module of the kernel @version, which the crash kernel will
 * load, can read what the loaded module saves. After an upgrade it may not:
 * then unload the crash kernel and put the new module in place of the loaded
 * one. The keys stay in root's keyring meanwhile, with an expiry, so that a load
 * needs no passphrase.
 *
 * Return 0 or -1. Nothing has changed if the keys cannot be kept or somebody
 * else uses the module. If the new module cannot be loaded, no crash kernel is.
 */
int renew_module(const char *version, struct error *error);

#endif /* KDUMP_CRYPT_RENEW_MODULE_H */
