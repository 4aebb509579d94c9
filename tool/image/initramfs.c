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

#include "lib/textfile.h"
#include "lib/xalloc.h"
#include "tool/image/initramfs.h"

#define PAGE	  4096
#define COPY_SIZE (256 * 1024)

enum kind {
	DIRECTORY,
	COPY,
	DECOMPRESS,
	TEXT,
	CHARACTER_DEVICE,
};

struct entry {
	enum kind kind;
	char *destination;
	char *source; /* of a file its name, of a text the text */
	dev_t device;
};

struct initramfs {
	char *file, *inputs_file;
	struct entry *entries;
	size_t entry_count;
};

/* An archive that is being written, under another name until it is whole. */
struct output {
	char *temporary;
	int fd;
	struct archive *archive;
	bool failed;
};

struct initramfs *initramfs_new(const char *file)
{
	struct initramfs *initramfs = xrealloc(NULL, sizeof(*initramfs));

	*initramfs = (struct initramfs) {
		.file = xstrdup(file),
		.inputs_file = xasprintf("%s.inputs", file),
	};
	return initramfs;
}

void initramfs_abandon(struct initramfs *initramfs)
{
	size_t i;

	for (i = 0; i < initramfs->entry_count; i++) {
		free(initramfs->entries[i].destination);
		free(initramfs->entries[i].source);
	}
	free(initramfs->entries);
	free(initramfs->inputs_file);
	free(initramfs->file);
	free(initramfs);
}

static bool is_new(const struct initramfs *initramfs, const char *destination)
{
	size_t i;

	for (i = 0; i < initramfs->entry_count; i++)
		if (!strcmp(initramfs->entries[i].destination, destination))
			return false;
	return true;
}

static void append(struct initramfs *initramfs, enum kind kind,
		   const char *destination, const char *source, dev_t device)
{
	if (!is_new(initramfs, destination))
		return;
	initramfs->entries = xrealloc(initramfs->entries,
				      (initramfs->entry_count + 1) *
					      sizeof(*initramfs->entries));
	initramfs->entries[initramfs->entry_count++] = (struct entry) {
		.kind = kind,
		.destination = xstrdup(destination),
		.source = xstrdup(source),
		.device = device,
	};
}

static void add(struct initramfs *initramfs, enum kind kind,
		const char *destination, const char *source, dev_t device)
{
	const char *slash = destination;

	while ((slash = strchr(slash + 1, '/'))) {
		char *directory = xasprintf("%.*s", (int)(slash - destination),
					    destination);

		append(initramfs, DIRECTORY, directory, "", 0);
		free(directory);
	}
	append(initramfs, kind, destination, source, device);
}

void initramfs_add_file(struct initramfs *initramfs, const char *source,
			const char *destination)
{
	add(initramfs, COPY, destination, source, 0);
}

void initramfs_add_decompressed(struct initramfs *initramfs, const char *source,
				const char *destination)
{
	add(initramfs, DECOMPRESS, destination, source, 0);
}

void initramfs_add_text(struct initramfs *initramfs, const char *text,
			const char *destination)
{
	add(initramfs, TEXT, destination, text, 0);
}

void initramfs_add_character_device(struct initramfs *initramfs,
				    unsigned int device_major,
				    unsigned int device_minor,
				    const char *destination)
{
	add(initramfs, CHARACTER_DEVICE, destination, "",
	    makedev(device_major, device_minor));
}

/*
 * What a file was when it was looked at: writing to it, or putting another in
 * its place, changes this. NULL with errno set where it is not there.
 */
static char *file_state(const char *file)
{
	struct stat status;

	if (stat(file, &status))
		return NULL;
	return xasprintf("%s %o %ju %jd.%09ld %ju", file, status.st_mode,
			 (uintmax_t)status.st_size,
			 (intmax_t)status.st_mtim.tv_sec,
			 status.st_mtim.tv_nsec, (uintmax_t)status.st_ino);
}

