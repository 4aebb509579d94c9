// SPDX-License-Identifier: GPL-2.0
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "area.h"
#include "link_list.h"

#define UUID_TEXT_LENGTH 36 /* with its four hyphens */

/* Protects the following. */
static DEFINE_MUTEX(list_lock);
static struct volume_uuid *listed_volumes;
static unsigned int listed_count;
static char *listed_text; /* as it was written, for reading it back */

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

int link_list_set(const char *value)
{
	struct volume_uuid *volumes;
	char *text;
	int ret;

	volumes = kcalloc(AREA_MAX_KEYS, sizeof(*volumes), GFP_KERNEL);
	text = kstrdup(skip_spaces(value), GFP_KERNEL);
	if (!volumes || !text) {
		ret = -ENOMEM;
		goto free;
	}
	strim(text);
	ret = parse_list(text, volumes);
	if (ret < 0)
		goto free;

	mutex_lock(&list_lock);
	swap(listed_volumes, volumes);
	swap(listed_text, text);
	WRITE_ONCE(listed_count, ret);
	mutex_unlock(&list_lock);
	ret = 0;
free:
	kfree(volumes);
	kfree(text);
	return ret;
}

int link_list_show(char *page)
{
	int length;

	mutex_lock(&list_lock);
	length = sysfs_emit(page, "%s\n", listed_text ?: "");
	mutex_unlock(&list_lock);
	return length;
}

void link_list_free(void)
{
	kfree(listed_volumes);
	kfree(listed_text);
}

bool link_list_is_empty(void)
{
	return !READ_ONCE(listed_count);
}

bool link_list_has(const struct volume_uuid *uuid)
{
	bool listed = false;
	unsigned int i;

	mutex_lock(&list_lock);
	for (i = 0; i < listed_count && !listed; i++)
		listed = !strcmp(listed_volumes[i].digits, uuid->digits);
	mutex_unlock(&list_lock);
	return listed;
}
