// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /init of the capture initramfs, see lib/first_stage.h. It is static and small,
 * as it lies in the initramfs in full. If it fails, the machine does what
 * failure_action says, except that it restarts instead of starting a shell: the
 * shell is in the squashfs.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/loop.h>
#include <linux/module.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/first_stage.h"

/* All of this takes less than a second, but for a module that hangs. */
#define DEADLINE_SECONDS 120

#define READ_AHEAD_KIB "16"

static int report(const char *what, const char *name)
{
	dprintf(STDERR_FILENO, "kdump-crypt: start: cannot %s %s: %s\n", what,
		name, strerror(errno));
	return -1;
}

/* If it is needed, mounting fails without it. One is only for speed. */
static void load_module(const char *file)
{
	const char *end = strstr(file, ".ko");
	int fd = open(file, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		report("read", file);
		return;
	}
	if (syscall(SYS_finit_module, fd, "",
		    end && end[3] ? MODULE_INIT_COMPRESSED_FILE : 0) &&
	    errno != EEXIST)
		report("load", file);
	close(fd);
	/* Its memory becomes free. */
	unlink(file);
}

/* The file is small, and one read(2) returns all of it. */
static int load_modules(void)
{
	char text[4096], *name, *state;
	int fd = open(FIRST_STAGE_MODULES, O_RDONLY | O_CLOEXEC);
	ssize_t length;

	if (fd < 0)
		return report("read", FIRST_STAGE_MODULES);
	length = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (length < 0)
		return report("read", FIRST_STAGE_MODULES);
	text[length] = '\0';
	for (name = strtok_r(text, "\n", &state); name;
	     name = strtok_r(NULL, "\n", &state))
		load_module(name);
	return 0;
}

/* Return the number of a loop device that nobody uses, or -1. */
static int find_loop_device(void)
{
	int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	int number;

	if (control < 0)
		return report("open", "/dev/loop-control");
	number = ioctl(control, LOOP_CTL_GET_FREE);
	if (number < 0)
		report("find", "a loop device");
	close(control);
	return number;
}

/*
 * Read little more than what is asked for: everything that is read is
 * decompressed, and takes memory. This is not important enough to fail.
 */
static void limit_read_ahead(int number)
{
	char file[64];
	int fd;

	snprintf(file, sizeof(file), "/sys/block/loop%d/queue/read_ahead_kb",
		 number);
	fd = open(file, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, READ_AHEAD_KIB, strlen(READ_AHEAD_KIB)) < 0)
		report("write", file);
	if (fd >= 0)
		close(fd);
}

/* The mount keeps the device and its file in use. */
static int mount_from(const char *device, int file)
{
	struct loop_config config = {
		.fd = file,
		.info.lo_offset = FIRST_STAGE_OFFSET,
		.info.lo_flags = LO_FLAGS_READ_ONLY | LO_FLAGS_AUTOCLEAR,
	};
	int fd = open(device, O_RDONLY | O_CLOEXEC), ret = 0;

	if (fd < 0)
		return report("open", device);
	if (ioctl(fd, LOOP_CONFIGURE, &config))
		ret = report("set up", device);
	else if (mount(device, FIRST_STAGE_MOUNT, "squashfs",
		       MS_RDONLY | MS_NOSUID | MS_NODEV, NULL))
		ret = report("mount", FIRST_STAGE_SQUASHFS);
	close(fd);
	return ret;
}

static int mount_loop_device(void)
{
	char device[32];
	int file = open(FIRST_STAGE_INITRD, O_RDONLY | O_CLOEXEC);
	int number, ret;

	if (file < 0)
		return report("open", FIRST_STAGE_INITRD);
	number = find_loop_device();
	snprintf(device, sizeof(device), "/dev/loop%d", number);
	ret = number < 0 ? -1 : mount_from(device, file);
	if (!ret)
		limit_read_ahead(number);
	close(file);
	return ret;
}

/* The capture program mounts its own /dev and /sys. */
static int mount_squashfs(void)
{
	const unsigned long flags = MS_NOSUID | MS_NOEXEC;
	int ret;

	mkdir(FIRST_STAGE_MOUNT, 0755);
	mkdir("/dev", 0755);
	mkdir("/sys", 0755);
	if (mount("devtmpfs", "/dev", "devtmpfs", flags, NULL))
		return report("mount", "/dev");
	if (mount("sysfs", "/sys", "sysfs", flags, NULL))
		return report("mount", "/sys");
	ret = mount_loop_device();
	umount2("/sys", MNT_DETACH);
	umount2("/dev", MNT_DETACH);
	return ret;
}

static bool is_directory(const char *path)
{
	struct stat status;

	return !stat(path, &status) && S_ISDIR(status.st_mode);
}

/*
 * Link @path, which is in the squashfs, into the initramfs. Directories at the
 * top, and those that the initramfs has as well, stay directories of the
 * initramfs. What is missing may not be needed, so go on without it.
 */
static void link_path(const char *path, bool is_top)
{
	char source[PATH_MAX], below[PATH_MAX];
	struct dirent *entry;
	DIR *dir;

	snprintf(source, sizeof(source), FIRST_STAGE_MOUNT "%s", path);
	if (!is_directory(source) || (!is_top && access(path, F_OK))) {
		if (symlink(source, path) && errno != EEXIST)
			report("make the link", path);
		return;
	}
	mkdir(path, 0755);
	dir = opendir(source);
	if (!dir) {
		report("read", source);
		return;
	}
	while ((entry = readdir(dir))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		snprintf(below, sizeof(below), "%s/%s", path, entry->d_name);
		link_path(below, !*path);
	}
	closedir(dir);
}

/* Return a command of reboot(2). */
static int failure_action(void)
{
	int fd = open(FIRST_STAGE_FAILURE, O_RDONLY | O_CLOEXEC);
	char first = 0;

	if (fd >= 0 && read(fd, &first, 1) < 0)
		first = 0;
	if (first == 'p')
		return RB_POWER_OFF;
	return first == 'h' ? RB_HALT_SYSTEM : RB_AUTOBOOT;
}

static void __attribute__((noreturn)) fail(void)
{
	reboot(failure_action());
	reboot(RB_AUTOBOOT);
	/* The kernel panics and restarts the machine, as panic= says. */
	_exit(1);
}

/* Return a child that ends the machine unless it is killed in time, or -1. */
static pid_t start_watchdog(void)
{
	pid_t child = fork();

	if (child)
		return child;
	sleep(DEADLINE_SECONDS);
	errno = ETIMEDOUT;
	report("start", FIRST_STAGE_NEXT);
	fail();
}

static void stop_watchdog(pid_t child)
{
	if (child < 0)
		return;
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

static void start(void)
{
	static char *const arguments[] = { FIRST_STAGE_NEXT, NULL };
	pid_t watchdog = start_watchdog();

	if (!access(FIRST_STAGE_MODULES, F_OK)) {
		if (load_modules() || mount_squashfs())
			return;
		link_path("", true);
	}
	/* The capture program has its own. */
	stop_watchdog(watchdog);
	/* Its memory becomes free when this program is gone. */
	unlink("/init");
	execv(FIRST_STAGE_NEXT, arguments);
	report("start", FIRST_STAGE_NEXT);
}

int main(void)
{
	/* It would load modules and mount. */
	if (getpid() != 1) {
		fputs("only the crash kernel can start this program\n", stderr);
		return 1;
	}
	start();
	fail();
}
