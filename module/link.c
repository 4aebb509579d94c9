// SPDX-License-Identifier: GPL-2.0
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <keys/user-type.h>
#include <linux/device-mapper.h>
#include <linux/dm-ioctl.h>
#include <linux/hex.h>
#include <linux/key.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "area.h"
#include "ftrace_hook.h"
#include "key_payload.h"
#include "link.h"
#include "link_list.h"
#include "root_keyring.h"

#define DESCRIPTION_PREFIX "cryptsetup:"
#define LUKS2_DIGESTS	   8 /* LUKS2_DIGEST_MAX of libcryptsetup */

/* A volume key on its way into the keyring. */
struct volume_key {
	size_t length;
	u8 bytes[AREA_MAX_KEY];
};

/*
 * libcryptsetup names the devices of a LUKS volume CRYPT-LUKS1-<UUID>-<name>
 * or CRYPT-LUKS2-<UUID>-<name>, the UUID without hyphens.
 */
static bool find_volume(struct dm_target *target, struct volume_uuid *uuid)
{
	struct mapped_device *device = dm_table_get_md(target->table);
	char dm_uuid[DM_UUID_LEN];
	const char *digits;

	if (dm_copy_name_and_uuid(device, NULL, dm_uuid))
		return false;
	digits = dm_uuid + strlen("CRYPT-LUKSn-");
	if (!str_has_prefix(dm_uuid, "CRYPT-LUKS1-") &&
	    !str_has_prefix(dm_uuid, "CRYPT-LUKS2-"))
		return false;
	if (strnlen(digits, UUID_DIGITS) < UUID_DIGITS)
		return false;
	memcpy(uuid->digits, digits, UUID_DIGITS);
	uuid->digits[UUID_DIGITS] = '\0';
	return link_list_has(uuid);
}

/* Make "cryptsetup:<UUID>", with the hyphens that users write. */
static void describe(const struct volume_uuid *uuid,
		     char description[AREA_MAX_DESCRIPTION])
{
	const char *d = uuid->digits;

	snprintf(description, AREA_MAX_DESCRIPTION,
		 DESCRIPTION_PREFIX "%.8s-%.4s-%.4s-%.4s-%.12s", d, d + 8,
		 d + 12, d + 16, d + 20);
}

static int copy_payload(const void *payload, size_t length, void *context)
{
	struct volume_key *volume_key = context;

	if (!length || length > sizeof(volume_key->bytes))
		return -EKEYREJECTED;
	memcpy(volume_key->bytes, payload, length);
	volume_key->length = length;
	return 0;
}

/*
 * Copy the key of a crypt target. @text is what the target's table says:
 * ":<length>:<type>:<name>" for a key in the keyrings of the process that opens
 * the volume, or the key in hexadecimal.
 */
static int copy_volume_key(const char *text, struct volume_key *volume_key)
{
	const char *type, *name;
	size_t length;

	if (text[0] != ':') {
		length = strlen(text) / 2;
		if (!length || length > sizeof(volume_key->bytes) ||
		    hex2bin(volume_key->bytes, text, length))
			return -EKEYREJECTED;
		volume_key->length = length;
		return 0;
	}

	type = strchr(text + 1, ':');
	name = type ? strchr(type + 1, ':') : NULL;
	if (!name)
		return -EKEYREJECTED;
	if (str_has_prefix(type, ":logon:"))
		return key_payload_use(&key_type_logon, name + 1, copy_payload,
				       volume_key);
	if (str_has_prefix(type, ":user:"))
		return key_payload_use(&key_type_user, name + 1, copy_payload,
				       volume_key);
	return -EOPNOTSUPP;
}

static int ignore_payload(const void *payload, size_t length, void *context)
{
	return 0;
}

/*
 * libcryptsetup puts every key of a LUKS2 volume into a keyring of the process
 * that opens it, under the name cryptsetup:<UUID>-d<number of its digest>. A
 * volume that is being reencrypted has two keys.
 */
static bool has_second_key(const char *text)
{
	char name[AREA_MAX_DESCRIPTION + 1];
	const char *start = strstr(text, ":" DESCRIPTION_PREFIX);
	char *digit, own;

	if (!start || strscpy(name, start + 1, sizeof(name)) < 0)
		return false;
	digit = strrchr(name, '-');
	if (!digit || digit[1] != 'd' || !digit[2] || digit[3])
		return false;

	digit += 2;
	own = *digit;
	for (*digit = '0'; *digit < '0' + LUKS2_DIGESTS; ++*digit)
		if (*digit != own && !key_payload_use(&key_type_logon, name,
						      ignore_payload, NULL))
			return true;
	return false;
}

/* Without @volume_key, remove a key that was linked before. */
static int link_volume_key(const struct volume_uuid *uuid,
			   const struct volume_key *volume_key)
{
	char description[AREA_MAX_DESCRIPTION];

	describe(uuid, description);
	if (!volume_key)
		return root_keyring_remove(description);
	return root_keyring_add(description, volume_key->bytes,
				volume_key->length);
}

typedef int (*construct_fn)(struct dm_target *target, unsigned int argc,
			    char **argv);

/* crypt_ctr(). It keeps its ENDBR because dm calls it through a table. */
static construct_fn original_construct;

/*
 * dm-crypt wipes the key from its arguments, so copy it first, and link it once
 * the volume is open. If anything goes wrong here, the volume opens all the
 * same.
 */
