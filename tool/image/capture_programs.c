// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/first_stage.h"
#include "lib/xalloc.h"
#include "tool/host/core_collector.h"
#include "tool/image/capture_programs.h"
#include "tool/image/needed_files.h"
#include "tool/image/programs_record.h"
#include "tool/storage/volume_groups.h"

#define CAPTURE_PROGRAM LIBEXECDIR "/capture"

/*
 * The crash kernel has no udev, no daemons and no record of devices, and LVM
 * must write to nothing but the disks. Checking a thin pool takes memory and time
 * for a consistency that the kernel keeps. The machine's own configuration may
 * filter by names that disks do not have there. A member of a RAID array that
 * is not assembled yet may look like a physical volume, so LVM reads it up to
 * its end to find out.
 */
static const char lvm_configuration[] =
	"devices {\n"
	"	obtain_device_list_from_udev = 0\n"
	"	external_device_info_source = \"none\"\n"
	"	use_devicesfile = 0\n"
	"	hints = \"none\"\n"
	"	md_component_checks = \"full\"\n"
	"}\n"
	"activation {\n"
	"	udev_sync = 0\n"
	"	udev_rules = 0\n"
	"	monitoring = 0\n"
	"}\n"
	"backup {\n"
	"	backup = 0\n"
	"	archive = 0\n"
	"}\n"
	"global {\n"
	"	use_lvmpolld = 0\n"
	"	use_lvmlockd = 0\n"
	"	notify_dbus = 0\n"
	"	thin_check_executable = \"\"\n"
	"	cache_check_executable = \"\"\n"
	"}\n"
	"log {\n"
	"	syslog = 0\n"
	"}\n";

/* What the programs go into. */
static struct initramfs *destination_of(const struct capture_image *image)
{
	return image->has_squashfs ? image->squashfs : image->initramfs;
}

static void add_needed_file(const char *file, void *context)
{
	initramfs_add_file(destination_of(context), file, file);
}

static int add_program(struct capture_image *image, const char *program,
		       const char *destination, struct error *error)
{
	initramfs_add_file(destination_of(image), program, destination);
	return needed_files_for_each(program, add_needed_file, image, error);
}

/* The same, and start_all() starts it with @argument. */
static int add_own_program(struct capture_image *image, const char *program,
			   const char *argument, const char *destination,
			   struct error *error)
{
	text_list_add(&image->programs, program);
	text_list_add(&image->arguments, argument);
	return add_program(image, program, destination, error);
}

static int start_all(const struct capture_image *image, struct error *error)
{
	size_t i;

	for (i = 0; i < image->programs.count; i++)
		if (needed_files_start(image->programs.items[i],
				       image->arguments.items[i], error))
			return -1;
	return 0;
}

/*
 * Add a program that distributions have in different directories. @argument
 * makes it only print something. The error names @package if none has it.
 */
static int add_system_program(struct capture_image *image, const char *name,
			      const char *argument, const char *destination,
			      const char *package, struct error *error)
{
	static const char *const directories[] = { "/usr/sbin", "/usr/bin",
						   "/sbin", "/bin" };
	size_t i;

	for (i = 0; i < sizeof(directories) / sizeof(directories[0]); i++) {
		char *program = xasprintf("%s/%s", directories[i], name);
		bool found = !access(program, X_OK);
		int ret = -1;

		if (found)
			ret = add_own_program(image, program, argument,
					      destination, error);
		free(program);
		if (found)
			return ret;
	}
	return error_set(
		error, 0,
		"%s is not installed, and the crash kernel needs it: install the package %s",
		name, package);
}

/* Add the IDs of the volume groups to @system_ids: LVM needs them. */
static int add_target_programs(struct capture_image *image,
			       const struct target *target,
			       struct text_list *system_ids,
			       struct error *error)
{
	const struct block_stack *stack = &target->stack;

	if (stack->arrays.count &&
	    add_system_program(image, "mdadm", "--version", "/usr/sbin/mdadm",
			       "mdadm", error))
		return -1;
	if (!stack->logical_volumes.count)
		return 0;
	if (add_system_program(image, "lvm", "version", "/usr/sbin/lvm", "lvm2",
			       error))
		return -1;
	return volume_groups_find_system_ids(system_ids,
					     &stack->logical_volumes, error);
}

static void add_lvm_configuration(struct capture_image *image,
				  const struct text_list *system_ids)
{
	char *ids = volume_groups_configuration(system_ids);
	char *text = xasprintf("%s%s", lvm_configuration, ids);

	initramfs_add_text(destination_of(image), text, "/etc/lvm/lvm.conf");
	free(text);
	free(ids);
}

