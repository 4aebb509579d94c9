/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_MISSING_MODULE_H
#define KDUMP_CRYPT_MISSING_MODULE_H

/*
 * Return what to do if the kernel @version has no module crash_dm_crypt. The
 * caller frees the text.
 */
char *missing_module_remedy(const char *version);

#endif /* KDUMP_CRYPT_MISSING_MODULE_H */
