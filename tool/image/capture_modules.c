// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <libmount/libmount.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "lib/first_stage.h"
#include "lib/prefix.h"
#include "lib/textfile.h"
#include "lib/xalloc.h"
#include "tool/host/lockdown.h"
#include "tool/host/sysfs.h"
#include "tool/image/capture_modules.h"
#include "tool/image/firmware.h"
#include "tool/image/watchdogs.h"
#include "tool/keys/key_items.h"
#include "tool/keys/volume_header.h"

#define MODULE_COMPRESSION "/sys/module/compression"
#define PSTORE_BACKEND	   "/sys/module/pstore/parameters/backend"
#define NO_PSTORE_BACKEND  "(null)"
#define KEYS_MODULE	   "crash_dm_crypt"

struct search {
	struct capture_image *image;
	char *compression;	/* that the crash kernel undoes; NULL: none */
	struct text_list files; /* their names in the initramfs */
	bool decompresses;	/* all modules */
	bool is_unsigned;	/* leave out the signatures of all modules */
	bool is_on_demand;	/* what is found is for modules_on_demand */
	bool is_async;		/* do not wait for disks, see add_options() */
	bool lacks_file;	/* of a module that libkmod knows */
	struct error lacking;	/* the first such file */
};

/* Return true if the crash kernel can decompress it; @end begins with ".ko". */
static bool can_stay_compressed(const struct search *search, const char *end)
{
	return !end[3] ||
	       (search->compression && !strcmp(end + 4, search->compression));
}

/*
 * .../kernel/fs/ext4/ext4.ko.xz keeps its name if the crash kernel can
 * decompress it. It takes a sixth of the memory then. But if there is a squashfs,
 * modules are decompressed: zstd, which compresses that, is faster than xz.
 */
static void add_file(struct search *search, const char *file,
		     const char *options)
{
	struct capture_image *image = search->image;
	struct initramfs *initramfs = image->has_squashfs ? image->squashfs :
							    image->initramfs;
	const char *name = strrchr(file, '/') + 1;
	const char *end = strstr(name, ".ko");
	bool keep = !search->decompresses && !search->is_unsigned &&
		    can_stay_compressed(search, end);
	char *short_name =
		xasprintf("%.*s",
			  keep ? (int)strlen(name) : (int)(end + 3 - name),
			  name);
	char *destination = xasprintf("%s/%s",
				      search->is_on_demand ?
					      PLAN_MODULES_ON_DEMAND :
					      PLAN_MODULES,
				      short_name);

	if (!text_list_has(&search->files, short_name)) {
		(search->is_unsigned ? initramfs_add_unsigned_module :
		 keep		     ? initramfs_add_file :
			initramfs_add_decompressed)(initramfs, file,
						    destination);
		text_list_add(&search->files, short_name);
		plan_add_module(search->is_on_demand ?
					&image->plan.modules_on_demand :
					&image->plan.modules,
				destination, options);
	}
	free(destination);
	free(short_name);
}

/*
 * A disk may not answer. With async_probe the driver looks at each disk without
 * waiting for the one before. The kernel does not wait for all disks either when
 * it has loaded the module, which it does even if that has nothing to do with
 * disks.
 */
static char *add_options(const struct search *search, const char *options)
{
	return xasprintf("%s%s%s", options,
			 *options && search->is_async ? " " : "",
			 search->is_async ? "async_probe" : "");
}

static void visit_file(const char *file, const char *options, void *context)
{
	struct search *search = context;
	const char *name = strrchr(file, '/') + 1;

	if (!strstr(name, ".ko"))
		return;
	/*
	 * setup gives our module options, after it has made the image. They
	 * are for the running kernel only.
	 */
	if (starts_with(name, KEYS_MODULE "."))
		options = "";
	if (!access(file, R_OK)) {
		char *all = add_options(search, options);

		add_file(search, file, all);
		free(all);
		return;
	}
	if (!search->lacks_file)
		error_set_errno(&search->lacking, "cannot read the module %s",
				file);
	search->lacks_file = true;
}

static int add_module(struct search *search, const char *name,
		      struct error *error)
{
	return kernel_modules_for_each(search->image->modules, name, visit_file,
				       search, error);
}

/* Add the modules that have the algorithm, if there is one of that name. */
static int add_algorithm(struct search *search, const char *algorithm,
			 struct error *error)
{
	char *alias = xasprintf("crypto-%s", algorithm);
	struct error reason;
	int ret = add_module(search, alias, &reason);

	free(alias);
	if (!ret || reason.number == ENOENT)
		return 0;
	return error_set(error, reason.number, "%s", reason.reason);
}

/*
 * Each word of a cipher such as aes-cbc-essiv:sha256 or capi:xts(aes)-plain64
 * may be an algorithm with a module of its own.
 */
static int add_cipher_modules(struct search *search, const char *cipher,
			      struct error *error)
{
	static const char delimiters[] = "-:,()";
	char *words = xstrdup(cipher), *state, *word;
	int ret = 0;