static int add_targets_programs(struct capture_image *image,
				struct error *error)
{
	struct text_list system_ids = {};
	int ret = 0;
	size_t i;

	for (i = 0; i < image->targets->count && !ret; i++)
		ret = add_target_programs(image, &image->targets->list[i],
					  &system_ids, error);
	if (!ret && image->plan.logical_volumes.count)
		add_lvm_configuration(image, &system_ids);
	text_list_release(&system_ids);
	return ret;
}

static int add_hook(struct capture_image *image, const char *directive,
		    const char *program, struct error *error)
{
	if (!program)
		return 0;
	if (access(program, X_OK))
		return error_set_errno(error, "%s %s", directive, program);
	return add_program(image, program, program, error);
}

static int add_hooks(struct capture_image *image, struct error *error)
{
	const struct config *config = image->config;
	size_t i;

	if (add_hook(image, "kdump_pre", config->kdump_pre, error) ||
	    add_hook(image, "kdump_post", config->kdump_post, error))
		return -1;
	for (i = 0; i < config->extra_bins.count; i++)
		if (add_program(image, config->extra_bins.items[i],
				config->extra_bins.items[i], error))
			return -1;
	return 0;
}

static int add_all(struct capture_image *image, struct error *error)
{
	if (add_own_program(image, CAPTURE_PROGRAM, "--version",
			    FIRST_STAGE_NEXT, error) ||
	    add_system_program(image, "makedumpfile", "-v",
			       "/usr/bin/makedumpfile", "makedumpfile",
			       error) ||
	    core_collector_try(image->plan.core_collector, error))
		return -1;
	if (image->config->failure_action == ACTION_SHELL &&
	    add_system_program(image, "busybox", "--help", "/bin/busybox",
			       "busybox", error))
		return -1;
	if (add_targets_programs(image, error))
		return -1;
	return add_hooks(image, error);
}

/* All that decides which programs are wanted. The caller frees the text. */
static char *describe_request(const struct capture_image *image)
{
	const struct config *config = image->config;
	struct text_list lines = {};
	char *tool = initramfs_state("/proc/self/exe"), *text;
	size_t i;

	text_list_addf(&lines, "%s\n%s\n%d\n%s\n%s", tool ?: "",
		       image->plan.core_collector, config->failure_action,
		       config->kdump_pre ?: "", config->kdump_post ?: "");
	for (i = 0; i < config->extra_bins.count; i++)
		text_list_addf(&lines, "bin %s", config->extra_bins.items[i]);
	for (i = 0; i < image->plan.arrays.count; i++)
		text_list_addf(&lines, "array %s", image->plan.arrays.items[i]);
	for (i = 0; i < image->plan.logical_volumes.count; i++)
		text_list_addf(&lines, "volume %s",
			       image->plan.logical_volumes.items[i]);
	text = text_list_join(&lines, "\n");
	text_list_release(&lines);
	free(tool);
	return text;
}

/*
 * Add the files that show a change besides the programs and their libraries.
 * Return false if a change of a volume group would not be seen: LVM writes a
 * backup of its metadata after each change, unless that is turned off.
 */
static bool add_dependencies(const struct capture_image *image,
			     struct text_list *names)
{
	static const char *const always[] = {
		"/etc/ld.so.cache",  "/etc/ld.so.preload",
		"/usr/sbin",	     "/usr/bin",
		"/etc/lvm/lvm.conf", "/etc/lvm/lvmlocal.conf",
	};
	const struct text_list *volumes = &image->plan.logical_volumes;
	bool visible = true;
	size_t i;

	for (i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		text_list_add(names, always[i]);
	for (i = 0; i < volumes->count; i++) {
		const char *name = volumes->items[i];

		text_list_addf(names, "/etc/lvm/backup/%.*s",
			       (int)strcspn(name, "/"), name);
		visible &= !access(names->items[names->count - 1], R_OK);
	}
	return visible;
}

int capture_programs_add(struct capture_image *image, struct error *error)
{
	char *file = xasprintf("%s.programs", image->file);
	char *request = describe_request(image);
	struct initramfs *initramfs = destination_of(image);
	size_t first = initramfs_count(initramfs);
	struct text_list others = {};
	int ret = 0;

	if (!programs_record_use(file, request, initramfs)) {
		ret = add_all(image, error) || start_all(image, error) ? -1 : 0;
		if (!ret && image->keeps_record &&
		    add_dependencies(image, &others))
			programs_record_write(file, request, initramfs, first,
					      &others);
	}
	text_list_release(&others);
	free(request);
	free(file);
	return ret;
}
