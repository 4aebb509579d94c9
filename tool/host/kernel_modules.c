// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <libkmod.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "lib/prefix.h"
#include "lib/textfile.h"
#include "lib/xalloc.h"
#include "tool/host/kernel_modules.h"
#include "tool/host/lockdown.h"

#define CPU_ALIAS "/sys/devices/system/cpu/modalias"

struct kernel_modules {
	struct kmod_ctx *kmod;
	char *version;
	char *cpu; /* alias of this machine's CPU; NULL: not known */
};

/* libkmod's callback has no context, so it finds the visitor here. */
static struct {
	kernel_modules_visit visit;
	void *context;
} visitor;

struct kernel_modules *kernel_modules_new(const char *version,
					  struct error *error)
{
	struct kernel_modules *modules;
	char *directory = xasprintf("/lib/modules/%s", version);

	if (access(directory, F_OK)) {
		error_set_errno(error, "no modules for kernel %s: %s", version,
				directory);
		free(directory);
		return NULL;
	}
	modules = xrealloc(NULL, sizeof(*modules));
	modules->kmod = kmod_new(directory, NULL);
	modules->version = xstrdup(version);
	modules->cpu = textfile_read(CPU_ALIAS, NULL);
	free(directory);
	if (!modules->kmod || kmod_load_resources(modules->kmod)) {
		error_set(
			error, 0,
			"cannot read the module index of kernel %s: run depmod %s",
			version, version);
		kernel_modules_free(modules);
		return NULL;
	}
	return modules;
}

void kernel_modules_free(struct kernel_modules *modules)
{
	if (!modules)
		return;
	kmod_unref(modules->kmod);
	free(modules->version);
	free(modules->cpu);
	free(modules);
}

const char *kernel_modules_release(const struct kernel_modules *modules)
{
	return modules->version;
}

static void visit_module(struct kmod_module *module, bool install,
			 const char *options)
{
	const char *file = kmod_module_get_path(module);

	(void)install;
	if (file)
		visitor.visit(file, options ?: "", visitor.context);
}

static bool contains(struct kmod_list *list, struct kmod_module *wanted)
{
	const char *name = kmod_module_get_name(wanted);
	struct kmod_list *entry;
	bool found = false;

	kmod_list_foreach(entry, list) {
		struct kmod_module *module = kmod_module_get_module(entry);

		found |= !strcmp(kmod_module_get_name(module), name);
		kmod_module_unref(module);
	}
	return found;
}

/* Add the values that the module's file has for @key. */
static void read_info(struct kmod_module *module, const char *key,
		      struct text_list *values)
{
	struct kmod_list *list = NULL, *entry;

	if (kmod_module_get_info(module, &list) < 0)
		return;
	kmod_list_foreach(entry, list)
		if (!strcmp(kmod_module_info_get_key(entry), key))
			text_list_add_once(values,
					   kmod_module_info_get_value(entry));
	kmod_module_info_free_list(list);
}

/* Return true if the module is made for some CPUs only. */
static bool names_cpus(struct kmod_module *module)
{
	struct text_list aliases = {};
	bool found = false;
	size_t i;

	read_info(module, "alias", &aliases);
	for (i = 0; i < aliases.count; i++)
		found |= starts_with(aliases.items[i], "cpu:");
	text_list_release(&aliases);
	return found;
}

/* Visit a module and what it needs. Return a negative errno on failure. */
static int visit_one(struct kmod_module *module)
{
	/* libkmod only finds the order. It loads nothing. */
	return kmod_module_probe_insert_module(module,
					       KMOD_PROBE_DRY_RUN |
						       KMOD_PROBE_IGNORE_LOADED,
					       NULL, NULL, NULL, visit_module);
}

/*
 * Visit the modules of @list. If there are several, each may be for other CPUs.
 * Which of them are loaded does not count, as that changes during the boot.
 */
static int visit_all(struct kernel_modules *modules, struct kmod_list *list)
{
	bool only = !kmod_list_next(list, list);
	struct kmod_list *entry, *for_cpu = NULL;
	int ret = 0;

	if (!only && modules->cpu)
		kmod_module_new_from_lookup(modules->kmod, modules->cpu,
					    &for_cpu);
	kmod_list_foreach(entry, list) {
		struct kmod_module *module = kmod_module_get_module(entry);

		if (only || !modules->cpu || contains(for_cpu, module) ||
		    !names_cpus(module))
			ret = visit_one(module);
		kmod_module_unref(module);
		if (ret < 0)
			break;
	}
	kmod_module_unref_list(for_cpu);
	return ret < 0 ? ret : 0;
}

int kernel_modules_for_each(struct kernel_modules *modules, const char *name,
			    kernel_modules_visit visit, void *context,
			    struct error *error)
{
	struct kmod_list *list = NULL;
	int ret;