static void print_inputs(FILE *stream, const struct initramfs *initramfs)
{
	char *archive = file_state(initramfs->file);
	char *program = file_state("/proc/self/exe");
	size_t i;

	fprintf(stream, "%s\n%s", archive ?: "none", program ?: "none");
	for (i = 0; i < initramfs->entry_count; i++) {
		const struct entry *entry = &initramfs->entries[i];
		bool is_file = entry->kind == COPY || entry->kind == DECOMPRESS;
		char *source = is_file ? file_state(entry->source) : NULL;

		fprintf(stream, "\n%d %s %ju %s", entry->kind,
			entry->destination, (uintmax_t)entry->device,
			source ?: entry->source);
		free(source);
	}
	/* A text may end with a newline, and a file that is read must not. */
	fputs("\nend", stream);
	free(program);
	free(archive);
}

/*
 * All that the archive follows from, and the archive itself as it was when it
 * was whole. This program is part of it: another version may do it otherwise.
 * Without a newline at the end, as textfile_read() will return it.
 */
static char *describe_inputs(const struct initramfs *initramfs)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	if (stream)
		print_inputs(stream, initramfs);
	if (!stream || ferror(stream) || fclose(stream))
		errx(EXIT_FAILURE, "out of memory");
	return text;
}

char *initramfs_state(const char *file)
{
	return file_state(file);
}

bool initramfs_is_current(const struct initramfs *initramfs)
{
	char *then = textfile_read(initramfs->inputs_file, NULL);
	char *now = describe_inputs(initramfs);
	bool current = then && !access(initramfs->file, R_OK) &&
		       !strcmp(then, now);

	free(then);
	free(now);
	return current;
}

static void fail(struct output *output, const char *source, const char *reason)
{
	warnx("cannot put %s into the initramfs: %s", source, reason);
	output->failed = true;
}