	for (word = strtok_r(words, delimiters, &state); word && !ret;
	     word = strtok_r(NULL, delimiters, &state)) {
		ret = add_algorithm(search, word, error);
		/* Adiantum needs it, and its name does not contain it. */
		if (!ret && !strcmp(word, "adiantum"))
			ret = add_algorithm(search, "nhpoly1305", error);
	}
	free(words);
	if (ret)
		error_prefix(error, "cannot find the modules of %s", cipher);
	return ret;
}

static int add_volume_modules(struct search *search,
			      const struct block_stack *stack,
			      struct error *error)
{
	size_t i;

	/*
	 * Before dm_crypt, as setup makes it a soft dependency of that. The
	 * order is the same before and after setup then.
	 */
	if (!key_items_are_built_in() && add_module(search, KEYS_MODULE, error))
		return -1;
	if (add_module(search, "dm_crypt", error))
		return -1;
	for (i = 0; i < stack->volume_count; i++) {
		char *cipher = volume_cipher(stack->volumes[i].device, error);
		int ret = cipher ? add_cipher_modules(search, cipher, error) :
				   -1;

		free(cipher);
		if (ret)
			return -1;
	}
	return 0;
}

/*
 * The crash kernel gets keys of volumes that take no dump only to hide them. Such
 * a volume may be opened later than the image is built. If the module is not
 * installed then, whoever needs it says so.
 */
static int add_hiding_module(struct search *search, struct error *error)
{
	struct error reason;

	if (!search->image->config->hide_keys || key_items_are_built_in() ||
	    !add_module(search, KEYS_MODULE, &reason) ||
	    reason.number == ENOENT)
		return 0;
	return error_set(error, reason.number, "%s", reason.reason);
}

static void add_found(const char *name, const char *file, void *context)
{
	(void)file;
	text_list_add_once(context, name);
}

static int add_drivers(struct search *search,
		       const struct disk_drivers *drivers, struct error *error)
{
	struct text_list names = {};
	size_t i;
	int ret = 0;

	for (i = 0; i < drivers->modules.count; i++)
		text_list_add(&names, drivers->modules.items[i]);
	for (i = 0; i < drivers->aliases.count; i++)
		kernel_modules_for_device(search->image->modules,
					  drivers->aliases.items[i], add_found,
					  &names);
	for (i = 0; i < names.count && !ret; i++) {
		ret = add_module(search, names.items[i], error);
		if (!ret)
			firmware_add(search->image->initramfs,
				     search->image->modules, names.items[i]);
	}
	text_list_release(&names);
	return ret;
}

/*
 * Modules that a filesystem asks for by name when it is mounted, if it has the
 * feature. It is mounted now, so those that are not loaded are not needed.
 */
static const struct {
	const char *filesystem;
	const char *module;
} filesystem_helpers[] = {
	{ "ext4", "quota_v1" }, { "ext4", "quota_v2" }, { "ext4", "utf8data" },
	{ "f2fs", "quota_v2" }, { "f2fs", "utf8data" },
};

void capture_modules_find_helpers(struct text_list *modules, const char *type)
{
	size_t i;

	for (i = 0;
	     i < sizeof(filesystem_helpers) / sizeof(filesystem_helpers[0]);
	     i++)
		if (!strcmp(type, filesystem_helpers[i].filesystem) &&
		    sysfs_has("/sys/module", filesystem_helpers[i].module))
			text_list_add(modules, filesystem_helpers[i].module);
}

static void add_filesystem_helpers(struct search *search, const char *type)
{
	struct text_list modules = {};
	size_t i;

	capture_modules_find_helpers(&modules, type);
	for (i = 0; i < modules.count; i++)
		add_module(search, modules.items[i], NULL);
	text_list_release(&modules);
}

/* FAT asks for the module of each by name. */
static void add_character_set(struct search *search, const char *options,
			      const char *option, const char *prefix)
{
	char *value = NULL, *alias;
	size_t size = 0;

	if (!options || mnt_optstr_get_option(options, option, &value, &size) ||
	    !value)
		return;
	alias = xasprintf("%s%.*s", prefix, (int)size, value);
	add_module(search, alias, NULL);
	free(alias);
}

static int add_target_modules(struct search *search,
			      const struct target *target, struct error *error)
{
	const struct block_stack *stack = &target->stack;

	/* Drivers first, because disks take their time to appear. */
	if (add_drivers(search, &stack->drivers, error))
		return -1;
	if (stack->logical_volumes.count && add_module(search, "dm_mod", error))
		return -1;
	if (stack->volume_count && add_volume_modules(search, stack, error))
		return -1;
	if (add_module(search, target->filesystem_type, error))
		return -1;
	add_filesystem_helpers(search, target->filesystem_type);
	add_character_set(search, target->mount_options, "codepage", "nls_cp");
	add_character_set(search, target->mount_options, "iocharset", "nls_");
	return 0;
}

