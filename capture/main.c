// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The capture program: PID 1 of the crash kernel. It follows the plan that
 * the tool made while the machine was well, saves what can be saved, and ends
 * the machine's run in any case.
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
#include "capture/dump.h"
#include "capture/hook.h"
#include "capture/machine.h"
#include "capture/pstore.h"
#include "capture/report.h"
#include "capture/saved_keys.h"
#include "capture/storage.h"
#include "capture/watchdog.h"
#include "lib/plan.h"
#include "lib/textfile.h"
#include "lib/xalloc.h"

#define TARGET		"/target"
#define DEBUG_PARAMETER "kdump_crypt.debug"

/* Seconds that a step may take until the watchdog restarts the machine. */
#define MODULES_SECONDS 120
#define MOUNT_SECONDS	600 /* a large journal may be replayed */
#define CLOSE_SECONDS	300
#define END_SECONDS	60

static void report_start(void)
{
	struct utsname kernel;
	struct sysinfo memory;

	uname(&kernel);
	sysinfo(&memory);
	report("start", "crash kernel %s, %lu of %lu MiB free", kernel.release,
	       memory.freeram * memory.mem_unit >> 20,
	       memory.totalram * memory.mem_unit >> 20);
}

/* What tests and bug reports want to see of the crash kernel. */
static void report_debug(void)
{
	char *command_line = textfile_read("/proc/cmdline", NULL);
	char *iomem = textfile_read("/proc/iomem", NULL), *state, *line;

	if (command_line && strstr(command_line, DEBUG_PARAMETER)) {
		/* Too long for a report: printed as it is. */
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

static int read_plan(struct plan *plan)
{
	struct error error;
	char *json = textfile_read(PLAN_FILE, &error);
	int ret = json ? plan_from_json(plan, json, &error) : -1;

	if (ret)
		report("start",
		       "the plan in the initramfs cannot be used: %s: run kdump-crypt load",
		       error.reason);
	free(json);
	return ret;
}

static int mount_target(const struct plan_target *target, const char *device)
{
	watchdog_step("mount", MOUNT_SECONDS);
	mkdir(TARGET, 0700);
	if (mount(device, TARGET, target->filesystem_type,
		  MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME,
		  target->mount_options)) {
		report("mount", "cannot mount %s (%s): %s", device,
		       target->filesystem_type, strerror(errno));
		return -1;
	}
	report("mount", "%s (%s) mounted", device, target->filesystem_type);
	return 0;
}

static void unmount_target(void)
{
	watchdog_step("close", CLOSE_SECONDS);
	sync();
	if (umount2(TARGET, 0))
		report("close",
		       "cannot unmount: %s; what was written is on disk",
		       strerror(errno));
}

static void capture_to_target(struct dump_saved *saved, const struct plan *plan,
			      const struct plan_target *target, bool is_last)
{
	char *device = storage_open(plan, target);

	/* What a later target lies on may come to be needed. */
	if (is_last)
		storage_forget_keys(plan);
	if (device && !mount_target(target, device)) {
		dump_save(saved, plan, target, TARGET);
		unmount_target();
	}
	free(device);
}

static void capture_to_targets(struct dump_saved *saved,
			       const struct plan *plan)
{
	size_t i;

	for (i = 0; i < plan->target_count && !saved->vmcore; i++) {
		if (i)
			report("target", "trying %s", plan->targets[i].path);
		capture_to_target(saved, plan, &plan->targets[i],
				  i + 1 == plan->target_count);
	}
	storage_forget_keys(plan);
	storage_close(plan);
}

static void capture(struct dump_saved *saved, const struct plan *plan)
{
	watchdog_step("modules", MODULES_SECONDS);
	report("modules", "%u of %zu loaded",
	       machine_load_modules(plan->modules.items, plan->modules.count),
	       plan->modules.count);
	console_open();

	/* Before there are keys that it could read. */
	hook_run("kdump_pre", plan->kdump_pre, NULL);
	saved_keys_use(plan);
	capture_to_targets(saved, plan);
	hook_run("kdump_post", plan->kdump_post, saved->vmcore ? "0" : "1");
	if (!saved->kernel_log)
		pstore_save_log();
}

int main(void)
{
	struct plan plan = { .failure_action = ACTION_REBOOT };
	struct dump_saved saved = {};
	enum action action;

	machine_mount_kernel_filesystems();
	console_open();
	report_start();
	report_debug();
	if (watchdog_start())
		report("start", "no watchdog: %s", strerror(errno));

	if (!read_plan(&plan))
		capture(&saved, &plan);

	action = saved.vmcore ? plan.final_action : plan.failure_action;
	watchdog_step("end", END_SECONDS);
	/* Somebody at a shell may have to copy the vmcore by hand. */
	if (action != ACTION_SHELL)
		saved_keys_end();
	report("end", "%s: %s",
	       saved.vmcore ? "the dump is complete" :
			      "the dump is not complete",
	       action_name(action));
	machine_end(action);
}