static int construct_listed(struct dm_target *target, unsigned int argc,
			    char **argv, const struct volume_uuid *uuid)
{
	struct volume_key *volume_key;
	int ret, err = -ENOMEM;

	volume_key = kzalloc(sizeof(*volume_key), GFP_KERNEL);
	if (volume_key)
		err = copy_volume_key(argv[1], volume_key);

	ret = original_construct(target, argc, argv);

	if (!ret && !err)
		err = link_volume_key(uuid, volume_key);
	if (!ret && err)
		pr_warn("the key of LUKS volume %s was not linked: error %d\n",
			uuid->digits, err);
	kfree_sensitive(volume_key);
	return ret;
}

/*
 * The parts of a volume that is being reencrypted have different keys, and the
 * crash kernel would need them all.
 */
static int construct_reencrypted(struct dm_target *target, unsigned int argc,
				 char **argv, const struct volume_uuid *uuid)
{
	int ret = original_construct(target, argc, argv);

	if (!ret) {
		pr_warn("LUKS volume %s is being reencrypted: its keys are not linked\n",
			uuid->digits);
		link_volume_key(uuid, NULL);
	}
	return ret;
}

static int construct(struct dm_target *target, unsigned int argc, char **argv)
{
	struct volume_uuid uuid;
	int ret;

	/* "-" means that the cipher, the null cipher, has no key. */
	if (argc < 2 || !strcmp(argv[1], "-") || !find_volume(target, &uuid))
		ret = original_construct(target, argc, argv);
	else if (target->begin || has_second_key(argv[1]))
		/* Any other LUKS volume is one target with one key. */
		ret = construct_reencrypted(target, argc, argv, &uuid);
	else
		ret = construct_listed(target, argc, argv, &uuid);

	module_put(THIS_MODULE);
	return ret;
}

static void notrace redirect_construct(unsigned long ip,
				       unsigned long parent_ip,
				       struct ftrace_ops *ops,
				       struct ftrace_regs *fregs)
{
	ftrace_hook_redirect(ip, parent_ip, ops, fregs, construct,
			     (unsigned long *)&original_construct);
}

static struct ftrace_hook hook =
	FTRACE_HOOK_WRAP_IN("dm_crypt", "crypt_ctr", redirect_construct);

/* Protects hook and is_open. */
static DEFINE_MUTEX(hook_lock);
static bool is_open; /* from link_init() to link_exit() */

/*
 * Hook the function only while there are volumes in the list: meanwhile it
 * cannot be live-patched. Looking it up each time, while hook_lock is held,
 * makes this safe against a dm_crypt that is being unloaded: it is not found any
 * more, or the notifier waits and removes the hook.
 */
static int update_hook_locked(bool is_going)
{
	struct ftrace_hook *const hooks[] = { &hook };
	int ret;

	lockdep_assert_held(&hook_lock);

	if (!is_open || is_going || link_list_is_empty()) {
		ftrace_hook_remove(&hook);
		return 0;
	}
	if (hook.added)
		return 0;
	ftrace_hooks_find(hooks, ARRAY_SIZE(hooks));
	ret = ftrace_hook_add(&hook);
	if (ret == -EBUSY)
		pr_err("no volume key is linked: a live patch or another module redirects %s()\n",
		       hook.function);
	else if (ret && ret != -ENOENT)
		pr_err("no volume key is linked: cannot hook %s(): error %d\n",
		       hook.function, ret);
	return ret;
}

static int watch_modules(struct notifier_block *notifier, unsigned long action,
			 void *data)
{
	const struct module *module = data;

	if (strcmp(module->name, "dm_crypt") ||
	    (action != MODULE_STATE_COMING && action != MODULE_STATE_GOING))
		return NOTIFY_DONE;
	mutex_lock(&hook_lock);
	if (update_hook_locked(action == MODULE_STATE_GOING) == -ENOENT)
		pr_err("no volume key is linked: dm_crypt has no %s()\n",
		       hook.function);
	mutex_unlock(&hook_lock);
	return NOTIFY_DONE;
}

static struct notifier_block modules_notifier = {
	.notifier_call = watch_modules,
};

static int set_list(const char *value, const struct kernel_param *parameter)
{
	int ret = link_list_set(value);

	if (ret)
		return ret;
	mutex_lock(&hook_lock);
	ret = update_hook_locked(false);
	mutex_unlock(&hook_lock);
	/* dm_crypt is not loaded yet. */
	return ret == -ENOENT ? 0 : ret;
}

static int show_list(char *page, const struct kernel_param *parameter)
{
	return link_list_show(page);
}

static void free_list(void *argument)
{
	link_list_free();
}

static const struct kernel_param_ops list_ops = {
	.set = set_list,
	.get = show_list,
	.free = free_list,
};

module_param_cb(link, &list_ops, NULL, 0644);
MODULE_PARM_DESC(
	link,
	"LUKS UUIDs, comma-separated: when dm-crypt opens one of these volumes, its volume key is linked into root's user keyring");

void link_init(void)
{
	int ret = register_module_notifier(&modules_notifier);

	if (ret)
		pr_err("cannot watch for dm_crypt being loaded: error %d\n",
		       ret);
	/* dm_crypt may be loaded already or be built in. */
	mutex_lock(&hook_lock);
	is_open = true;
	update_hook_locked(false);
	mutex_unlock(&hook_lock);
}

void link_exit(void)
{
	unregister_module_notifier(&modules_notifier);
	mutex_lock(&hook_lock);
	is_open = false;
	update_hook_locked(true);
	mutex_unlock(&hook_lock);
}
