// SPDX-License-Identifier: GPL-2.0
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/configfs.h>
#include <linux/kstrtox.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>

#include "area.h"
#include "dm_crypt_hook.h"
#include "held.h"
#include "kexec_hook.h"
#include "load_count.h"
#include "registry.h"
#include "reuse.h"
#include "save.h"

struct key_item {
	struct config_item item;
	struct list_head list;
	struct needed_key key;
};

/* Protects all of the following and the key of every item. */
static DEFINE_MUTEX(registry_lock);
static bool is_open;
static LIST_HEAD(key_items);
static unsigned int key_item_count;

static struct key_item *to_key_item(struct config_item *item)
{
	return container_of(item, struct key_item, item);
}

static ssize_t key_item_description_show(struct config_item *item, char *page)
{
	ssize_t length;

	mutex_lock(&registry_lock);
	length = sysfs_emit(page, "%s\n", to_key_item(item)->key.description);
	mutex_unlock(&registry_lock);
	return length;
}

static ssize_t key_item_description_store(struct config_item *item,
					  const char *page, size_t count)
{
	struct needed_key *key = &to_key_item(item)->key;
	size_t length = count;

	if (length && page[length - 1] == '\n')
		length--;
	if (!length || length > AREA_MAX_DESCRIPTION || memchr(page, 0, length))
		return -EINVAL;

	mutex_lock(&registry_lock);
	memcpy(key->description, page, length);
	key->description[length] = '\0';
	mutex_unlock(&registry_lock);
	return count;
}

static ssize_t key_item_hide_only_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%d\n",
			  READ_ONCE(to_key_item(item)->key.hide_only));
}

static ssize_t key_item_hide_only_store(struct config_item *item,
					const char *page, size_t count)
{
	bool hide_only;
	int ret;

	ret = kstrtobool(page, &hide_only);
	if (ret)
		return ret;
	mutex_lock(&registry_lock);
	WRITE_ONCE(to_key_item(item)->key.hide_only, hide_only);
	mutex_unlock(&registry_lock);
	return count;
}

static ssize_t key_item_saved_show(struct config_item *item, char *page)
{
	bool is_saved;

	mutex_lock(&registry_lock);
	is_saved = save_includes(to_key_item(item)->key.description);
	mutex_unlock(&registry_lock);
	return sysfs_emit(page, "%d\n", is_saved);
}

CONFIGFS_ATTR(key_item_, description);
CONFIGFS_ATTR(key_item_, hide_only);
CONFIGFS_ATTR_RO(key_item_, saved);

static struct configfs_attribute *key_item_attrs[] = {
	&key_item_attr_description,
	&key_item_attr_hide_only,
	&key_item_attr_saved,
	NULL,
};

static void key_item_release(struct config_item *item)
{
	kfree(to_key_item(item));
}

static struct configfs_item_operations key_item_ops = {
	.release = key_item_release,
};

static const struct config_item_type key_item_type = {
	.ct_item_ops = &key_item_ops,
	.ct_attrs = key_item_attrs,
	.ct_owner = THIS_MODULE,
};

/* Loads are wrapped while there are items. */
static int add_item_locked(struct key_item *key)
{
	int ret = 0;

	lockdep_assert_held(&registry_lock);

	if (!is_open)
		return -ENODEV;
	if (key_item_count >= AREA_MAX_KEYS)
		return -ENOSPC;
	if (!key_item_count)
		ret = kexec_hook_begin();
	if (ret) {
		kexec_hook_end(); /* half of it may be done */
		return ret;
	}
	if (!key_item_count)
		dm_crypt_hook_watch(true);
	list_add_tail(&key->list, &key_items);
	WRITE_ONCE(key_item_count, key_item_count + 1);
	return 0;
}

static struct config_item *registry_make_item(struct config_group *group,
					      const char *name)
{
	struct key_item *key;
	int ret;

	key = kzalloc(sizeof(*key), GFP_KERNEL);
	if (!key)
		return ERR_PTR(-ENOMEM);

	config_item_init_type_name(&key->item, name, &key_item_type);
	if (!config_item_name(&key->item)) {
		config_item_put(&key->item);
		return ERR_PTR(-ENOMEM);
	}

	mutex_lock(&registry_lock);
	ret = add_item_locked(key);
	mutex_unlock(&registry_lock);
	if (ret) {
		config_item_put(&key->item);
		return ERR_PTR(ret);
	}
	return &key->item;
}

