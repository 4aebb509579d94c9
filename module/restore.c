// SPDX-License-Identifier: GPL-2.0
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/array_size.h>
#include <linux/configfs.h>
#include <linux/err.h>
#include <linux/io.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "area.h"
#include "hide.h"
#include "restore.h"
#include "saved_area.h"
#include "user_keys.h"

/*
 * Protects the saved area in reserved memory and the following, and keeps calls
 * of hide_begin(), hide_free_pages() and hide_end() apart.
 */
static DEFINE_MUTEX(restore_lock);
static bool restored;

/*
 * Hiding cannot be undone, and a module whose init fails is freed even if it is
 * still needed. So nothing is hidden before init has succeeded.
 */
static bool is_initialized;

/* As saved_area_map(). */
static struct area *map_unless_restored(const char *consequence)
{
	lockdep_assert_held(&restore_lock);

	/* The keys are handed out once: then the area was wiped. */
	return restored ? ERR_PTR(-ENOKEY) : saved_area_map(consequence);
}

static int restore_keys(void)
{
	struct area *area;
	unsigned int count;
	int ret;

	area = map_unless_restored("no keys restored");
	if (IS_ERR(area))
		return PTR_ERR(area);

	/* None, if all keys are for hiding only. */
	count = user_keys_count(area);
	ret = user_keys_add(area);
	if (ret) {
		pr_err("no keys restored: cannot add %u keys to the user keyring: error %d\n",
		       count, ret);
	} else {
		memzero_explicit(area, area_size(area));
		WRITE_ONCE(restored, true);
		pr_info("%u %s restored\n", count, count == 1 ? "key" : "keys");
	}
	memunmap(area);
	return ret;
}

static int begin_hiding(void)
{
	struct area *area;
	int ret;

	if (hide_is_on())
		return 0;
	if (saved_area_may_be_held())
		hide_register();
	area = map_unless_restored("no pages hidden");
	if (IS_ERR(area))
		return PTR_ERR(area);
	ret = hide_begin(area);
	if (ret)
		pr_err("no pages hidden: cannot search for %u keys: error %d\n",
		       le32_to_cpu(area->key_count), ret);
	memunmap(area);
	return ret;
}

static bool is_yes(const char *value)
{
	return sysfs_streq(value, "yes") || sysfs_streq(value, "1") ||
	       sysfs_streq(value, "true") || sysfs_streq(value, "on");
}

static bool is_no(const char *value)
{
	return sysfs_streq(value, "no") || sysfs_streq(value, "0") ||
	       sysfs_streq(value, "false") || sysfs_streq(value, "off");
}

/* The files. They do not use @item, which is NULL in sysfs. */

static ssize_t file_restore_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%d\n", READ_ONCE(restored));
}

static ssize_t file_restore_store(struct config_item *item, const char *page,
				  size_t count)
{
	int ret;

	if (!is_yes(page))
		return count;

	mutex_lock(&restore_lock);
	ret = restore_keys();
	mutex_unlock(&restore_lock);
	return ret ?: count;
}

static ssize_t file_hide_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%d\n", hide_is_on());
}

static ssize_t file_hide_store(struct config_item *item, const char *page,
			       size_t count)
{
	int ret = 0;

	mutex_lock(&restore_lock);
	if (is_yes(page))
		ret = is_initialized ? begin_hiding() : -ENODEV;
	else if (is_no(page))
		hide_end();
	mutex_unlock(&restore_lock);
	return ret ?: count;
}

static ssize_t file_hidden_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%lu\n", hide_count());
}

static ssize_t file_unreadable_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%lu\n", hide_unreadable_count());
}

static ssize_t file_free_pages_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%d\n", hide_leaves_out_free_pages());
}

static ssize_t file_free_pages_store(struct config_item *item, const char *page,
				     size_t count)
{
	int ret = 0;

	mutex_lock(&restore_lock);
	if (is_yes(page))
		ret = is_initialized ? hide_free_pages() : -ENODEV;
	mutex_unlock(&restore_lock);
	return ret ?: count;
}

CONFIGFS_ATTR(file_, restore);
CONFIGFS_ATTR(file_, hide);
CONFIGFS_ATTR_RO(file_, hidden);
CONFIGFS_ATTR_RO(file_, unreadable);
CONFIGFS_ATTR(file_, free_pages);

static struct configfs_attribute *configfs_attrs[] = {
	&file_attr_restore,    &file_attr_hide,	      &file_attr_hidden,
	&file_attr_unreadable, &file_attr_free_pages, NULL,
};

static const struct config_item_type configfs_type = {
	.ct_attrs = configfs_attrs,
	.ct_owner = THIS_MODULE,
};

static struct configfs_subsystem configfs_subsystem = {
	.su_group = {
		.cg_item = {
			.ci_namebuf = "crash_dm_crypt_keys",
			.ci_type = &configfs_type,
		},
	},
};

/* The same files once more, in sysfs. */
struct sysfs_file {
	struct kobj_attribute attribute;
	const struct configfs_attribute *file;
};

static const struct configfs_attribute *
to_file(struct kobj_attribute *attribute)
{
	return container_of(attribute, struct sysfs_file, attribute)->file;
}

static ssize_t sysfs_show(struct kobject *kobj,
			  struct kobj_attribute *attribute, char *page)
{
	return to_file(attribute)->show(NULL, page);
}

static ssize_t sysfs_store(struct kobject *kobj,
			   struct kobj_attribute *attribute, const char *page,
			   size_t count)
{
	return to_file(attribute)->store(NULL, page, count);
}

#define SYSFS_FILE(name, mode, store)                               \
	{                                                           \
		.attribute = __ATTR(name, mode, sysfs_show, store), \
		.file = &file_attr_##name,                          \
	}

static struct sysfs_file sysfs_files[] = {
	SYSFS_FILE(restore, 0644, sysfs_store),
	SYSFS_FILE(hide, 0644, sysfs_store),
	SYSFS_FILE(hidden, 0444, NULL),
	SYSFS_FILE(unreadable, 0444, NULL),
	SYSFS_FILE(free_pages, 0644, sysfs_store),
};

static struct kobject *sysfs_directory;

static int create_sysfs_files(void)
{
	unsigned int i;
	int ret = 0;

	sysfs_directory =
		kobject_create_and_add("crash_dm_crypt_keys", kernel_kobj);
	if (!sysfs_directory)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(sysfs_files) && !ret; i++)
		ret = sysfs_create_file(sysfs_directory,
					&sysfs_files[i].attribute.attr);
	if (ret)
		kobject_put(sysfs_directory);
	return ret;
}

int restore_init(void)
{
	int ret;

	ret = saved_area_find();
	if (ret)
		return ret;

	config_group_init(&configfs_subsystem.su_group);
	mutex_init(&configfs_subsystem.su_mutex);
	ret = configfs_register_subsystem(&configfs_subsystem);
	if (ret)
		return ret;
	ret = create_sysfs_files();
	if (ret) {
		configfs_unregister_subsystem(&configfs_subsystem);
		return ret;
	}

	mutex_lock(&restore_lock);
	is_initialized = true;
	mutex_unlock(&restore_lock);
	return 0;
}

void restore_exit(void)
{
	kobject_put(sysfs_directory);
	configfs_unregister_subsystem(&configfs_subsystem);
}
