/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_ZEROS_H
#define KDUMP_CRYPT_ZEROS_H

#include <stdbool.h>
#include <stddef.h>

/* Return true if all @size bytes of @memory are zero. @size is at least 1. */
bool is_zero(const void *memory, size_t size);

#endif /* KDUMP_CRYPT_ZEROS_H */
