// SPDX-License-Identifier: GPL-2.0-or-later
#include <asm/bootparam.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "lib/xalloc.h"
#include "tool/kexec/kernel_image.h"

/*
 * The Linux/x86 boot protocol, Documentation/arch/x86/boot.rst: the setup header
 * is in the first sector. Its kernel_version is the offset, from the second
 * sector, of a string such as "6.12.1-amd64 (builder) #1 ...". Its init_size is
 * the memory that the kernel uses before it reads the memory map.
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

static FILE *open_image(const char *file, struct error *error)
{
	FILE *stream = fopen(file, "re");

	if (!stream)
		error_set_errno(error, "cannot use the kernel image %s", file);
	return stream;
}

static int set_image_error(struct error *error, const char *file, int number)
{
	return error_set(error, number, "cannot use the kernel image %s: %s",
			 file,
			 number == ENOEXEC ? "not an x86 bzImage" :
					     strerror(number));
}

char *kernel_image_version(const char *file, struct error *error)
{
	FILE *stream = open_image(file, error);
	struct setup_header header;
	char version[256] = "";
	bool failed;

	if (!stream)
		return NULL;
	if (read_header(stream, &header) && header.version >= FIRST_PROTOCOL &&
	    header.kernel_version &&
	    !fseek(stream, header.kernel_version + SECTOR, SEEK_SET) &&
	    fread(version, 1, sizeof(version) - 1, stream))
		version[strcspn(version, " ")] = '\0';
	failed = ferror(stream);
	fclose(stream);
	if (version[0])
		return xstrdup(version);
	set_image_error(error, file, failed ? EIO : ENOEXEC);
	return NULL;
}

long long kernel_image_memory(const char *file, struct error *error)
{
	FILE *stream = open_image(file, error);
	struct setup_header header;
	long long bytes = 0;
	bool failed;

	if (!stream)
		return -1;
	if (read_header(stream, &header) && header.version >= SIZE_PROTOCOL)
		bytes = header.init_size;
	failed = ferror(stream);
	fclose(stream);
	return bytes ?: set_image_error(error, file, failed ? EIO : ENOEXEC);
}
