// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <linux/module.h>
#include <linux/reboot.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "capture/console.h"
#include "capture/logged_program.h"
#include "capture/machine.h"
#include "capture/report.h"
#include "capture/saved_keys.h"
#include "capture/watchdog.h"
#include "lib/textfile.h"

#define BUSYBOX		"/bin/busybox"
#define SHELL		"/bin/sh" /* it, again */
#define INSTALL_SECONDS 20
#define RESTART_SECONDS 60 /* after the shell, with what it left to be synced */
#define RUN_OPTIONS	"size=8m" /* a hook that prints without end fills no more */

static void mount_kernel_filesystem(const char *type, const char *directory,
				    const char *options)
{
	mkdir(directory, 0755);
	if (mount(type, directory, type, MS_NOSUID | MS_NOEXEC, options))
		report("start", "cannot mount %s: %s", directory,
		       strerror(errno));
}

void machine_mount_kernel_filesystems(void)
{
	mount_kernel_filesystem("proc", "/proc", NULL);
	mount_kernel_filesystem("sysfs", "/sys", NULL);
	mount_kernel_filesystem("devtmpfs", "/dev", NULL);
	/* libcryptsetup locks its metadata and libblkid caches in there. */
	mount_kernel_filesystem("tmpfs", "/run", RUN_OPTIONS);
	/* makedumpfile copies the crashed kernel's vmcoreinfo to there. */
	mkdir("/tmp", 0700);
}

static bool is_compressed(const char *file)
{
	return strcmp(strrchr(file, '.'), ".ko");
}

static int load_module(const char *file)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	int ret;

	if (fd < 0)
		return -1;
	ret = syscall(SYS_finit_module, fd, "",
		      is_compressed(file) ? MODULE_INIT_COMPRESSED_FILE : 0);
	if (ret && errno == EEXIST)
		ret = 0;
	close(fd);
	return ret;
}

unsigned int machine_load_modules(char *const *files, unsigned int count)
{
	unsigned int loaded = 0, i;

	for (i = 0; i < count; i++) {
		if (load_module(files[i])) {
			report("modules", "cannot load %s: %s", files[i],
			       strerror(errno));
			continue;
		}
		loaded++;
		/* Its pages in the initramfs are of no more use. */
		unlink(files[i]);
	}
	return loaded;
}

static void become_shell(void)
{
	static char *const arguments[] = { "sh", NULL };
	static char *const environment[] = {
		"PATH=/sbin:/usr/sbin:/bin:/usr/bin", "TERM=linux", "HOME=/",
		NULL
	};
	const char *terminal = console_terminal();
	int fd;

	setsid();
	/* The first that is opened becomes the session's controlling one. */
	fd = open(terminal, O_RDWR);
	if (fd < 0)
		_exit(1);
	dup2(fd, STDIN_FILENO);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
	execve(SHELL, arguments, environment);
	_exit(1);
}

static void run_shell(void)
{
	char *arguments[] = { BUSYBOX, "--install", "-s", "/bin", NULL };
	pid_t shell;

	/* For as long as it takes. */
	watchdog_stop();
	logged_program_run(arguments, "/dev/null", INSTALL_SECONDS, NULL);
	report("shell", "a shell on %s: the machine restarts when it ends",
	       console_terminal());
	shell = fork();
	if (!shell)
		become_shell();
	if (shell < 0 || waitpid(shell, NULL, 0) != shell)
		report("shell", "cannot start %s: %s", SHELL, strerror(errno));
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
	sync();
	switch (action) {
	case ACTION_POWEROFF:
		reboot(LINUX_REBOOT_CMD_POWER_OFF);
		break;
	case ACTION_HALT:
		reboot(LINUX_REBOOT_CMD_HALT);
		break;
	case ACTION_SHELL:
		run_shell();
		watchdog_step("end", RESTART_SECONDS);
		saved_keys_end();
		sync();
		reboot(LINUX_REBOOT_CMD_RESTART);
		break;
	case ACTION_REBOOT:
		reboot(LINUX_REBOOT_CMD_RESTART);
		break;
	}
	/* Still here: the firmware did not do it. */
	machine_restart_at_once();
}
