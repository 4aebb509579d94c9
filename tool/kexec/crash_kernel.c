// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kexec.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/textfile.h"
#include "tool/host/lockdown.h"
#include "tool/kexec/crash_kernel.h"

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

static const char *explain(int error)
{
	switch (error) {
	case ENOKEY:
		return "a volume key that it needs is in no keyring";
	case EKEYEXPIRED:
		return "a volume key that it needs has expired";
	case EKEYREVOKED:
		return "a volume key that it needs was revoked";
	case EADDRNOTAVAIL:
	case ENOMEM:
		return "it does not fit into the reserved memory: use a larger crashkernel=";
	case EBUSY:
		return "another load or unload is under way";
	case EPERM:
	case EKEYREJECTED:
		return lockdown_explain_image();
	case ENOEXEC:
		return "the file is not a kernel image of this machine's kind";
	case ENOSYS:
		return "this kernel has no kexec_file_load()";
	default:
		return strerror(error);
	}
}

int crash_kernel_load(const char *kernel, const char *initramfs,
		      const char *command_line)
{
	bool was_loaded = crash_kernel_is_loaded();
	int kernel_fd, initramfs_fd, ret = -1;

	kernel_fd = open(kernel, O_RDONLY | O_CLOEXEC);
	if (kernel_fd < 0) {
		warn("%s", kernel);
		return -1;
	}
	initramfs_fd = open(initramfs, O_RDONLY | O_CLOEXEC);
	if (initramfs_fd < 0) {
		warn("%s", initramfs);
		goto close_kernel;
	}

	ret = syscall(SYS_kexec_file_load, kernel_fd, initramfs_fd,
		      strlen(command_line) + 1, command_line,
		      KEXEC_FILE_ON_CRASH);
	if (ret) {
		warnx("cannot load the crash kernel: %s (the kernel log has more)",
		      explain(errno));
		/* The kernel frees the old one before it reads the new. */
		if (was_loaded && !crash_kernel_is_loaded())
			warnx("the crash kernel that was loaded before is gone: a crash now leaves no dump");
	}
	close(initramfs_fd);
close_kernel:
	close(kernel_fd);
	return ret;
}

int crash_kernel_unload(void)
{
	if (syscall(SYS_kexec_file_load, -1, -1, 0UL, NULL,
		    KEXEC_FILE_UNLOAD | KEXEC_FILE_ON_CRASH)) {
		warnx("cannot unload the crash kernel: %s", explain(errno));
		return -1;
	}
	return 0;
}
