// SPDX-License-Identifier: GPL-2.0
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/configfs.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/io.h>
#include <linux/ioport.h>
#include <linux/key.h>
#include <linux/keyctl.h>
#include <linux/kobject.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "area.h"
#include "hide.h"
#include "restore.h"

#define COMMAND_LINE_PARAMETER "dmcryptkeys"

/*
 * Protects the saved area in reserved memory, and writing to restored; neither
 * call of hide.h overlaps with another.
 */
static DEFINE_MUTEX(restore_lock);
static bool restored;

/*
 * Hiding cannot be taken back, and what fails as the module is loaded frees it,
 * whatever it is needed for. Protected by restore_lock.
 */
static bool is_initialized;

/*
 * Where the saved area is, or why that is not known. Found out as the module is
 * loaded, when no lock is held: reading a file takes locks, and those of the
 * switch's own file are held as it is written to.
 */
static phys_addr_t area_address;
static int area_error;

/*
 * The kernel keeps its command line to itself; /proc/cmdline is the way in
 * for a module. The caller frees the text.
 */
static char *read_command_line(void)
{
	loff_t position = 0;
	struct file *file;
	ssize_t length;
	char *text;

	text = kzalloc(PAGE_SIZE, GFP_KERNEL);
	if (!text)
		return ERR_PTR(-ENOMEM);

	file = filp_open("/proc/cmdline", O_RDONLY, 0);
	if (IS_ERR(file)) {
		kfree(text);
		return ERR_CAST(file);
	}
	length = kernel_read(file, text, PAGE_SIZE - 1, &position);
	filp_close(file, NULL);
	if (length < 0) {
		kfree(text);
		return ERR_PTR(length);
	}
	return text;
}

/*
 * The first occurrence counts: that is where the module put it when the crash
 * kernel was loaded.
 */
static int find_area(phys_addr_t *address)
{
	char *text, *args, *name, *value;
	unsigned long long number;
	int ret = -ENOENT;

	text = read_command_line();
	if (IS_ERR(text))
		return PTR_ERR(text);

	args = strim(text);
	while (*args) {
		args = next_arg(args, &name, &value);
		if (strcmp(name, COMMAND_LINE_PARAMETER))
			continue;
		ret = value ? kstrtoull(value, 0, &number) : -EINVAL;
		if (!ret)
			*address = number;
		break;
	}
	kfree(text);
	return ret;
}

/*
 * The loader's memmap= parameter made the area's pages reserved. Anything
 * else, be it ordinary memory or a device, is not for us to map.
 */
static bool is_reserved(phys_addr_t start, size_t size)
{
	return region_intersects(start, size, IORESOURCE_MEM,
				 IORES_DESC_RESERVED) == REGION_INTERSECTS;
}

/*
 * Map the saved area and validate all of it. The caller unmaps.
 */
static struct area *map_area(phys_addr_t address)
{
	struct area *area;
	size_t size;
	int ret;

	if (!IS_ALIGNED(address, PAGE_SIZE) || !is_reserved(address, PAGE_SIZE))
		return ERR_PTR(-ERANGE);

	area = memremap(address, PAGE_SIZE, MEMREMAP_WB);
	if (!area)
		return ERR_PTR(-ENOMEM);
	ret = area_check_header(area);
	size = ret ? 0 : area_size(area);
	memunmap(area);
	if (ret)
		return ERR_PTR(ret);

	if (!is_reserved(address, PAGE_ALIGN(size)))
		return ERR_PTR(-EBADMSG);
	area = memremap(address, PAGE_ALIGN(size), MEMREMAP_WB);
	if (!area)
		return ERR_PTR(-ENOMEM);
	ret = area_check(area, size);
	if (ret) {
		memunmap(area);
		return ERR_PTR(ret);
	}
	return area;
}

