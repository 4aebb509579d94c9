// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <linux/kexec.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/textfile.h"
#include "tool/host/kernel_modules.h"
#include "tool/host/lockdown.h"
#include "tool/kexec/crash_kernel.h"
#include "tool/kexec/kernel_file.h"
#include "tool/kexec/kexec_load.h"

long long crash_kernel_reserved(void)
{
	long long size =
		textfile_read_number("/sys/kernel/kexec_crash_size", NULL);

	return size < 0 ? 0 : size;
}

long long crash_kernel_machine_memory(void)
{
	return sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE) +
	       crash_kernel_reserved();
}

bool crash_kernel_is_loaded(void)
{
	return textfile_read_number("/sys/kernel/kexec_crash_loaded", NULL) ==
	       1;
}

long long crash_kernel_loads(void)
{
	return textfile_read_number(
		"/sys/kernel/config/crash_dm_crypt_keys/loads", NULL);
}

static const char *explain(int number)
{
	switch (number) {
	case ENOKEY:
		return "a volume key that it needs is not in the keyring";
	case EKEYEXPIRED:
		return "a volume key that it needs has expired";
	case EKEYREVOKED:
		return "a volume key that it needs was revoked";
	case EADDRNOTAVAIL:
	case ENOMEM:
		return "it does not fit into the reserved memory: use a larger crashkernel=";
	case EBUSY:
		return "another program is loading or unloading one";
	case EPERM:
	case EKEYREJECTED:
		return lockdown_explain_image();
	case ENOEXEC:
		return "the file is not a kernel image for this machine";
	case ENOSYS:
		return "this kernel cannot load crash kernels";
	case ENOPKG:
		return "the program kexec is not installed: install kexec-tools";
	default:
		return strerror(number);
	}
}

/*
 * @why is NULL if the errno says it. The kernel frees the old crash kernel
 * before it reads the new one.
 */
static int set_load_error(struct error *error, int number, const char *why,
			  bool was_loaded)
{
	return error_set(
		error, number,
		"cannot load the crash kernel: %s (see the kernel log)%s",
		why ?: explain(number),
		was_loaded && !crash_kernel_is_loaded() ?
			"; the previous crash kernel is gone, so a crash now leaves no dump" :
			"");
}

static int load(int kernel, int initramfs, const char *command_line,
		struct error *error)
{
	bool was_loaded = crash_kernel_is_loaded();

	if (!syscall(SYS_kexec_file_load, kernel, initramfs,
		     strlen(command_line) + 1, command_line,
		     KEXEC_FILE_ON_CRASH))
		return 0;
	return set_load_error(error, errno, NULL, was_loaded);
}

static int load_without_files(const char *kernel, const char *initramfs,
			      const char *command_line, struct error *error)
{
	bool was_loaded = crash_kernel_is_loaded();
	struct error reason;

	if (!kexec_load(kernel, initramfs, command_line, &reason))
		return 0;
	return set_load_error(error, reason.number,
			      reason.number ? NULL : reason.reason, was_loaded);
}

/*
 * The system call hashes the image, and the kernel looks for no faster code
 * than what is loaded. Kernels without these modules have that code built in.
 */
static void load_fast_hash(void)
{
	kernel_modules_load("sha256_ssse3", NULL);
}

int crash_kernel_load(const char *kernel, const char *initramfs,
		      const char *command_line, struct error *error)
{
	int initramfs_fd, ret = -1;
	FILE *stream;

	load_fast_hash();

	stream = kernel_file_open(kernel, error);
	if (!stream)
		return -1;
	initramfs_fd = open(initramfs, O_RDONLY | O_CLOEXEC);
	if (initramfs_fd < 0) {
		error_set_errno(error, "cannot read %s", initramfs);
	} else {
		ret = kexec_load_is_needed() ?
			      load_without_files(kernel, initramfs,
						 command_line, error) :
			      load(fileno(stream), initramfs_fd, command_line,
				   error);
		close(initramfs_fd);
	}
	fclose(stream);
	return ret;
}

int crash_kernel_unload(struct error *error)
{
	int number;

	/* Either system call unloads a crash kernel that the other has loaded. */
	if (!syscall(SYS_kexec_file_load, -1, -1, 0UL, NULL,
		     KEXEC_FILE_UNLOAD | KEXEC_FILE_ON_CRASH))
		return 0;
	number = errno;
	if (number == ENOSYS) {
		if (!syscall(SYS_kexec_load, 0UL, 0UL, NULL,
			     (unsigned long)KEXEC_ON_CRASH))
			return 0;
		number = errno;
	}
	return error_set(error, number, "cannot unload the crash kernel: %s",
			 explain(number));
}
