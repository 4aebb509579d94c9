/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The signature of a kernel module, which is at the end of its file. The format
 * is that of Linux: include/linux/module_signature.h and scripts/sign-file.c.
 */
#ifndef KDUMP_CRYPT_MODULE_SIGNATURE_H
#define KDUMP_CRYPT_MODULE_SIGNATURE_H

#include <stddef.h>

/*
 * Return the offset in bytes at which the signature of the module in @data
 * starts. Return @size, the bytes of the module, if it has none.
 */
size_t module_signature_start(const void *data, size_t size);

#endif /* KDUMP_CRYPT_MODULE_SIGNATURE_H */
