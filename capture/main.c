// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The capture program: PID 1 of the crash kernel. It follows the plan that the
 * tool made before the crash, saves as much of the dump as it can, and always
 * ends with a restart of the machine, or as configured.
 */
#include <errno.h>
#include <fcntl.h>
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
#include "capture/free_pages.h"
#include "capture/hook.h"
#include "capture/ipmi.h"
#include "capture/machine.h"
#include "capture/modules.h"
#include "capture/pstore.h"
#include "capture/report.h"
#include "capture/saved_keys.h"
#include "capture/shared.h"
#include "capture/shell.h"
#include "capture/steps.h"
#include "capture/storage.h"
#include "capture/watchdog.h"
#include "capture/worker.h"
#include "lib/ext4_errors.h"
#include "lib/plan.h"
#include "lib/textfile.h"
#include "lib/xalloc.h"

#define DEBUG_PARAMETER "kdump_crypt.debug"

/* Not on the stack, as end_without_memory() needs them, too. */
static struct plan plan = { .failure_action = ACTION_REBOOT };
static bool is_unwanted;	/* kdump_pre said so */
static bool is_short_of_memory; /* probably */

/* What the workers, which save the dump, have done. */
static struct done {
	struct dump_saved saved;
	bool is_mounted; /* the current target */
	size_t target;	 /* the current one, in the plan */
} none, *done = &none;

/* Once a second, while a worker works. */
static void tick(void)
{
	modules_check();
	ipmi_check();
}

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

/*
 * Each target has a directory of its own: a mount that hung may still be made
 * while the next target takes the dump.
 */
static char *make_mount_point(size_t target)
{
	char *directory = target ? xasprintf("/target-%zu", target) :
				   xstrdup("/target");

	mkdir(directory, 0700);
	return directory;
}

static int mount_with(const char *options, const struct plan_target *target,
		      const char *device, const char *directory)
{
	return mount(device, directory, target->filesystem_type,
		     MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME, options);
}

/* A Btrfs on several devices may lack one, which the kernel must be told. */
static int mount_degraded(const struct plan_target *target, const char *device,
			  const char *directory)
{
	char *options;
	int ret;

	if (target->devices.count < 2)
		return -1;
	options = xasprintf("%s,degraded", target->mount_options);
	ret = mount_with(options, target, device, directory);
	free(options);
	return ret;
}

static int mount_target(const struct plan_target *target, const char *device,
			const char *directory)
{
	step_begin("mount", MOUNT_SECONDS);
	if (ext4_has_errors(device))
		report("mount",
		       "the filesystem has errors, so the dump may be damaged; run e2fsck after the reboot");
	if (mount_with(target->mount_options, target, device, directory) &&
	    mount_degraded(target, device, directory)) {
		report("mount", "cannot mount %s (%s): %s", device,
		       target->filesystem_type, strerror(errno));
		return -1;
	}
	report("mount", "%s (%s) mounted", device, target->filesystem_type);
	return 0;
}

/* Another filesystem may hang, so no sync(). */
static void write_to_disk(const char *directory)
{
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	syncfs(fd);
	close(fd);
}

static void unmount_target(const char *directory)
{
	step_begin("close", UNMOUNT_SECONDS);
	write_to_disk(directory);
	if (umount2(directory, 0))
		report("close",
		       "cannot unmount the target: %s; its data is on disk",
		       strerror(errno));
}

static void save_to_target(size_t index)
{
	const struct plan_target *target = &plan.targets[index];
	char *device, *directory;

	if (index)
		report("target", "trying %s", target->path);
	device = storage_open(&plan, target);
	/* A later target may need volumes that are not open yet. */
	if (index + 1 == plan.target_count)
		storage_forget_keys(&plan);
	directory = make_mount_point(index);
	if (device && !mount_target(target, device, directory)) {
		done->is_mounted = true;
		dump_save(&done->saved, &plan, target, directory);
		unmount_target(directory);
		done->is_mounted = false;
	}
	free(directory);
	free(device);
}

static bool is_next_target_wanted(void)
{
	return done->target < plan.target_count && !done->saved.vmcore &&
	       !is_unwanted;
}

static void save_to_targets(void)
{
	for (; is_next_target_wanted(); done->target++)
		save_to_target(done->target);
}

static void close_targets(void)
{
	storage_close(&plan);
}

static void unmount_current_target(void)
{
	char *directory = make_mount_point(done->target);

	unmount_target(directory);
	free(directory);
}

static void capture_to_targets(void)
{
	enum worker_end end = WORKER_HANGS;

	while (is_next_target_wanted() && end != WORKER_DONE) {
		end = worker_run(save_to_targets, tick);
		if (end == WORKER_DIED) {
			is_short_of_memory = true;
			if (done->is_mounted)
				worker_run(unmount_current_target, tick);
		}
		if (end != WORKER_DONE) {
			done->is_mounted = false;
			done->target++;
		}
	}
	storage_forget_keys(&plan);
	/* If a layer cannot be closed in time, those below it stay open. */
	worker_run(close_targets, tick);
}

static void save_log_to_pstore(void)
{
	static bool tried;

	if (done->saved.kernel_log || tried)
		return;
	tried = true;
	pstore_save_log();
}

static void capture(void)
{
	done = shared_memory(sizeof(*done));
	storage_prepare(&plan);
	modules_load(&plan);
	console_open();
	ipmi_check();

	/* It runs before the keys are restored, so it cannot read them. */
	is_unwanted = hook_run("kdump_pre", plan.kdump_pre, NULL);
	if (is_unwanted)
		report("kdump_pre", "it failed, so no dump is saved");
	/* This also wipes the saved keys. */
	saved_keys_use(&plan);
	free_pages_leave_out(&plan);
	capture_to_targets();
	if (!is_unwanted)
		hook_run("kdump_post", plan.kdump_post,
			 done->saved.vmcore ? "0" : "1");
	save_log_to_pstore();
}

static enum action configured_action(void)
{
	if (done->saved.vmcore || is_unwanted)
		return plan.final_action;
	/* A shell needs memory, and has no time limit. */
	if (is_short_of_memory && plan.failure_action == ACTION_SHELL)
		return ACTION_REBOOT;
	return plan.failure_action;
}

static void write_all_to_disk(void)
{
	step_begin("end", FLUSH_SECONDS);
	sync();
}

static void __attribute__((noreturn)) end(enum action action)
{
	step_begin("end", END_SECONDS);
	report("end", "%s: %s",
	       done->saved.vmcore ? "the dump is complete" :
				    "the dump is not complete",
	       action_name(action));
	worker_run(write_all_to_disk, tick);
	if (action == ACTION_SHELL)
		shell_run();
	step_begin("end", END_SECONDS);
	/* Not before the shell: people may copy the vmcore with it. */
	saved_keys_end();
	machine_end(action);
}

/*
 * PID 1 must not exit, as the kernel would panic. So if an allocation fails, the
 * capture ends here, with the configured action. The kernel log is still saved in
 * pstore: that needs little memory, and if it needs too much, this function is
 * called again and skips it. All that follows allocates nothing.
 */
static void end_without_memory(void)
{
	is_short_of_memory = true;
	report(step_current(), "out of memory: ending the capture");
	save_log_to_pstore();
	storage_forget_keys(&plan);
	end(configured_action());
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
	machine_allow_hung_tasks();
	console_open();
	report_start(&warnings);
	text_list_release(&warnings);
	report_debug();
	steps_share();
	if (watchdog_start("start", START_SECONDS, &error))
		report("start", "%s", error.reason);
	step_begin("start", START_SECONDS);

	if (!read_plan())
		capture();
	end(configured_action());
}
