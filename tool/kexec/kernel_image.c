// SPDX-License-Identifier: GPL-2.0-or-later
#include <asm/bootparam.h>
#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "lib/xalloc.h"
#include "tool/kexec/kernel_image.h"

/*
 * Linux/x86 boot protocol (Documentation/arch/x86/boot.rst): the setup header
 * stands in the first sector, and its kernel_version is the offset of a string
 * such as "6.12.1-amd64 (builder) #1 ...", counted from the second sector. Its
 * init_size is what the kernel needs before it looks at the memory map.
 */
#define SECTOR	       512
#define HEADER_MAGIC   0x53726448 /* "HdrS" */
#define FIRST_PROTOCOL 0x0200	  /* with a kernel_version */
#define SIZE_PROTOCOL  0x020a	  /* with an init_size */

static bool read_header(FILE *stream, struct setup_header *header)
{
	return !fseek(stream, offsetof(struct boot_params, hdr), SEEK_SET) &&
	       fread(header, sizeof(*header), 1, stream) == 1 &&
	       header->header == HEADER_MAGIC;
}

char *kernel_image_choose(const char *file)
{
	struct utsname running;

	if (file)
		return xstrdup(file);
	uname(&running);
	return xasprintf("/boot/vmlinuz-%s", running.release);
}

char *kernel_image_version(const char *file)
{
	struct setup_header header;
	char version[256] = "";
	int error = ENOEXEC;
	FILE *stream;

	stream = fopen(file, "re");
	if (!stream)
		return NULL;
	if (read_header(stream, &header) && header.version >= FIRST_PROTOCOL &&
	    header.kernel_version &&
	    !fseek(stream, header.kernel_version + SECTOR, SEEK_SET) &&
	    fread(version, 1, sizeof(version) - 1, stream))
		error = 0;
	if (ferror(stream))
		error = EIO;
	fclose(stream);

	version[strcspn(version, " ")] = '\0';
	if (!version[0]) {
		errno = error ?: ENOEXEC;
		return NULL;
	}
	return xstrdup(version);
}

long long kernel_image_memory(const char *file)
{
	struct setup_header header;
	long long bytes = -1;
	int error = ENOEXEC;
	FILE *stream;

	stream = fopen(file, "re");
	if (!stream)
		return -1;
	if (read_header(stream, &header) && header.version >= SIZE_PROTOCOL &&
	    header.init_size)
		bytes = header.init_size;
	if (ferror(stream))
		error = EIO;
	fclose(stream);
	if (bytes < 0)
		errno = error;
	return bytes;
}

void kernel_image_warn(const char *file)
{
	warnx("cannot use the kernel image %s: %s", file,
	      errno == ENOEXEC ? "not an x86 bzImage" : strerror(errno));
}