/*
 * configfs calls this for every item that registry_make_item() returned, even
 * if it could not make the directory afterwards.
 */
static void registry_drop_item(struct config_group *group,
			       struct config_item *item)
{
	mutex_lock(&registry_lock);
	list_del(&to_key_item(item)->list);
	WRITE_ONCE(key_item_count, key_item_count - 1);
	if (!key_item_count) {
		kexec_hook_end();
		dm_crypt_hook_watch(false);
	}
	mutex_unlock(&registry_lock);
	config_item_put(item);
}

static ssize_t registry_count_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%u\n", registry_count());
}

static ssize_t registry_saved_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%u\n", save_armed_keys());
}

static ssize_t registry_loads_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%u\n", load_count());
}

/* Whoever reads this is about to call kexec_load(2). */
static ssize_t registry_parameter_show(struct config_item *item, char *page)
{
	phys_addr_t address;
	int ret;

	mutex_lock(&registry_lock);
	ret = held_init();
	if (!ret && key_item_count)
		ret = kexec_hook_begin();
	mutex_unlock(&registry_lock);
	if (ret)
		return ret;
	address = held_address();
	return sysfs_emit(page, "dmcryptkeys=%pa\n", &address);
}

static ssize_t registry_reuse_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%d\n", reuse_is_requested());
}

static ssize_t registry_reuse_store(struct config_item *item, const char *page,
				    size_t count)
{
	bool reuse;
	int ret;

	ret = kstrtobool(page, &reuse);
	if (!ret)
		ret = reuse_request(reuse);
	return ret ?: count;
}

CONFIGFS_ATTR_RO(registry_, count);
CONFIGFS_ATTR_RO(registry_, saved);
CONFIGFS_ATTR_RO(registry_, loads);
/* Only root may know where keys lie. */
static struct configfs_attribute registry_attr_parameter = {
	.ca_name = "parameter",
	.ca_mode = 0400,
	.ca_owner = THIS_MODULE,
	.show = registry_parameter_show,
};
CONFIGFS_ATTR(registry_, reuse);

static struct configfs_attribute *registry_attrs[] = {
	&registry_attr_count,	  &registry_attr_saved, &registry_attr_loads,
	&registry_attr_parameter, &registry_attr_reuse, NULL,
};

static struct configfs_group_operations registry_ops = {
	.make_item = registry_make_item,
	.drop_item = registry_drop_item,
};

static const struct config_item_type registry_type = {
	.ct_group_ops = &registry_ops,
	.ct_attrs = registry_attrs,
	.ct_owner = THIS_MODULE,
};

static struct configfs_subsystem registry_subsystem = {
	.su_group = {
		.cg_item = {
			.ci_namebuf = "crash_dm_crypt_keys",
			.ci_type = &registry_type,
		},
	},
};

static int copy_keys_locked(struct needed_key *keys)
{
	struct key_item *item;
	int count = 0;

	lockdep_assert_held(&registry_lock);

	list_for_each_entry(item, &key_items, list) {
		if (!*item->key.description) {
			pr_err("crash kernel not loaded: key item \"%s\" has no description\n",
			       config_item_name(&item->item));
			return -EINVAL;
		}
		keys[count++] = item->key;
	}
	return count;
}

int registry_snapshot(struct needed_key **keys)
{
	int ret;

	*keys = kvcalloc(AREA_MAX_KEYS, sizeof(**keys), GFP_KERNEL);
	if (!*keys)
		return -ENOMEM;

	mutex_lock(&registry_lock);
	ret = copy_keys_locked(*keys);
	mutex_unlock(&registry_lock);
	if (ret < 0) {
		kvfree(*keys);
		*keys = NULL;
	}
	return ret;
}

unsigned int registry_count(void)
{
	return READ_ONCE(key_item_count);
}

int registry_init(void)
{
	config_group_init(&registry_subsystem.su_group);
	mutex_init(&registry_subsystem.su_mutex);
	return configfs_register_subsystem(&registry_subsystem);
}

void registry_open(void)
{
	mutex_lock(&registry_lock);
	is_open = true;
	mutex_unlock(&registry_lock);
}

void registry_exit(void)
{
	configfs_unregister_subsystem(&registry_subsystem);
}
