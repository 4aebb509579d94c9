// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <linux/module.h>
#include <linux/reboot.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "capture/machine.h"
#include "lib/textfile.h"
#include "lib/xalloc.h"

#define RUN_OPTIONS "size=8m" /* the most that a hook's output can fill */

static void mount_kernel_filesystem(const char *type, const char *directory,
				    const char *options,
				    struct text_list *warnings)
{
	struct error error;

	mkdir(directory, 0755);
	if (mount(type, directory, type, MS_NOSUID | MS_NOEXEC, options)) {
		error_set_errno(&error, "cannot mount %s", directory);
		text_list_add(warnings, error.reason);
	}
}

void machine_mount_kernel_filesystems(struct text_list *warnings)
{
	mount_kernel_filesystem("proc", "/proc", NULL, warnings);
	mount_kernel_filesystem("sysfs", "/sys", NULL, warnings);
	mount_kernel_filesystem("devtmpfs", "/dev", NULL, warnings);
	/* libcryptsetup needs it for its locks, and libblkid for its cache. */
	mount_kernel_filesystem("tmpfs", "/run", RUN_OPTIONS, warnings);
	/* makedumpfile copies the crashed kernel's vmcoreinfo to it. */
	mkdir("/tmp", 0700);
}

void machine_allow_hung_tasks(void)
{
	textfile_write("/proc/sys/kernel/hung_task_panic", "0", NULL);
}

static bool is_compressed(const char *file)
{
	return strcmp(strrchr(file, '.'), ".ko");
}

static int load_module(const char *file, const char *options,
		       struct error *error)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return error_set_errno(error, "cannot load %s", file);
	if (syscall(SYS_finit_module, fd, options,
		    is_compressed(file) ? MODULE_INIT_COMPRESSED_FILE : 0) &&
	    errno != EEXIST) {
		error_set_errno(error, "cannot load %s", file);
		close(fd);
		return -1;
	}
	close(fd);
	unlink(file);
	return 0;
}

int machine_load_module(const char *module, struct error *error)
{
	size_t length = strcspn(module, " ");
	char *file = xasprintf("%.*s", (int)length, module);
	const char *options = module + length;
	int ret = load_module(file, *options ? options + 1 : "", error);

	free(file);
	return ret;
}

void machine_restart_at_once(void)
{
	for (;;) {
		textfile_write("/proc/sysrq-trigger", "b", NULL);
		reboot(LINUX_REBOOT_CMD_RESTART);
		sleep(1);
	}
}

void machine_end(enum action action)
{
	switch (action) {
	case ACTION_POWEROFF:
		reboot(LINUX_REBOOT_CMD_POWER_OFF);
		break;
	case ACTION_HALT:
		reboot(LINUX_REBOOT_CMD_HALT);
		break;
	default:
		reboot(LINUX_REBOOT_CMD_RESTART);
		break;
	}
	/* Still running: the firmware did not do it. */
	machine_restart_at_once();
}