static key_ref_t add_user_key(key_ref_t keyring, const struct area_key *entry)
{
	char description[AREA_MAX_DESCRIPTION + 1] = {};

	memcpy(description, entry->description,
	       le16_to_cpu(entry->description_length));
	return key_create_or_update(keyring, "user", description, entry->key,
				    le16_to_cpu(entry->key_length),
				    KEY_POS_ALL | KEY_USR_ALL,
				    KEY_ALLOC_IN_QUOTA);
}

/*
 * Unlinking it gives back its quota, which the collector of invalidated keys
 * does not do for the keyring's part; invalidating it ends it for whoever has
 * linked it elsewhere meanwhile, and here where unlinking failed.
 */
static void remove_user_key(key_ref_t keyring, key_ref_t user_key)
{
	struct key *key = key_ref_to_ptr(user_key);

	key_unlink(key_ref_to_ptr(keyring), key);
	key_invalidate(key);
}

/* Where there are none, all are for hiding only. */
static u32 count_user_keys(const struct area *area)
{
	u32 i, count = 0;

	for (i = 0; i < le32_to_cpu(area->key_count); i++)
		if (!area_key_is_hide_only(&area->keys[i]))
			count++;
	return count;
}

/*
 * All or nothing: where one key cannot be added, none remains, nor does a key
 * that was there before and was updated with a saved one.
 */
static int add_user_keys(const struct area *area)
{
	u32 count = le32_to_cpu(area->key_count);
	key_ref_t keyring, *keys;
	u32 i, added = 0;
	int ret = 0;

	keys = kcalloc(count, sizeof(*keys), GFP_KERNEL);
	if (!keys)
		return -ENOMEM;

	keyring = lookup_user_key(KEY_SPEC_USER_KEYRING, KEY_LOOKUP_CREATE,
				  KEY_NEED_WRITE);
	if (IS_ERR(keyring)) {
		ret = PTR_ERR(keyring);
		goto free;
	}

	for (i = 0; i < count; i++) {
		if (area_key_is_hide_only(&area->keys[i]))
			continue;
		keys[added] = add_user_key(keyring, &area->keys[i]);
		if (IS_ERR(keys[added])) {
			ret = PTR_ERR(keys[added]);
			break;
		}
		added++;
	}
	while (added--) {
		if (ret)
			remove_user_key(keyring, keys[added]);
		key_ref_put(keys[added]);
	}
	key_ref_put(keyring);
free:
	kfree(keys);
	return ret;
}

/*
 * The saved area, valid, for the caller to unmap. Where there is none, what
 * that means has been logged.
 */
static struct area *open_area(const char *meaning)
{
	struct area *area;

	lockdep_assert_held(&restore_lock);

	/* The keys are handed out once; the area was wiped then. */
	if (restored)
		return ERR_PTR(-ENOKEY);

	if (area_error) {
		pr_err("%s: no usable %s= on the command line: error %d\n",
		       meaning, COMMAND_LINE_PARAMETER, area_error);
		return ERR_PTR(area_error);
	}
	area = map_area(area_address);
	if (IS_ERR(area))
		pr_err("%s: no intact saved area at %pa: error %ld\n", meaning,
		       &area_address, PTR_ERR(area));
	return area;
}

