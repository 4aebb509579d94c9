/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A growing list of texts. All zero is an empty one. */
#ifndef KDUMP_CRYPT_TEXT_LIST_H
#define KDUMP_CRYPT_TEXT_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct text_list {
	char **items;
	size_t count;
};

/* Append a copy of @text. */
void text_list_add(struct text_list *list, const char *text);

/* Append the text that a printf() format makes. */
void text_list_addf(struct text_list *list, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The same, unless it is there already. */
void text_list_add_once(struct text_list *list, const char *text);

bool text_list_has(const struct text_list *list, const char *text);

/* All of them, for the caller to free; NULL where there is none. */
char *text_list_join(const struct text_list *list, const char *separator);

/* Free what is in it; it is empty then. */
void text_list_release(struct text_list *list);

#endif /* KDUMP_CRYPT_TEXT_LIST_H */
