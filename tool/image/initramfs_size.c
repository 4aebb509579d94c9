// SPDX-License-Identifier: GPL-2.0-or-later
#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/first_stage.h"
#include "lib/plan.h"
#include "lib/run_program.h"
#include "lib/textfile.h"
#include "lib/xalloc.h"
#include "tool/host/decompress.h"
#include "tool/image/initramfs.h"
#include "tool/image/initramfs_size.h"

#define STEP (256 * 1024) /* bytes read at a time */

/* In the header of a cpio entry. */
#define SIZE_OFFSET 54
#define NAME_OFFSET 110

static long long whole_pages(long long bytes)
{
	long long page = sysconf(_SC_PAGESIZE);

	return (bytes + page - 1) / page * page;
}

/* Return true for the file of a module. ext4.ko.xz is a compressed one. */
static bool is_module(const char *name, bool *is_compressed)
{
	const char *end = strstr(name, ".ko");

	*is_compressed = end && end[3] == '.';
	return end && (!end[3] || *is_compressed);
}

static int read_error(struct archive *archive, struct error *error)
{
	return error_set(error, 0, "%s",
			 archive_error_string(archive) ?: "not an initramfs");
}

static long long measure_compressed(struct archive *archive, long long size,
				    struct error *error)
{
	char *data = xrealloc(NULL, size + 1);
	long long bytes;

	if (archive_read_data(archive, data, size) == size)
		bytes = decompress_size(data, size, error);
	else
		bytes = read_error(archive, error);
	free(data);
	return bytes;
}

static int add_size(struct initramfs_size *size, struct archive *archive,
		    struct archive_entry *entry, struct error *error)
{
	long long bytes = archive_entry_size(entry), loaded = bytes;
	const char *name = archive_entry_pathname(entry);
	bool is_compressed;

	if (!is_module(name, &is_compressed)) {
		size->files += whole_pages(bytes);
		return 0;
	}
	if (is_compressed)
		loaded = measure_compressed(archive, bytes, error);
	if (loaded < 0)
		return error_prefix(error, "%s", name);
	size->modules += whole_pages(bytes);
	size->loaded_modules += whole_pages(loaded);
	return 0;
}

static int add_sizes(struct initramfs_size *size, struct archive *archive,
		     struct error *error)
{
	struct archive_entry *entry;
	int ret;

	while ((ret = archive_read_next_header(archive, &entry)) == ARCHIVE_OK)
		if (add_size(size, archive, entry, error))
			return -1;
	return ret == ARCHIVE_EOF ? 0 : read_error(archive, error);
}

/* Return true if there is a squashfs. Go on to what the kernel unpacks. */
static bool skip_squashfs(int fd)
{
	char headers[FIRST_STAGE_OFFSET + 1] = "";
	const char *header = headers + FIRST_STAGE_HEADER;
	unsigned int size;

	if (read(fd, headers, FIRST_STAGE_OFFSET) != FIRST_STAGE_OFFSET ||
	    strncmp(header, "070701", 6) ||
	    strcmp(header + NAME_OFFSET, FIRST_STAGE_SQUASHFS + 1) ||
	    sscanf(header + SIZE_OFFSET, "%8x", &size) != 1)
		size = 0;
	lseek(fd, size ? FIRST_STAGE_OFFSET + (size + 3) / 4 * 4 : 0, SEEK_SET);
	return size;
}

/* "-rw-r--r-- 0/0  2477966 1970-01-01 00:00 squashfs-root/modules/ext4.ko" */
static void add_line(char *line, void *context)
{
	struct initramfs_size *size = context;
	long long bytes;

	if (strstr(line, "squashfs-root" PLAN_MODULES "/") &&
	    sscanf(line, "-%*s %*s %lld", &bytes) == 1)
		size->loaded_modules += whole_pages(bytes);
}

/* They are not unpacked, only loaded. */
static int add_modules_of_squashfs(struct initramfs_size *size,
				   const char *file, struct error *error)
{
	char *offset = xasprintf("%d", FIRST_STAGE_OFFSET);
	char *arguments[] = { "unsquashfs", "-offset",	  offset,
			      "-lln",	    (char *)file, NULL };
	int ret = run_program_for_each_line(arguments, add_line, size, error);

	if (ret > 0)
		ret = error_set(error, 0, "unsquashfs failed with status %d",
				ret);
	free(offset);
	return ret;
}

static int read_archive(struct initramfs_size *size, const char *file, int fd,
			struct error *error)
{
	struct archive *archive;
	int ret;

	if (skip_squashfs(fd) && add_modules_of_squashfs(size, file, error))
		return -1;
	archive = archive_read_new();
	archive_read_support_filter_all(archive);
	archive_read_support_format_cpio(archive);
	if (archive_read_open_fd(archive, fd, STEP))
		ret = read_error(archive, error);
	else
		ret = add_sizes(size, archive, error);
	archive_read_free(archive);
	return ret;
}

int initramfs_measure(struct initramfs_size *size, const char *file,
		      struct error *error)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC), ret = 0;
	struct stat status;

	memset(size, 0, sizeof(*size));
	if (fd < 0 || fstat(fd, &status))
		ret = error_set_errno(error, "cannot read %s", file);
	else if (read_archive(size, file, fd, error))
		ret = error_prefix(error, "cannot read %s", file);
	else
		size->compressed = status.st_size;
	if (fd >= 0)
		close(fd);
	return ret;
}

/* Another version of this program may measure another size. */
static char *describe(const char *file)
{
	char *archive = initramfs_state(file);
	char *program = initramfs_state("/proc/self/exe");
	char *text =
		xasprintf("%s\n%s\n", archive ?: "none", program ?: "none");

	free(program);
	free(archive);
	return text;
}

static bool read_kept(struct initramfs_size *size, const char *kept,
		      const char *description)
{
	char *text = textfile_read(kept, NULL);
	size_t length = strlen(description);
	bool valid = text && !strncmp(text, description, length) &&
		     sscanf(text + length, "%lld %lld %lld %lld",
			    &size->compressed, &size->files, &size->modules,
			    &size->loaded_modules) == 4;

	free(text);
	return valid;
}

/* A failure only makes the next measurement slower. */
static void keep(const struct initramfs_size *size, const char *kept,
		 const char *description)
{
	char *text = xasprintf("%s%lld %lld %lld %lld", description,
			       size->compressed, size->files, size->modules,
			       size->loaded_modules);

	textfile_replace(kept, text, NULL);
	free(text);
}

int initramfs_measure_once(struct initramfs_size *size, const char *file,
			   struct error *error)
{
	char *kept = xasprintf("%s.size", file), *description = describe(file);
	int ret = 0;

	if (!read_kept(size, kept, description)) {
		ret = initramfs_measure(size, file, error);
		if (!ret)
			keep(size, kept, description);
	}
	free(description);
	free(kept);
	return ret;
}
