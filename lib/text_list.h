/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A growing list of texts. A list of zeros is empty. */
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

/* Append a copy of @text if @list does not contain it. */
void text_list_add_once(struct text_list *list, const char *text);

/* Return true if @list contains @text. */
bool text_list_has(const struct text_list *list, const char *text);

/* Return true if @list contains all texts of @others. */
bool text_list_has_all(const struct text_list *list,
		       const struct text_list *others);

/* Sort the texts by their bytes. */
void text_list_sort(struct text_list *list);

/*
 * Return all texts with @separator between them. Return NULL if the list is
 * empty. The caller frees the result.
 */
char *text_list_join(const struct text_list *list, const char *separator);

/* Free all texts. The list is empty then. */
void text_list_release(struct text_list *list);

#endif /* KDUMP_CRYPT_TEXT_LIST_H */
