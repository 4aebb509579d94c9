// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text_list.h"
#include "lib/xalloc.h"

void text_list_add(struct text_list *list, const char *text)
{
	list->items =
		xrealloc(list->items, (list->count + 1) * sizeof(*list->items));
	list->items[list->count++] = xstrdup(text);
}

void text_list_addf(struct text_list *list, const char *format, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	text = xvasprintf(format, arguments);
	va_end(arguments);
	text_list_add(list, text);
	free(text);
}

void text_list_add_once(struct text_list *list, const char *text)
{
	if (!text_list_has(list, text))
		text_list_add(list, text);
}

bool text_list_has(const struct text_list *list, const char *text)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		if (!strcmp(list->items[i], text))
			return true;
	return false;
}

bool text_list_has_all(const struct text_list *list,
		       const struct text_list *others)
{
	size_t i;

	for (i = 0; i < others->count; i++)
		if (!text_list_has(list, others->items[i]))
			return false;
	return true;
}

static int compare(const void *one, const void *other)
{
	return strcmp(*(char *const *)one, *(char *const *)other);
}

void text_list_sort(struct text_list *list)
{
	if (list->count)
		qsort(list->items, list->count, sizeof(*list->items), compare);
}

char *text_list_join(const struct text_list *list, const char *separator)
{
	char *text = NULL;
	size_t i;

	for (i = 0; i < list->count; i++) {
		char *longer = xasprintf("%s%s%s", text ?: "",
					 text ? separator : "", list->items[i]);

		free(text);
		text = longer;
	}
	return text;
}

void text_list_release(struct text_list *list)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		free(list->items[i]);
	free(list->items);
	memset(list, 0, sizeof(*list));
}
