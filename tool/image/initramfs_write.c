// SPDX-License-Identifier: GPL-2.0-or-later
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/first_stage.h"
#include "lib/run_program.h"
#include "lib/xalloc.h"
#include "tool/host/decompress.h"
#include "tool/image/initramfs_write.h"
#include "tool/image/module_signature.h"

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
	if (entry->kind == INITRAMFS_START && size > entry->size)
		size = entry->size;
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
	if (entry->kind == INITRAMFS_UNSIGNED)
		size = module_signature_start(data, size);
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
	case INITRAMFS_START:
		return write_copy(output, entry, error);
	case INITRAMFS_DECOMPRESS:
	case INITRAMFS_UNSIGNED:
		return write_decompressed(output, entry, error);
	case INITRAMFS_TEXT:
		return write_entry(output, entry, S_IFREG | 0644, entry->source,
				   strlen(entry->source), error);
	case INITRAMFS_CHARACTER_DEVICE:
		return write_entry(output, entry, S_IFCHR | 0600, NULL, 0,
				   error);
	case INITRAMFS_NOT_UNPACKED:
		break;
	}
	return 0;
}

static int write_entries(const struct output *output,
			 const struct initramfs_entry *entries, size_t count,
			 struct error *error)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (write_any(output, &entries[i], error))
			return -1;
	return archive_write_close(output->archive) ? fail(output, error) : 0;
}

static int write_archive(const char *file, int fd,
			 int (*set_format)(struct archive *archive),
			 const struct initramfs_entry *entries, size_t count,
			 struct error *error)
{
	const struct output output = { archive_write_new(), file };
	int ret;

	if (set_format(output.archive) ||
	    archive_write_open_fd(output.archive, fd))
		ret = fail(&output, error);
	else
		ret = write_entries(&output, entries, count, error);
	archive_write_free(output.archive);
	return ret;
}

/*
 * The kernel needs memory for zstd's window while it unpacks. That has 512 KiB
 * at this level, and 2 MiB at the default one. Modules stay as they are anyway.
 */
static int set_compressed_cpio(struct archive *archive)
{
	return archive_write_set_format_cpio_newc(archive)    ?:
		       archive_write_add_filter_zstd(archive) ?:
		       archive_write_set_filter_option(archive, "zstd",
						       "compression-level",
						       "1");
}

static int write_bytes(const char *file, int fd, const char *data, size_t size,
		       struct error *error)
{
	while (size) {
		ssize_t written = write(fd, data, size);

		if (written < 0)
			return error_set_write(error, file);
		data += written;
		size -= written;
	}
	return 0;
}

/* The buffer is zeroed. */
static void make_header(char *header, size_t header_size, mode_t mode,
			unsigned int links, size_t size, const char *path)
{
	const char *name = path + 1;

	/* inode, mode, owners, links, time, size, devices, name, checksum */
	snprintf(
		header, header_size,
		"070701%08x%08x%08x%08x%08x%08x%08zx%08x%08x%08x%08x%08zx%08x%s",
		0, mode, 0, 0, links, 0, size, 0, 0, 0, 0, strlen(name) + 1, 0,
		name);
}

/* libarchive would not write content for what is not a regular file. */
static int write_not_unpacked(const char *file, int fd,
			      const struct initramfs_entry *entry,
			      struct error *error)
{
	static const char zeros[4];
	char headers[FIRST_STAGE_OFFSET] = "";
	mode_t mode;
	size_t size;
	char *data = read_file(entry->source, &size, &mode, error);
	int ret;

	if (!data)
		return -1;
	make_header(headers, FIRST_STAGE_HEADER, S_IFDIR | 0755, 2, 0,
		    FIRST_STAGE_MOUNT);
	make_header(headers + FIRST_STAGE_HEADER,
		    sizeof(headers) - FIRST_STAGE_HEADER, S_IFIFO | 0600, 1,
		    size, entry->destination);
	ret = write_bytes(file, fd, headers, sizeof(headers), error) ||
			      write_bytes(file, fd, data, size, error) ||
			      write_bytes(file, fd, zeros, -size % 4, error) ?
		      -1 :
		      0;
	free(data);
	return ret;
}