	visitor.visit = visit;
	visitor.context = context;
	ret = kmod_module_new_from_lookup(modules->kmod, name, &list);
	if (!ret)
		ret = list ? visit_all(modules, list) : -ENOENT;
	kmod_module_unref_list(list);
	if (ret == -ENOENT)
		return error_set(error, ENOENT,
				 "the module %s is not installed for kernel %s",
				 name, modules->version);
	if (ret < 0)
		return error_set(error, -ret, "cannot find the module %s: %s",
				 name, strerror(-ret));
	return 0;
}

static void ignore_file(const char *file, const char *options, void *context)
{
	(void)file;
	(void)options;
	(void)context;
}

int kernel_modules_check(const char *version, const char *name,
			 struct error *error)
{
	struct kernel_modules *modules = kernel_modules_new(version, error);
	int ret;

	if (!modules)
		return -1;
	ret = kernel_modules_for_each(modules, name, ignore_file, NULL, error);
	kernel_modules_free(modules);
	return ret;
}

void kernel_modules_for_device(struct kernel_modules *modules,
			       const char *modalias,
			       kernel_modules_driver_found found, void *context)
{
	struct kmod_list *list = NULL, *allowed = NULL, *entry;

	if (!kmod_module_new_from_lookup(modules->kmod, modalias, &list))
		kmod_module_apply_filter(modules->kmod, KMOD_FILTER_BLACKLIST,
					 list, &allowed);
	kmod_list_foreach(entry, allowed) {
		struct kmod_module *module = kmod_module_get_module(entry);

		found(kmod_module_get_name(module),
		      kmod_module_get_path(module) ?: "", context);
		kmod_module_unref(module);
	}
	kmod_module_unref_list(allowed);
	kmod_module_unref_list(list);
}

/* Do read_info() for the first module that @name finds. */
static void read_info_of(struct kernel_modules *modules, const char *name,
			 const char *key, struct text_list *values)
{
	struct kmod_list *list = NULL;
	struct kmod_module *module;

	if (kmod_module_new_from_lookup(modules->kmod, name, &list) < 0 ||
	    !list)
		return;
	module = kmod_module_get_module(list);
	read_info(module, key, values);
	kmod_module_unref(module);
	kmod_module_unref_list(list);
}

void kernel_modules_firmware(struct kernel_modules *modules, const char *name,
			     struct text_list *firmware)
{
	read_info_of(modules, name, "firmware", firmware);
}

char *kernel_modules_version(struct kernel_modules *modules, const char *name)
{
	struct text_list versions = {};
	char *version;

	read_info_of(modules, name, "version", &versions);
	version = versions.count ? xstrdup(versions.items[0]) : NULL;
	text_list_release(&versions);
	return version;
}

static int set_load_error(struct error *error, int number, const char *name)
{
	struct utsname kernel;
	char *reason;

	uname(&kernel);
	if (number == ENOENT)
		return error_set(
			error, number,
			"the module %s is not installed for the running kernel %s",
			name, kernel.release);
	if (number == ENOEXEC || number == EINVAL)
		return error_set(
			error, number,
			"the module %s was not built for the running kernel %s: build it again",
			name, kernel.release);
	if (number != ENOKEY && number != EKEYREJECTED && number != EPERM)
		return error_set(
			error, number,
			"cannot load the module %s: %s (see the kernel log)",
			name, strerror(number));
	reason = lockdown_explain_module(name);
	error_set(error, number, "%s", reason);
	free(reason);
	return -1;
}

int kernel_modules_load(const char *name, struct error *error)
{
	struct kmod_ctx *kmod = kmod_new(NULL, NULL);
	struct kmod_list *list = NULL, *entry;
	int ret = -ENOMEM;

	if (kmod)
		ret = kmod_module_new_from_lookup(kmod, name, &list);
	if (!ret && !list)
		ret = -ENOENT;
	kmod_list_foreach(entry, list) {
		struct kmod_module *module = kmod_module_get_module(entry);

		ret = kmod_module_probe_insert_module(module, 0, NULL, NULL,
						      NULL, NULL);
		kmod_module_unref(module);
		if (ret < 0)
			break;
	}
	kmod_module_unref_list(list);
	kmod_unref(kmod);
	return ret < 0 ? set_load_error(error, -ret, name) : 0;
}

int kernel_modules_remove(const char *name, struct error *error)
{
	struct kmod_ctx *kmod = kmod_new(NULL, NULL);
	struct kmod_module *module = NULL;
	int ret = -ENOMEM;

	if (kmod)
		ret = kmod_module_new_from_name(kmod, name, &module);
	if (!ret)
		ret = kmod_module_remove_module(module, 0);
	kmod_module_unref(module);
	kmod_unref(kmod);
	return ret < 0 ?
		       error_set(error, -ret, "cannot remove the module %s: %s",
				 name, strerror(-ret)) :
		       0;
}
