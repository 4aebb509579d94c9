// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kexec.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/guest/common.h"

const char *errno_name(int err)
{
	const char *name = strerrorname_np(err);

	return !err ? "OK" : name ? name : "unknown";
}

int load_crash_kernel(const char *kernel, const char *initramfs,
		      const char *command_line)
{
	int kernel_fd = open(kernel, O_RDONLY | O_CLOEXEC);
	int initramfs_fd = initramfs ? open(initramfs, O_RDONLY | O_CLOEXEC) :
				       -1;
	unsigned long flags = KEXEC_FILE_ON_CRASH |
			      (initramfs ? 0 : KEXEC_FILE_NO_INITRAMFS);
	int ret = 0;

	if (syscall(SYS_kexec_file_load, kernel_fd, initramfs_fd,
		    strlen(command_line) + 1, command_line, flags))
		ret = errno;
	if (kernel_fd >= 0)
		close(kernel_fd);
	if (initramfs_fd >= 0)
		close(initramfs_fd);
	return ret;
}

int unload_crash_kernel(void)
{
	return syscall(SYS_kexec_file_load, -1, -1, 0, NULL,
		       KEXEC_FILE_ON_CRASH | KEXEC_FILE_UNLOAD) ?
		       errno :
		       0;
}

int write_once(const char *path, const void *bytes, size_t length)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int ret = 0;
	ssize_t written;

	if (fd < 0)
		return errno;
	written = write(fd, bytes, length);
	if (written < 0)
		ret = errno;
	else if ((size_t)written != length)
		errx(1, "%s: %zd of %zu bytes written", path, written, length);
	close(fd);
	return ret;
}

long read_number(const char *path)
{
	FILE *file = fopen(path, "re");
	long number;

	if (!file)
		err(1, "%s", path);
	if (fscanf(file, "%ld", &number) != 1)
		errx(1, "%s: no number", path);
	fclose(file);
	return number;
}

long parse_number(const char *text)
{
	char *end;
	long number = strtol(text, &end, 0);

	if (end == text || *end)
		errx(2, "not a number: %s", text);
	return number;
}