static int write_cpio(const char *file, int fd,
		      const struct initramfs_entry *entries, size_t count,
		      struct error *error)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (entries[i].kind == INITRAMFS_NOT_UNPACKED &&
		    write_not_unpacked(file, fd, &entries[i], error))
			return -1;
	return write_archive(file, fd, set_compressed_cpio, entries, count,
			     error);
}

static void keep_first_line(const char *text, size_t length, void *context)
{
	char **line = context;

	if (!*line && length)
		*line = xasprintf("%.*s", (int)length, text);
	if (*line)
		(*line)[strcspn(*line, "\n")] = '\0';
}

/*
 * @tar is at its start. Level 5 takes 2.4 times as long, and saves 2 % of the
 * size. The crash kernel decompresses a whole block for each page that it reads,
 * and keeps it in its page cache. So blocks are small, though larger ones would
 * make a smaller file.
 */
static int run_mksquashfs(const char *file, int tar, struct error *error)
{
	char *const arguments[] = { "mksquashfs",
				    "-",
				    (char *)file,
				    "-tar",
				    "-noappend",
				    "-no-progress",
				    "-quiet",
				    "-all-root",
				    "-comp",
				    "zstd",
				    "-Xcompression-level",
				    "4",
				    "-b",
				    "32K",
				    NULL };
	char *said = NULL;
	const struct program program = {
		.arguments = arguments,
		.input = tar,
		.output = keep_first_line,
		.output_has_errors = true,
		.context = &said,
	};
	int ret = run_program(&program, error);

	if (ret > 0)
		ret = error_set(error, 0, "cannot write %s: mksquashfs: %s",
				file, said ?: "it failed");
	else if (ret < 0 && error && error->number == ENOENT)
		error_set(
			error, ENOENT,
			"mksquashfs is not installed: install the package squashfs-tools");
	free(said);
	return ret;
}

/* mksquashfs says it in a way of its own. The squashfs is smaller than the tar. */
static bool is_disk_full(int fd, int tar)
{
	off_t size = lseek(tar, 0, SEEK_END);

	return size > 0 && fallocate(fd, 0, 0, size) && errno == ENOSPC;
}

/* The tar is never on a disk. */
static int write_squashfs(const char *file, int fd,
			  const struct initramfs_entry *entries, size_t count,
			  struct error *error)
{
	int tar = memfd_create("programs", MFD_CLOEXEC);
	int ret;

	if (tar < 0)
		return error_set_errno(error, "cannot make a file in memory");
	ret = write_archive(file, tar, archive_write_set_format_pax_restricted,
			    entries, count, error);
	if (!ret && lseek(tar, 0, SEEK_SET))
		ret = error_set_errno(error, "cannot read a file in memory");
	if (!ret)
		ret = run_mksquashfs(file, tar, error);
	if (ret && is_disk_full(fd, tar))
		error_set_write(error, file);
	close(tar);
	return ret;
}

typedef int (*write_fn)(const char *file, int fd,
			const struct initramfs_entry *entries, size_t count,
			struct error *error);

/* Write a new file with @write, and let it replace @file. */
static int replace(const char *file, write_fn write,
		   const struct initramfs_entry *entries, size_t count,
		   struct error *error)
{
	char *temporary = xasprintf("%s.new", file);
	int fd =
		open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int ret;

	if (fd < 0) {
		ret = error_set_make(error, temporary);
	} else {
		ret = write(temporary, fd, entries, count, error);
		if (!ret && (fsync(fd) || rename(temporary, file)))
			ret = error_set_write(error, temporary);
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

int initramfs_write(const char *file, const struct initramfs_entry *entries,
		    size_t count, struct error *error)
{
	return replace(file, write_cpio, entries, count, error);
}

int initramfs_write_squashfs(const char *file,
			     const struct initramfs_entry *entries,
			     size_t count, struct error *error)
{
	return replace(file, write_squashfs, entries, count, error);
}
