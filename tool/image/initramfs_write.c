// SPDX-License-Identifier: GPL-2.0-or-later
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/xalloc.h"
#include "tool/image/decompress.h"
#include "tool/image/initramfs_write.h"

struct output {
	struct archive *archive;
	const char *file;
};

/* libarchive only says "Write error" if the disk is full. */
static int fail(const struct output *output, struct error *error)
{
	errno = archive_errno(output->archive);
	if (errno > 0)
		return error_set_write(error, output->file);
	return error_set(error, 0, "cannot write %s: %s", output->file,
			 archive_error_string(output->archive));
}

static int write_entry(const struct output *output,
		       const struct initramfs_entry *entry, mode_t mode,
		       const void *data, size_t size, struct error *error)
{
	struct archive_entry *header = archive_entry_new();
	int ret = 0;

	/* Archives hold paths without the slash in front. */
	archive_entry_set_pathname(header, entry->destination + 1);
	archive_entry_set_mode(header, mode);
	archive_entry_set_size(header, size);
	archive_entry_set_rdev(header, entry->device);
	archive_entry_set_nlink(header, 1);
	if (archive_write_header(output->archive, header) ||
	    (size && archive_write_data(output->archive, data, size) < 0))
		ret = fail(output, error);
	archive_entry_free(header);
	return ret;
}

static char *read_all(int fd, size_t *size)
{
	char *data = xrealloc(NULL, *size + 1);
	size_t used = 0;

	while (used < *size) {
		ssize_t got = read(fd, data + used, *size - used);

		if (got < 0) {
			free(data);
			return NULL;
		}
		if (!got)
			break;
		used += got;
	}
	*size = used;
	return data;
}

static char *read_file(const char *source, size_t *size, mode_t *mode,
		       struct error *error)
{
	int fd = open(source, O_RDONLY | O_CLOEXEC);
	struct stat status;
	char *data = NULL;

	if (fd >= 0 && !fstat(fd, &status)) {
		*mode = status.st_mode;
		*size = status.st_size;
		data = read_all(fd, size);
	}
	if (!data)
		error_set_errno(error, "cannot read %s", source);
	if (fd >= 0)
		close(fd);
	return data;
}

static int write_copy(const struct output *output,
		      const struct initramfs_entry *entry, struct error *error)
{
	mode_t mode;
	size_t size;
	char *data = read_file(entry->source, &size, &mode, error);
	int ret;

	if (!data)
		return -1;
	ret = write_entry(output, entry, S_IFREG | (mode & 0755), data, size,
			  error);
	free(data);
	return ret;
}

static int write_decompressed(const struct output *output,
			      const struct initramfs_entry *entry,
			      struct error *error)
{
	size_t size;
	char *data = decompress_file(entry->source, &size, error);
	int ret;

	if (!data)
		return error_prefix(error, "cannot read %s", entry->source);
	ret = write_entry(output, entry, S_IFREG | 0644, data, size, error);
	free(data);
	return ret;
}

static int write_any(const struct output *output,
		     const struct initramfs_entry *entry, struct error *error)
{
	switch (entry->kind) {
	case INITRAMFS_DIRECTORY:
		return write_entry(output, entry, S_IFDIR | 0755, NULL, 0,
				   error);
	case INITRAMFS_COPY:
		return write_copy(output, entry, error);
	case INITRAMFS_DECOMPRESS:
		return write_decompressed(output, entry, error);
	case INITRAMFS_TEXT:
		return write_entry(output, entry, S_IFREG | 0644, entry->source,
				   strlen(entry->source), error);
	case INITRAMFS_CHARACTER_DEVICE:
		return write_entry(output, entry, S_IFCHR | 0600, NULL, 0,
				   error);
	}
	return 0;
}

static int write_archive(const struct output *output, int fd,
			 const struct initramfs_entry *entries, size_t count,
			 struct error *error)
{
	struct archive *archive = output->archive;
	size_t i;

	if (archive_write_set_format_cpio_newc(archive) ||
	    archive_write_add_filter_zstd(archive) ||
	    archive_write_open_fd(archive, fd))
		return fail(output, error);
	for (i = 0; i < count; i++)
		if (write_any(output, &entries[i], error))
			return -1;
	if (archive_write_close(archive))
		return fail(output, error);
	return 0;
}

static int write_temporary(const char *temporary, int fd, const char *file,
			   const struct initramfs_entry *entries, size_t count,
			   struct error *error)
{
	const struct output output = { archive_write_new(), temporary };
	int ret = write_archive(&output, fd, entries, count, error);

	archive_write_free(output.archive);
	if (!ret && (fsync(fd) || rename(temporary, file)))
		ret = error_set_write(error, temporary);
	return ret;
}

int initramfs_write(const char *file, const struct initramfs_entry *entries,
		    size_t count, struct error *error)
{
	char *temporary = xasprintf("%s.new", file);
	int fd =
		open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int ret;

	if (fd < 0) {
		ret = error_set_make(error, temporary);
	} else {
		ret = write_temporary(temporary, fd, file, entries, count,
				      error);
		if (ret) {
			error_prefix(error, "cannot make the initramfs %s",
				     file);
			unlink(temporary);
		}
		close(fd);
	}
	free(temporary);
	return ret;
}