static int output_open(struct output *output, const char *file)
{
	*output = (struct output) {
		.temporary = xasprintf("%s.new", file),
		.archive = archive_write_new(),
	};
	output->fd = open(output->temporary,
			  O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (output->fd < 0) {
		warn("cannot make %s", output->temporary);
		output->failed = true;
	} else if (archive_write_set_format_cpio_newc(output->archive) ||
		   archive_write_add_filter_zstd(output->archive) ||
		   archive_write_open_fd(output->archive, output->fd)) {
		warnx("%s: %s", output->temporary,
		      archive_error_string(output->archive));
		output->failed = true;
	}
	return output->failed ? -1 : 0;
}

static int output_close(struct output *output, const char *file)
{
	if (!output->failed && archive_write_close(output->archive))
		fail(output, file, archive_error_string(output->archive));
	if (!output->failed &&
	    (fsync(output->fd) || rename(output->temporary, file))) {
		warn("cannot write %s", file);
		output->failed = true;
	}
	archive_write_free(output->archive);
	if (output->fd >= 0) {
		close(output->fd);
		if (output->failed)
			unlink(output->temporary);
	}
	free(output->temporary);
	return output->failed ? -1 : 0;
}

static void write_entry(struct output *output, const char *destination,
			mode_t mode, const void *data, size_t size,
			dev_t device)
{
	struct archive_entry *entry = archive_entry_new();

	/* Archives hold paths without the slash in front. */
	archive_entry_set_pathname(entry, destination + 1);
	archive_entry_set_mode(entry, mode);
	archive_entry_set_size(entry, size);
	archive_entry_set_rdev(entry, device);
	archive_entry_set_nlink(entry, 1);
	if (archive_write_header(output->archive, entry) ||
	    (size && archive_write_data(output->archive, data, size) < 0))
		fail(output, destination,
		     archive_error_string(output->archive));
	archive_entry_free(entry);
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

static void write_file(struct output *output, const struct entry *entry)
{
	mode_t mode;
	size_t size;
	void *data = read_file(entry->source, &size, &mode);

	if (!data) {
		fail(output, entry->source, strerror(errno));
		return;
	}
	write_entry(output, entry->destination, S_IFREG | (mode & 0755), data,
		    size, 0);
	free(data);
}

/* libarchive sees a compressed file as an archive with a single entry. */
static struct archive *new_decompressor(void)
{
	struct archive *reader = archive_read_new();

	archive_read_support_filter_all(reader);
	archive_read_support_format_raw(reader);
	return reader;
}

static char *decompress(const char *source, size_t *size, char **reason)
{
	struct archive *reader = new_decompressor();
	struct archive_entry *entry;
	char *data = NULL;
	ssize_t got = -1;

	*size = 0;
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

static void write_decompressed(struct output *output, const struct entry *entry)
{
	char *reason = NULL, *data;
	size_t size;

	data = decompress(entry->source, &size, &reason);
	if (!data) {
		fail(output, entry->source, reason);
		free(reason);
		return;
	}
	write_entry(output, entry->destination, S_IFREG | 0644, data, size, 0);
	free(data);
}

static void write_any(struct output *output, const struct entry *entry)
{
	switch (entry->kind) {
	case DIRECTORY:
		write_entry(output, entry->destination, S_IFDIR | 0755, NULL, 0,
			    0);
		break;
	case COPY:
		write_file(output, entry);
		break;
	case DECOMPRESS:
		write_decompressed(output, entry);
		break;
	case TEXT:
		write_entry(output, entry->destination, S_IFREG | 0644,
			    entry->source, strlen(entry->source), 0);
		break;
	case CHARACTER_DEVICE:
		write_entry(output, entry->destination, S_IFCHR | 0600, NULL, 0,
			    entry->device);
		break;
	}
}

/* Without it the archive is written again next time, and no harm is done. */
static void write_inputs(const struct initramfs *initramfs)
{
	char *text = describe_inputs(initramfs);
	struct error error;

	if (textfile_replace(initramfs->inputs_file, text, &error))
		warnx("%s: the next load will build the initramfs again",
		      error.reason);
	free(text);
}

int initramfs_finish(struct initramfs *initramfs)
{
	struct output output;
	size_t i;
	int ret;

	unlink(initramfs->inputs_file);
	if (!output_open(&output, initramfs->file))
		for (i = 0; i < initramfs->entry_count; i++)
			write_any(&output, &initramfs->entries[i]);
	ret = output_close(&output, initramfs->file);
	if (!ret)
		write_inputs(initramfs);
	initramfs_abandon(initramfs);
	return ret;
}

static long long whole_pages(long long bytes)
{
	return (bytes + PAGE - 1) / PAGE * PAGE;
}

/* Whether it is a module's file; ext4.ko.xz is one that is compressed. */
static bool is_module(const char *name, bool *is_compressed)
{
	const char *end = strstr(name, ".ko");

	*is_compressed = end && end[3] == '.';
	return end && (!end[3] || *is_compressed);
}

/* Returns -1 where that cannot be found out. */
static long long decompressed_size(const void *data, size_t size)
{
	struct archive *reader = new_decompressor();
	struct archive_entry *entry;
	long long bytes = 0;
	char text[4096];
	ssize_t got = -1;

	if (!archive_read_open_memory(reader, data, size) &&
	    !archive_read_next_header(reader, &entry))
		while ((got = archive_read_data(reader, text, sizeof(text))) >
		       0)
			bytes += got;
	archive_read_free(reader);
	return got < 0 ? -1 : bytes;
}

static long long module_size(struct archive *archive, long long size)
{
	char *data = xrealloc(NULL, size + 1);
	long long bytes = -1;

	if (archive_read_data(archive, data, size) == size)
		bytes = decompressed_size(data, size);
	free(data);
	return bytes;
}

static int add_size(struct initramfs_size *size, struct archive *archive,
		    struct archive_entry *entry)
{
	long long bytes = archive_entry_size(entry), loaded = bytes;
	bool is_compressed;

	if (!is_module(archive_entry_pathname(entry), &is_compressed)) {
		size->files += whole_pages(bytes);
		return 0;
	}
	if (is_compressed)
		loaded = module_size(archive, bytes);
	if (loaded < 0)
		return -1;
	size->modules += whole_pages(bytes);
	size->loaded_modules += whole_pages(loaded);
	return 0;
}

static int add_sizes(struct initramfs_size *size, struct archive *archive)
{
	struct archive_entry *entry;
	int ret;

	while ((ret = archive_read_next_header(archive, &entry)) == ARCHIVE_OK)
		if (add_size(size, archive, entry))
			return -1;
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
