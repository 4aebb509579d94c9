/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Allocation that never returns NULL. If there is no memory, a handler ends the
 * program. The caller frees what is returned.
 */
#ifndef KDUMP_CRYPT_XALLOC_H
#define KDUMP_CRYPT_XALLOC_H

#include <stdarg.h>
#include <stddef.h>

char *xstrdup(const char *text);

/* Return a copy of @text. Return NULL if @text is NULL. */
char *xstrdup_or_null(const char *text);

char *xasprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *xvasprintf(const char *format, va_list arguments)
	__attribute__((format(printf, 1, 0)));
void *xrealloc(void *memory, size_t size);

/* Return @memory, which a library has allocated and which may be NULL. */
void *xcheck(void *memory);

/*
 * Call @handler if there is no memory. It must not return. Without this call
 * the program prints a message and exits.
 */
void xalloc_set_handler(void (*handler)(void));

#endif /* KDUMP_CRYPT_XALLOC_H */
