// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "lib/textfile.h"
#include "lib/xalloc.h"
#include "tool/host/kernel_modules.h"
#include "tool/host/missing_module.h"
#include "tool/keys/key_items.h"
#include "tool/keys/own_keys.h"
#include "tool/keys/volume_key.h"

#define CONFIGFS "/sys/kernel/config"
#define ITEMS	 CONFIGFS "/crash_dm_crypt_keys"
#define MODULE	 "crash_dm_crypt"

bool key_items_available(void)
{
	return !access(ITEMS, F_OK);
}

bool key_items_are_built_in(void)
{
	return key_items_available() && access("/sys/module/" MODULE, F_OK);
}

static int check_available(struct error *error)
{
	struct utsname running;

	uname(&running);
	if (!key_items_are_built_in() ||
	    own_keys_arrive(running.machine, running.release))
		return 0;
	return error_set(
		error, EOPNOTSUPP,
		"this kernel, Linux %s on %s, takes the list of keys but passes no key to the crash kernel: use a kernel without CONFIG_CRASH_DM_CRYPT, with the module %s, or choose a path that is not encrypted",
		running.release, running.machine, MODULE);
}

static int mount_configfs(struct error *error)
{
	struct stat root, parent;

	if (kernel_modules_load("configfs", error))
		return -1;
	if (stat(CONFIGFS, &root) || stat(CONFIGFS "/..", &parent))
		return error_set_errno(error, "%s", CONFIGFS);
	if (root.st_dev != parent.st_dev)
		return 0;
	if (mount("configfs", CONFIGFS, "configfs",
		  MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL))
		return error_set_errno(error, "cannot mount configfs at %s",
				       CONFIGFS);
	return 0;
}

static int load_module(struct error *error)
{
	struct utsname kernel;
	char *remedy;

	if (!kernel_modules_load(MODULE, error))
		return 0;
	if (!error || error->number != ENOENT)
		return -1;
	uname(&kernel);
	remedy = missing_module_remedy(kernel.release);
	error_set(error, ENOPKG,
		  "the module %s is not installed for the running kernel %s: %s",
		  MODULE, kernel.release, remedy);
	free(remedy);
	return -1;
}

bool key_items_will_work(const char *version)
{
	char *file = xasprintf("/boot/config-%s", version);
	char *configuration = textfile_read(file, NULL);
	bool built_in = configuration &&
			strstr(configuration, "\nCONFIG_CRASH_DM_CRYPT=y\n");

	free(configuration);
	free(file);
	return built_in || !kernel_modules_check(version, MODULE, NULL);
}

int key_items_prepare(struct error *error)
{
	if (key_items_available())
		return check_available(error);
	if (mount_configfs(error))
		return -1;
	if (!key_items_available() && load_module(error))
		return -1;
	if (!key_items_available())
		return error_set(
			error, 0,
			"%s does not exist although the module %s is loaded",
			ITEMS, MODULE);
	return check_available(error);
}

int key_items_can_prepare(struct error *error)
{
	struct utsname running;

	if (key_items_available())
		return check_available(error);
	uname(&running);
	return kernel_modules_check(running.release, MODULE, error);
}

/* After an update the old module stays loaded until nothing needs it. */
int key_items_check_module(const char *version, struct error *error)
{
	struct kernel_modules *modules = kernel_modules_new(version, error);
	char *saves, *reads;
	int ret = 0;

	if (!modules)
		return -1;
	saves = textfile_read("/sys/module/" MODULE "/version", NULL);
	reads = kernel_modules_version(modules, MODULE);
	if (!saves || !reads || strcmp(saves, reads))
		ret = error_set(
			error, ESTALE,
			"the loaded module %s has version %s, but the one for the crash kernel has version %s and cannot read the keys that the loaded one saves: reboot; or run kdump-crypt unload, then modprobe -r %s, then kdump-crypt load",
			MODULE, saves ?: "none", reads ?: "none", MODULE);
	kernel_modules_free(modules);
	free(reads);
	free(saves);
	return ret;
}

int key_items_remove_module(struct error *error)
{
	return kernel_modules_remove(MODULE, error);
}

