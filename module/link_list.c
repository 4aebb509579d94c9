// SPDX-License-Identifier: GPL-2.0
#include <linux/ctype.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "area.h"
#include "link_list.h"

#define UUID_TEXT_LENGTH 36 /* with its four hyphens */

struct link_list {
	struct volume_uuid volumes[AREA_MAX_KEYS];
	int count;
	char text[]; /* as it was written, for reading it back */
};

/* Protects the following, which may be NULL. */
static DEFINE_MUTEX(list_lock);
static struct link_list *used;

/* Return -EINVAL if @text does not begin with a UUID. */
static int parse_uuid(const char *text, struct volume_uuid *uuid)
{
	unsigned int i, digits = 0;

	for (i = 0; i < UUID_TEXT_LENGTH; i++) {
		if (i == 8 || i == 13 || i == 18 || i == 23) {
			if (text[i] != '-')
				return -EINVAL;
			continue;
		}
		if (!isxdigit(text[i]))
			return -EINVAL;
		uuid->digits[digits++] = tolower(text[i]);
	}
	uuid->digits[digits] = '\0';
	return 0;
}

/* Return the number of volumes in @text, or -EINVAL. */
static int parse_list(const char *text, struct volume_uuid *volumes)
{
	int count = 0;

	while (*text) {
		if (count == AREA_MAX_KEYS || parse_uuid(text, &volumes[count]))
			return -EINVAL;
		count++;
		text += UUID_TEXT_LENGTH;
		if (*text == ',')
			text++;
		else if (*text)
			return -EINVAL;
	}
	return count;
}

struct link_list *link_list_make(const char *text)
{
	struct link_list *list;
	size_t length;

	text = skip_spaces(text);
	length = strlen(text);
	list = kzalloc(sizeof(*list) + length + 1, GFP_KERNEL);
	if (!list)
		return ERR_PTR(-ENOMEM);
	memcpy(list->text, text, length);
	strim(list->text);
	list->count = parse_list(list->text, list->volumes);
	if (list->count >= 0)
		return list;
	kfree(list);
	return ERR_PTR(-EINVAL);
}

struct link_list *link_list_use(struct link_list *list)
{
	mutex_lock(&list_lock);
	swap(used, list);
	mutex_unlock(&list_lock);
	return list;
}

void link_list_exit(void)
{
	kfree(used);
	used = NULL;
}

void link_list_free(struct link_list *list)
{
	kfree(list);
}

int link_list_show(char *page)
{
	int length;

	mutex_lock(&list_lock);
	length = sysfs_emit(page, "%s\n", used ? used->text : "");
	mutex_unlock(&list_lock);
	return length;
}

bool link_list_is_empty(void)
{
	bool is_empty;

	mutex_lock(&list_lock);
	is_empty = !used || !used->count;
	mutex_unlock(&list_lock);
	return is_empty;
}

bool link_list_has(const struct volume_uuid *uuid)
{
	bool listed = false;
	int i;

	mutex_lock(&list_lock);
	for (i = 0; used && i < used->count && !listed; i++)
		listed = !strcmp(used->volumes[i].digits, uuid->digits);
	mutex_unlock(&list_lock);
	return listed;
}
