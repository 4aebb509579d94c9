/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Allocation that ends the program with a message where there is no memory.
 * What is returned is the caller's to free().
 */
#ifndef KDUMP_CRYPT_XALLOC_H
#define KDUMP_CRYPT_XALLOC_H

#include <stdarg.h>
#include <stddef.h>

char *xstrdup(const char *text);
char *xasprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *xvasprintf(const char *format, va_list arguments)
	__attribute__((format(printf, 1, 0)));
void *xrealloc(void *memory, size_t size);

#endif /* KDUMP_CRYPT_XALLOC_H */
