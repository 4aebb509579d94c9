// SPDX-License-Identifier: GPL-2.0-or-later
#include <archive.h>
#include <archive_entry.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "../lib/xalloc.h"
#include "initramfs.h"

#define PAGE		4096
#define COPY_SIZE	(256 * 1024)

struct initramfs {
	char *file, *temporary;
	int fd;
	struct archive *archive;
	char **names;		/* destinations that are in the archive */
	size_t name_count;
	bool failed;
};

struct initramfs *initramfs_new(const char *file)
{
	struct initramfs *initramfs = xrealloc(NULL, sizeof(*initramfs));

	*initramfs = (struct initramfs) {
		.file = xstrdup(file),
		.temporary = xasprintf("%s.new", file),
		.archive = archive_write_new(),
	};
	initramfs->fd = open(initramfs->temporary,
			     O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (initramfs->fd < 0) {
		warn("cannot make %s", initramfs->temporary);
		initramfs->failed = true;
	} else if (archive_write_set_format_cpio_newc(initramfs->archive) ||
		   archive_write_add_filter_zstd(initramfs->archive) ||
		   archive_write_open_fd(initramfs->archive, initramfs->fd)) {
		warnx("%s: %s", initramfs->temporary,
		      archive_error_string(initramfs->archive));
		initramfs->failed = true;
	}
	if (initramfs->failed) {
		initramfs_abandon(initramfs);
		return NULL;
	}
	return initramfs;
}

static void fail(struct initramfs *initramfs, const char *source,
		 const char *reason)
{
	warnx("cannot put %s into the initramfs: %s", source, reason);
	initramfs->failed = true;
}

static bool remember_name(struct initramfs *initramfs, const char *name)
{
	size_t i;

	for (i = 0; i < initramfs->name_count; i++)
		if (!strcmp(initramfs->names[i], name))
			return false;
	initramfs->names = xrealloc(initramfs->names,
				    (initramfs->name_count + 1) *
				    sizeof(*initramfs->names));
	initramfs->names[initramfs->name_count++] = xstrdup(name);
	return true;
}

static void write_header(struct initramfs *initramfs, const char *destination,
			 mode_t mode, size_t size, dev_t device)
{
	struct archive_entry *entry = archive_entry_new();

	/* Archives hold paths without the slash in front. */
	archive_entry_set_pathname(entry, destination + 1);
	archive_entry_set_mode(entry, mode);
	archive_entry_set_size(entry, size);
	archive_entry_set_rdev(entry, device);
	archive_entry_set_nlink(entry, 1);
	if (archive_write_header(initramfs->archive, entry))
		fail(initramfs, destination,
		     archive_error_string(initramfs->archive));
	archive_entry_free(entry);
}

static void add_directories(struct initramfs *initramfs,
			    const char *destination)
{
	const char *slash = destination;

	while ((slash = strchr(slash + 1, '/'))) {
		char *directory = xasprintf("%.*s", (int)(slash - destination),
					    destination);

		if (remember_name(initramfs, directory))
			write_header(initramfs, directory, S_IFDIR | 0755, 0,
				     0);
		free(directory);
	}
}

static void add(struct initramfs *initramfs, const char *destination,
		mode_t mode, const void *data, size_t size, dev_t device)
{
	write_header(initramfs, destination, mode, size, device);
	if (size && archive_write_data(initramfs->archive, data, size) < 0)
		fail(initramfs, destination,
		     archive_error_string(initramfs->archive));
}

static bool is_new(struct initramfs *initramfs, const char *destination)
{
	add_directories(initramfs, destination);
	return remember_name(initramfs, destination);
}

static void *read_file(const char *source, size_t *size, mode_t *mode)
{
	char *data = NULL;
	size_t used = 0;
	struct stat status;
	int fd;

	fd = open(source, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	if (fstat(fd, &status))
		goto fail;
	*mode = status.st_mode;
	*size = status.st_size;
	data = xrealloc(NULL, *size + 1);
	while (used < *size) {
		ssize_t got = read(fd, data + used, *size - used);

		if (got < 0)
			goto fail;
		if (!got)
			break;
		used += got;
	}
	*size = used;
	close(fd);
	return data;

fail:
	free(data);
	close(fd);
	return NULL;
}

void initramfs_add_file(struct initramfs *initramfs, const char *source,
			const char *destination)
{
	mode_t mode;
	size_t size;
	void *data;

	if (!is_new(initramfs, destination))
		return;
	data = read_file(source, &size, &mode);
	if (!data) {
		fail(initramfs, source, strerror(errno));
		return;
	}
	add(initramfs, destination, S_IFREG | (mode & 0755), data, size, 0);
	free(data);
}

void initramfs_add_text(struct initramfs *initramfs, const char *text,
			const char *destination)
{
	if (is_new(initramfs, destination))
		add(initramfs, destination, S_IFREG | 0644, text, strlen(text),
		    0);
}

void initramfs_add_character_device(struct initramfs *initramfs,
				    unsigned int device_major,
				    unsigned int device_minor,
				    const char *destination)
{
	if (is_new(initramfs, destination))
		add(initramfs, destination, S_IFCHR | 0600, NULL, 0,
		    makedev(device_major, device_minor));
}

/* libarchive sees a compressed file as an archive with a single entry. */
static char *decompress(const char *source, size_t *size, char **reason)
{
	struct archive *reader = archive_read_new();
	struct archive_entry *entry;
	char *data = NULL;
	ssize_t got = -1;

	*size = 0;
	archive_read_support_filter_all(reader);
	archive_read_support_format_raw(reader);
	if (!archive_read_open_filename(reader, source, COPY_SIZE) &&
	    !archive_read_next_header(reader, &entry)) {
		do {
			data = xrealloc(data, *size + COPY_SIZE);
			got = archive_read_data(reader, data + *size,
						COPY_SIZE);
			*size += got > 0 ? got : 0;
		} while (got > 0);
	}
	if (got < 0) {
		*reason = xstrdup(archive_error_string(reader) ?: "no content");
		free(data);
		data = NULL;
	}
	archive_read_free(reader);
	return data;
}

void initramfs_add_decompressed(struct initramfs *initramfs,
				const char *source, const char *destination)
{
	char *reason = NULL, *data;
	size_t size;

	if (!is_new(initramfs, destination))
		return;
	data = decompress(source, &size, &reason);
	if (!data) {
		fail(initramfs, source, reason);
		free(reason);
		return;
	}
	add(initramfs, destination, S_IFREG | 0644, data, size, 0);
	free(data);
}

void initramfs_abandon(struct initramfs *initramfs)
{
	size_t i;

	archive_write_free(initramfs->archive);
	if (initramfs->fd >= 0) {
		close(initramfs->fd);
		/* Gone already where the archive was finished. */
		unlink(initramfs->temporary);
	}
	for (i = 0; i < initramfs->name_count; i++)
		free(initramfs->names[i]);
	free(initramfs->names);
	free(initramfs->file);
	free(initramfs->temporary);
	free(initramfs);
}

int initramfs_finish(struct initramfs *initramfs)
{
	int ret;

	if (archive_write_close(initramfs->archive))
		fail(initramfs, initramfs->file,
		     archive_error_string(initramfs->archive));
	if (!initramfs->failed &&
	    (fsync(initramfs->fd) ||
	     rename(initramfs->temporary, initramfs->file))) {
		warn("cannot write %s", initramfs->file);
		initramfs->failed = true;
	}
	ret = initramfs->failed ? -1 : 0;
	initramfs_abandon(initramfs);
	return ret;
}

static bool is_module(const char *name)
{
	const char *end = strrchr(name, '.');

	return end && !strcmp(end, ".ko");
}

static int add_sizes(struct initramfs_size *size, struct archive *archive)
{
	struct archive_entry *entry;
	int ret;

	while ((ret = archive_read_next_header(archive, &entry)) ==
	       ARCHIVE_OK) {
		long long bytes = (archive_entry_size(entry) + PAGE - 1) /
				  PAGE * PAGE;

		if (is_module(archive_entry_pathname(entry)))
			size->modules += bytes;
		else
			size->files += bytes;
	}
	return ret == ARCHIVE_EOF ? 0 : -1;
}

int initramfs_measure(struct initramfs_size *size, const char *file)
{
	struct archive *archive = archive_read_new();
	struct stat status;
	int ret;

	memset(size, 0, sizeof(*size));
	archive_read_support_filter_all(archive);
	archive_read_support_format_cpio(archive);
	ret = archive_read_open_filename(archive, file, COPY_SIZE);
	if (!ret)
		ret = add_sizes(size, archive);
	if (ret)
		warnx("cannot read %s: %s", file,
		      archive_error_string(archive) ?: "not an initramfs");
	archive_read_free(archive);
	if (ret || stat(file, &status))
		return -1;
	size->compressed = status.st_size;
	return 0;
}