/* This tool names its items after the UUID in their descriptions. */
bool key_items_has(const char *luks_uuid)
{
	char *file = xasprintf("%s/%s/description", ITEMS, luks_uuid);
	char *description = textfile_read(file, NULL);
	char *expected = volume_key_description(luks_uuid);
	bool ours = description && !strcmp(description, expected);

	free(file);
	free(description);
	free(expected);
	return ours;
}

bool key_items_lack(const char *luks_uuid)
{
	char *file = xasprintf("%s/%s/saved", ITEMS, luks_uuid);
	bool lack = !textfile_read_number(file, NULL);

	free(file);
	return lack;
}

bool key_items_has_foreign(void)
{
	struct dirent *entry;
	bool found = false;
	DIR *dir = opendir(ITEMS);

	while (dir && (entry = readdir(dir)) && !found)
		found = entry->d_type == DT_DIR && entry->d_name[0] != '.' &&
			!key_items_has(entry->d_name);
	if (dir)
		closedir(dir);
	return found;
}

static int remove_item(const char *name, struct error *error)
{
	char *directory = xasprintf("%s/%s", ITEMS, name);
	int ret = 0;

	if (rmdir(directory))
		ret = error_set_errno(error, "cannot remove the key item %s",
				      directory);
	free(directory);
	return ret;
}

static int remove_unwanted_items(const struct text_list *luks_uuids,
				 const struct text_list *hidden,
				 struct error *error)
{
	struct dirent *entry;
	int ret = 0;
	DIR *dir;

	dir = opendir(ITEMS);
	if (!dir)
		return error_set_errno(error, "cannot read %s", ITEMS);
	while ((entry = readdir(dir)))
		if (entry->d_type == DT_DIR && entry->d_name[0] != '.' &&
		    key_items_has(entry->d_name) &&
		    !text_list_has(luks_uuids, entry->d_name) &&
		    !text_list_has(hidden, entry->d_name) &&
		    remove_item(entry->d_name, error))
			ret = -1;
	closedir(dir);
	return ret;
}

/* The built-in list of a kernel has no hide_only. */
static int set_hide_only(const char *directory, bool hide_only,
			 struct error *error)
{
	char *file = xasprintf("%s/hide_only", directory);
	int ret = 0;

	if ((hide_only || !access(file, F_OK)) &&
	    textfile_write(file, hide_only ? "1" : "0", error))
		ret = -1;
	free(file);
	return ret;
}

static int make_item(const char *luks_uuid, bool hide_only, struct error *error)
{
	char *directory = xasprintf("%s/%s", ITEMS, luks_uuid);
	char *file = xasprintf("%s/description", directory);
	char *description = volume_key_description(luks_uuid);
	int ret;

	if (mkdir(directory, 0755) && errno != EEXIST) {
		ret = error_set_errno(
			error,
			"cannot make the key item %s (see the kernel log)",
			directory);
	} else if (textfile_write(file, description, error)) {
		ret = -1;
		rmdir(directory);
	} else {
		ret = set_hide_only(directory, hide_only, error);
	}
	free(directory);
	free(file);
	free(description);
	return ret;
}

int key_items_set(const struct text_list *luks_uuids,
		  const struct text_list *hidden, struct error *error)
{
	size_t i;

	if (remove_unwanted_items(luks_uuids, hidden, error))
		return -1;
	for (i = 0; i < luks_uuids->count; i++)
		if (make_item(luks_uuids->items[i], false, error))
			return -1;
	for (i = 0; i < hidden->count; i++)
		if (make_item(hidden->items[i], true, error))
			return -1;
	/* What the kernel gets wrong matters only if it gets keys. */
	return key_items_are_built_in() && luks_uuids->count + hidden->count ?
		       own_keys_check(ITEMS, error) :
		       0;
}

int key_items_clear(struct error *error)
{
	const struct text_list none = {};

	return key_items_set(&none, &none, error);
}

/* Loads of this tool find the keys there, so no other load may take them. */
int key_items_keep_saved(struct error *error)
{
	if (textfile_write(ITEMS "/reuse", "1", error))
		return -1;
	return textfile_write(ITEMS "/reuse", "0", error);
}

long long key_items_saved(void)
{
	return textfile_read_number(ITEMS "/saved", NULL);
}
