// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The capture program: PID 1 of the crash kernel. It follows the plan that the
 * tool made before the crash, saves as much of the dump as it can, and always
 * ends with a restart of the machine, or as configured.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "capture/console.h"
#include "capture/deadlines.h"
#include "capture/dump.h"
#include "capture/hook.h"
#include "capture/machine.h"
#include "capture/pstore.h"
#include "capture/report.h"
#include "capture/saved_keys.h"
#include "capture/shell.h"
#include "capture/steps.h"
#include "capture/storage.h"
#include "capture/watchdog.h"
#include "lib/plan.h"
#include "lib/textfile.h"
#include "lib/xalloc.h"

#define TARGET		"/target"
#define DEBUG_PARAMETER "kdump_crypt.debug"

/* Not on the stack, as end_without_memory() needs them, too. */
static struct plan plan = { .failure_action = ACTION_REBOOT };
static struct dump_saved saved;
static bool is_unwanted; /* kdump_pre said so */

static void report_start(const struct text_list *warnings)
{
	struct utsname kernel;
	struct sysinfo memory;
	size_t i;

	uname(&kernel);
	sysinfo(&memory);
	for (i = 0; i < warnings->count; i++)
		report("start", "%s", warnings->items[i]);
	report("start", "crash kernel %s, %lu of %lu MiB free", kernel.release,
	       memory.freeram * memory.mem_unit >> 20,
	       memory.totalram * memory.mem_unit >> 20);
}

/* Print what tests and bug reports need to know about the crash kernel. */
static void report_debug(void)
{
	char *command_line = textfile_read("/proc/cmdline", NULL);
	char *iomem = textfile_read("/proc/iomem", NULL), *state, *line;

	if (command_line && strstr(command_line, DEBUG_PARAMETER)) {
		/* It may be too long for report(). */
		dprintf(STDOUT_FILENO, "kdump-crypt: command line: %s\n",
			command_line);
		for (line = strtok_r(iomem ?: xstrdup(""), "\n", &state); line;
		     line = strtok_r(NULL, "\n", &state))
			if (line[0] != ' ')
				dprintf(STDOUT_FILENO,
					"kdump-crypt: iomem: %s\n", line);
	}
	free(command_line);
	free(iomem);
}

static int read_plan(void)
{
	struct error error;
	char *json = textfile_read(PLAN_FILE, &error);
	int ret = json ? plan_from_json(&plan, json, &error) : -1;

	if (ret)
		report("start",
		       "the plan in the initramfs cannot be used: %s: run kdump-crypt load",
		       error.reason);
	free(json);
	return ret;
}

static int mount_with(const char *options, const struct plan_target *target,
		      const char *device)
{
	return mount(device, TARGET, target->filesystem_type,
		     MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME, options);
}

/* A Btrfs on several devices may lack one, which the kernel must be told. */
static int mount_degraded(const struct plan_target *target, const char *device)
{
	char *options;
	int ret;

	if (target->devices.count < 2)
		return -1;
	options = xasprintf("%s,degraded", target->mount_options);
	ret = mount_with(options, target, device);
	free(options);
	return ret;
}

static int mount_target(const struct plan_target *target, const char *device)
{
	step_begin("mount", MOUNT_SECONDS);
	mkdir(TARGET, 0700);
	if (mount_with(target->mount_options, target, device) &&
	    mount_degraded(target, device)) {
		report("mount", "cannot mount %s (%s): %s", device,
		       target->filesystem_type, strerror(errno));
		return -1;
	}
	report("mount", "%s (%s) mounted", device, target->filesystem_type);
	return 0;
}

static void unmount_target(void)
{
	step_begin("close", UNMOUNT_SECONDS);
	sync();
	if (umount2(TARGET, 0))
		report("close",
		       "cannot unmount the target: %s; its data is on disk",
		       strerror(errno));
}

static void capture_to_target(const struct plan_target *target, bool is_last)
{
	char *device = storage_open(&plan, target);

	/* A later target may need volumes that are not open yet. */
	if (is_last)
		storage_forget_keys(&plan);
	if (device && !mount_target(target, device)) {
		dump_save(&saved, &plan, target, TARGET);
		unmount_target();
	}
	free(device);
}

static void capture_to_targets(void)
{
	size_t i;

	for (i = 0; i < plan.target_count && !saved.vmcore && !is_unwanted;
	     i++) {
		if (i)
			report("target", "trying %s", plan.targets[i].path);
		capture_to_target(&plan.targets[i], i + 1 == plan.target_count);
	}
	storage_forget_keys(&plan);
	storage_close(&plan);
}

static void load_modules(void)
{
	struct error error;
	unsigned int loaded = 0;
	size_t i;

	step_begin("modules", MODULES_SECONDS);
	/* Go on after a failure: what needs the module will report it. */
	for (i = 0; i < plan.modules.count; i++)
		if (machine_load_module(plan.modules.items[i], &error))
			report("modules", "%s", error.reason);
		else
			loaded++;
	report("modules", "%u of %zu loaded", loaded, plan.modules.count);
}

static void save_log_to_pstore(void)
{
	static bool tried;

	if (saved.kernel_log || tried)
		return;
	tried = true;
	pstore_save_log();
}

static void capture(void)
{
	load_modules();
	console_open();

	/* It runs before the keys are restored, so it cannot read them. */
	is_unwanted = hook_run("kdump_pre", plan.kdump_pre, NULL);
	if (is_unwanted)
		report("kdump_pre", "it failed, so no dump is saved");
	/* This also wipes the saved keys. */
	saved_keys_use(&plan);
	capture_to_targets();
	if (!is_unwanted)
		hook_run("kdump_post", plan.kdump_post,
			 saved.vmcore ? "0" : "1");
	save_log_to_pstore();
}

static enum action configured_action(void)
{
	return saved.vmcore || is_unwanted ? plan.final_action :
					     plan.failure_action;
}

static void __attribute__((noreturn)) end(enum action action)
{
	step_begin("end", END_SECONDS);
	report("end", "%s: %s",
	       saved.vmcore ? "the dump is complete" :
			      "the dump is not complete",
	       action_name(action));
	if (action == ACTION_SHELL) {
		sync();
		shell_run();
		step_begin("end", END_SECONDS);
	}
	/* Not before the shell: people may copy the vmcore with it. */
	saved_keys_end();
	machine_end(action);
}

/*
 * PID 1 must not exit, as the kernel would panic. So if an allocation fails, the
 * capture ends here, with the configured action. A shell would need memory and
 * has no time limit, so the machine reboots instead. The kernel log is still
 * saved in pstore: that needs little memory, and if it needs too much, this
 * function is called again and skips it. All that follows allocates nothing.
 */
static void end_without_memory(void)
{
	enum action action = configured_action();

	report(step_current(), "out of memory: ending the capture");
	save_log_to_pstore();
	storage_forget_keys(&plan);
	end(action == ACTION_SHELL ? ACTION_REBOOT : action);
}

int main(void)
{
	struct text_list warnings = {};
	struct error error;

	/* It ends with a restart of the machine. load tries to start it. */
	if (getpid() != 1) {
		puts("kdump-crypt capture program " VERSION
		     ", which only the crash kernel can start");
		return EXIT_SUCCESS;
	}
	xalloc_set_handler(end_without_memory);
	machine_mount_kernel_filesystems(&warnings);
	console_open();
	report_start(&warnings);
	text_list_release(&warnings);
	report_debug();
	if (watchdog_start("start", START_SECONDS, &error))
		report("start", "%s", error.reason);
	step_begin("start", START_SECONDS);

	if (!read_plan())
		capture();
	end(configured_action());
}