/*
 * A hardware watchdog that runs when the kernel crashes keeps running. It
 * resets the machine in the middle of the dump unless its driver is loaded: the
 * kernel then feeds it as long as nobody opens it. sysfs does not show which
 * watchdogs run; the firmware starts some. A watchdog whose driver is not
 * installed is no reason to refuse to dump.
 */
static void add_watchdogs(struct search *search)
{
	struct text_list modules = {};
	size_t i;

	watchdogs_find(&modules, search->image->modules, "/sys");
	for (i = 0; i < modules.count; i++)
		add_module(search, modules.items[i], NULL);
	text_list_release(&modules);
}

/* Without it only the last resort for the kernel log is missing. */
static void add_pstore_backend(struct search *search,
			       struct text_list *warnings)
{
	char *backend = textfile_read(PSTORE_BACKEND, NULL);

	if (backend && strcmp(backend, NO_PSTORE_BACKEND))
		add_module(search, backend, NULL);
	free(backend);
	if (search->lacks_file)
		text_list_add(warnings, search->lacking.reason);
}

/* Return true if the crash kernel shows its initramfs, see lib/first_stage.h. */
static bool shows_initrd(const char *version)
{
	unsigned int series, number;

	return sscanf(version, "%u.%u", &series, &number) == 2 &&
	       (series > 6 || (series == 6 && number >= 8));
}

/*
 * The crash kernel may be another than the running one, or one that somebody
 * has built without these. Then it unpacks all programs.
 */
static void add_squashfs(struct search *search)
{
	struct capture_image *image = search->image;
	struct text_list names = {};
	char *text;
	size_t i;

	if (!search->decompresses || add_module(search, "loop", NULL) ||
	    add_module(search, "squashfs", NULL)) {
		search->decompresses = false;
		return;
	}
	for (i = 0; i < image->plan.modules.count; i++) {
		const char *module = image->plan.modules.items[i];

		text_list_addf(&names, "%.*s", (int)strcspn(module, " "),
			       module);
	}
	/* The kernel may have all of them built in. */
	text = text_list_join(&names, "\n") ?: xstrdup("");
	initramfs_add_text(image->initramfs, text, FIRST_STAGE_MODULES);
	image->has_squashfs = true;
	free(text);
	text_list_release(&names);
	/* They are loaded by then, and to try it again would cost as much. */
	text_list_release(&image->plan.modules);
}

/*
 * A backup may make a snapshot of a volume, or pvmove move it, any time. But that
 * is rare, and it costs time to load a module, mostly to check its signature.
 */
static int add_on_demand(struct search *search, struct error *error)
{
	int ret;

	if (!search->image->plan.logical_volumes.count)
		return 0;
	search->is_on_demand = true;
	ret = add_module(search, "dm_snapshot", error) ||
			      add_module(search, "dm_mirror", error) ?
		      -1 :
		      0;
	search->is_on_demand = false;
	return ret;
}

static int add_eager(struct search *search, struct error *error)
{
	const struct capture_image *image = search->image;
	const struct text_list *extra = &image->config->extra_modules;
	size_t i;

	/* Before anything that takes its time. They are used at once. */
	add_watchdogs(search);
	search->is_async = true;
	for (i = 0; i < image->targets->count; i++)
		if (add_target_modules(search, &image->targets->list[i], error))
			return -1;
	if (add_hiding_module(search, error))
		return -1;
	/* What these are for is unknown. */
	search->is_async = false;
	for (i = 0; i < extra->count; i++)
		if (add_module(search, extra->items[i], error))
			return -1;
	return 0;
}

static int add_all(struct search *search, struct text_list *warnings,
		   struct error *error)
{
	/*
	 * The kernel hashes each module to verify its signature, three times
	 * slower without the code for this CPU.
	 */
	if (!search->is_unsigned && add_algorithm(search, "sha256", error))
		return -1;
	/* The first stage loads what is in the plan by now. */
	add_squashfs(search);
	if (add_eager(search, error) || add_on_demand(search, error))
		return -1;
	if (search->lacks_file)
		return error_set(error, search->lacking.number, "%s",
				 search->lacking.reason);
	add_pstore_backend(search, warnings);
	return 0;
}

/* Only the running kernel shows what it can decompress. */
static char *module_compression(const char *version)
{
	struct utsname running;

	uname(&running);
	return strcmp(version, running.release) ?
		       NULL :
		       textfile_read(MODULE_COMPRESSION, NULL);
}

int capture_modules_add(struct capture_image *image, struct text_list *warnings,
			struct error *error)
{
	struct search search = {
		.image = image,
		.compression = module_compression(image->version),
		.decompresses = shows_initrd(image->version),
		.is_unsigned = !image->config->module_signatures &&
			       !lockdown_requires_signed_modules(),
	};
	int ret = add_all(&search, warnings, error);

	text_list_release(&search.files);
	free(search.compression);
	return ret;
}
