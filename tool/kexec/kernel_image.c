// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "lib/xalloc.h"
#include "tool/host/architecture.h"
#include "tool/kexec/kernel_file.h"
#include "tool/kexec/kernel_format.h"
#include "tool/kexec/kernel_image.h"

static const struct kernel_format *const native = &KERNEL_FORMAT;

char *kernel_image_choose(const char *file)
{
	struct utsname running;

	if (file)
		return xstrdup(file);
	uname(&running);
	return xasprintf(KERNEL_FILE "%s", running.release);
}

static int set_image_error(struct error *error, const char *file, int number)
{
	if (number == ENOEXEC)
		return error_set(error, number,
				 "cannot use the kernel image %s: not %s", file,
				 native->name);
	return error_set(error, number, "cannot use the kernel image %s: %s",
			 file, strerror(number));
}

char *kernel_image_version(const char *file, struct error *error)
{
	FILE *stream = kernel_file_open(file, error);
	char *version = NULL;
	bool failed;

	if (!stream)
		return NULL;
	if (native->matches(stream))
		version = native->version(stream);
	failed = ferror(stream);
	fclose(stream);
	if (!version)
		set_image_error(error, file, failed ? EIO : ENOEXEC);
	return version;
}

long long kernel_image_memory(const char *file, struct error *error)
{
	FILE *stream = kernel_file_open(file, error);
	long long bytes = 0;
	bool failed;

	if (!stream)
		return -1;
	if (native->matches(stream))
		bytes = native->memory(stream);
	failed = ferror(stream);
	fclose(stream);
	return bytes ?: set_image_error(error, file, failed ? EIO : ENOEXEC);
}