static int restore_keys(void)
{
	struct area *area;
	u32 count;
	int ret;

	area = open_area("no keys restored");
	if (IS_ERR(area))
		return PTR_ERR(area);

	count = count_user_keys(area);
	ret = add_user_keys(area);
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
	area = open_area("no pages hidden");
	if (IS_ERR(area))
		return PTR_ERR(area);
	ret = hide_begin(area);
	if (ret)
		pr_err("no pages hidden: %u keys cannot be looked for: error %d\n",
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

static ssize_t restore_write(const char *value, size_t count)
{
	int ret;

	if (!is_yes(value))
		return count;

	mutex_lock(&restore_lock);
	ret = restore_keys();
	mutex_unlock(&restore_lock);
	return ret ?: count;
}

static ssize_t restore_read(char *page)
{
	return sysfs_emit(page, "%d\n", READ_ONCE(restored));
}

static ssize_t hide_write(const char *value, size_t count)
{
	int ret = 0;

	mutex_lock(&restore_lock);
	if (is_yes(value))
		ret = is_initialized ? begin_hiding() : -ENODEV;
	else if (is_no(value))
		hide_end();
	mutex_unlock(&restore_lock);
	return ret ?: count;
}

static ssize_t hide_read(char *page)
{
	return sysfs_emit(page, "%d\n", hide_is_on());
}

static ssize_t hidden_read(char *page)
{
	return sysfs_emit(page, "%lu\n", hide_count());
}

static ssize_t configfs_restore_show(struct config_item *item, char *page)
{
	return restore_read(page);
}

static ssize_t configfs_restore_store(struct config_item *item,
				      const char *page, size_t count)
{
	return restore_write(page, count);
}

static ssize_t configfs_hide_show(struct config_item *item, char *page)
{
	return hide_read(page);
}

static ssize_t configfs_hide_store(struct config_item *item, const char *page,
				   size_t count)
{
	return hide_write(page, count);
}

static ssize_t configfs_hidden_show(struct config_item *item, char *page)
{
	return hidden_read(page);
}

CONFIGFS_ATTR(configfs_, restore);
CONFIGFS_ATTR(configfs_, hide);
CONFIGFS_ATTR_RO(configfs_, hidden);

static struct configfs_attribute *configfs_attrs[] = {
	&configfs_attr_restore,
	&configfs_attr_hide,
	&configfs_attr_hidden,
	NULL,
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

static ssize_t restore_show(struct kobject *kobj, struct kobj_attribute *attr,
			    char *page)
{
	return restore_read(page);
}

static ssize_t restore_store(struct kobject *kobj, struct kobj_attribute *attr,
			     const char *page, size_t count)
{
	return restore_write(page, count);
}

static ssize_t hide_show(struct kobject *kobj, struct kobj_attribute *attr,
			 char *page)
{
	return hide_read(page);
}

static ssize_t hide_store(struct kobject *kobj, struct kobj_attribute *attr,
			  const char *page, size_t count)
{
	return hide_write(page, count);
}

static ssize_t hidden_show(struct kobject *kobj, struct kobj_attribute *attr,
			   char *page)
{
	return hidden_read(page);
}

static struct kobj_attribute sysfs_restore = __ATTR_RW(restore);
static struct kobj_attribute sysfs_hide = __ATTR_RW(hide);
static struct kobj_attribute sysfs_hidden = __ATTR_RO(hidden);

static const struct attribute *sysfs_attrs[] = { &sysfs_restore.attr,
						 &sysfs_hide.attr,
						 &sysfs_hidden.attr, NULL };

static struct kobject *sysfs_directory;

int restore_init(void)
{
	int ret;

	area_error = find_area(&area_address);
	if (area_error == -ENOMEM)
		return area_error;

	config_group_init(&configfs_subsystem.su_group);
	mutex_init(&configfs_subsystem.su_mutex);
	ret = configfs_register_subsystem(&configfs_subsystem);
	if (ret)
		return ret;

	sysfs_directory =
		kobject_create_and_add("crash_dm_crypt_keys", kernel_kobj);
	if (!sysfs_directory) {
		ret = -ENOMEM;
		goto unregister;
	}
	ret = sysfs_create_files(sysfs_directory, sysfs_attrs);
	if (ret)
		goto remove;
	mutex_lock(&restore_lock);
	is_initialized = true;
	mutex_unlock(&restore_lock);
	return 0;

remove:
	kobject_put(sysfs_directory);
unregister:
	configfs_unregister_subsystem(&configfs_subsystem);
	return ret;
}

void restore_exit(void)
{
	kobject_put(sysfs_directory);
	configfs_unregister_subsystem(&configfs_subsystem);
}
