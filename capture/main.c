// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The capture program: PID 1 of the crash kernel. It follows the plan that
 * the tool made while the machine was well, saves what can be saved, and ends
 * the machine's run in any case.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "../lib/plan.h"
#include "../lib/textfile.h"
#include "../lib/xalloc.h"
#include "dump.h"
#include "machine.h"
#include "report.h"
#include "storage.h"
#include "volume.h"
#include "watchdog.h"

#define TARGET			"/target"
#define DEBUG_PARAMETER		"kdump_crypt.debug"

/* Seconds that a step may take until the watchdog restarts the machine. */
#define MODULES_SECONDS		120
#define RESTORE_SECONDS		30
#define MOUNT_SECONDS		600	/* a large journal may be replayed */
#define CLOSE_SECONDS		300
#define END_SECONDS		60

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
	char *command_line = textfile_read("/proc/cmdline");
	char *iomem = textfile_read("/proc/iomem"), *state, *line;

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
	char *json = textfile_read(PLAN_FILE);
	int ret = json ? plan_from_json(plan, json) : -1;

	if (ret)
		report("start", "%s in the initramfs cannot be used: type kdump-crypt load anew",
		       PLAN_FILE);
	free(json);
	return ret;
}

static int restore_keys(const struct plan *plan)
{
	if (!plan->volume_count)
		return 0;
	watchdog_step("restore", RESTORE_SECONDS);
	if (volume_restore_keys()) {
		report("restore", "the saved keys cannot be restored, so no volume can be opened: %s",
		       strerror(errno));
		return -1;
	}
	report("restore", "keys restored from reserved memory");
	return 0;
}

static int mount_target(const struct plan *plan, const char *device)
{
	watchdog_step("mount", MOUNT_SECONDS);
	mkdir(TARGET, 0700);
	if (mount(device, TARGET, plan->filesystem_type,
		  MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME,
		  plan->mount_options)) {
		report("mount", "cannot mount %s (%s): %s", device,
		       plan->filesystem_type, strerror(errno));
		return -1;
	}
	report("mount", "%s (%s) mounted", device, plan->filesystem_type);
	return 0;
}

static void unmount_target(void)
{
	watchdog_step("close", CLOSE_SECONDS);
	sync();
	if (umount2(TARGET, 0))
		report("close", "cannot unmount: %s; what was written is on disk",
		       strerror(errno));
}

static int capture_to(const struct plan *plan, const char *device)
{
	int ret;

	if (mount_target(plan, device))
		return -1;
	ret = dump_save(plan, TARGET);
	unmount_target();
	return ret;
}

static int capture(const struct plan *plan)
{
	char *device;
	int ret;

	watchdog_step("modules", MODULES_SECONDS);
	report("modules", "%u of %zu loaded",
	       machine_load_modules(plan->modules.items, plan->modules.count),
	       plan->modules.count);

	if (restore_keys(plan))
		return -1;
	device = storage_open(plan);
	ret = device ? capture_to(plan, device) : -1;
	storage_close(plan);
	free(device);
	return ret;
}

int main(void)
{
	struct plan plan = { .failure_action = ACTION_REBOOT };
	enum action action;
	int ret = -1;

	machine_mount_kernel_filesystems();
	report_start();
	report_debug();
	if (watchdog_start())
		report("start", "no watchdog: %s", strerror(errno));

	if (!read_plan(&plan))
		ret = capture(&plan);

	action = ret ? plan.failure_action : plan.final_action;
	watchdog_step("end", END_SECONDS);
	report("end", "%s: %s", ret ? "the dump is not complete" :
				      "the dump is complete",
	       action_name(action));
	machine_end(action);
}
