// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "lib/first_stage.h"
#include "lib/textfile.h"
#include "lib/xalloc.h"
#include "tool/image/initramfs.h"
#include "tool/image/initramfs_write.h"

struct initramfs {
	char *file, *inputs_file;
	struct initramfs_entry *entries;
	size_t entry_count;
};

struct initramfs *initramfs_new(const char *file)
{
	struct initramfs *initramfs = xrealloc(NULL, sizeof(*initramfs));

	*initramfs = (struct initramfs) {};
	initramfs_set_file(initramfs, file);
	return initramfs;
}

void initramfs_set_file(struct initramfs *initramfs, const char *file)
{
	free(initramfs->file);
	free(initramfs->inputs_file);
	initramfs->file = xstrdup(file);
	initramfs->inputs_file = xasprintf("%s.inputs", file);
}

void initramfs_set_source(struct initramfs *initramfs, const char *destination,
			  const char *source)
{
	size_t i;

	for (i = 0; i < initramfs->entry_count; i++) {
		struct initramfs_entry *entry = &initramfs->entries[i];

		if (strcmp(entry->destination, destination))
			continue;
		free(entry->source);
		entry->source = xstrdup(source);
	}
}

const char *initramfs_file(const struct initramfs *initramfs)
{
	return initramfs->file;
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

/* Return NULL if there is something at @destination already. */
static struct initramfs_entry *append(struct initramfs *initramfs,
				      enum initramfs_kind kind,
				      const char *destination,
				      const char *source, dev_t device)
{
	if (!is_new(initramfs, destination))
		return NULL;
	initramfs->entries = xrealloc(initramfs->entries,
				      (initramfs->entry_count + 1) *
					      sizeof(*initramfs->entries));
	initramfs->entries[initramfs->entry_count] = (struct initramfs_entry) {
		.kind = kind,
		.destination = xstrdup(destination),
		.source = xstrdup(source),
		.device = device,
	};
	return &initramfs->entries[initramfs->entry_count++];
}

static struct initramfs_entry *add(struct initramfs *initramfs,
				   enum initramfs_kind kind,
				   const char *destination, const char *source,
				   dev_t device)
{
	const char *slash = destination;

	while ((slash = strchr(slash + 1, '/'))) {
		char *directory = xasprintf("%.*s", (int)(slash - destination),
					    destination);

		append(initramfs, INITRAMFS_DIRECTORY, directory, "", 0);
		free(directory);
	}
	return append(initramfs, kind, destination, source, device);
}

void initramfs_add_file(struct initramfs *initramfs, const char *source,
			const char *destination)
{
	add(initramfs, INITRAMFS_COPY, destination, source, 0);
}

void initramfs_add_squashfs(struct initramfs *initramfs, const char *source)
{
	add(initramfs, INITRAMFS_NOT_UNPACKED, FIRST_STAGE_SQUASHFS, source, 0);
}

void initramfs_add_start(struct initramfs *initramfs, const char *source,
			 size_t size, const char *destination)
{
	struct initramfs_entry *entry =
		add(initramfs, INITRAMFS_START, destination, source, 0);

	if (entry)
		entry->size = size;
}

void initramfs_add_decompressed(struct initramfs *initramfs, const char *source,
				const char *destination)
{
	add(initramfs, INITRAMFS_DECOMPRESS, destination, source, 0);
}

void initramfs_add_unsigned_module(struct initramfs *initramfs,
				   const char *source, const char *destination)
{
	add(initramfs, INITRAMFS_UNSIGNED, destination, source, 0);
}

void initramfs_add_text(struct initramfs *initramfs, const char *text,
			const char *destination)
{
	add(initramfs, INITRAMFS_TEXT, destination, text, 0);
}

void initramfs_add_character_device(struct initramfs *initramfs,
				    unsigned int device_major,
				    unsigned int device_minor,
				    const char *destination)
{
	add(initramfs, INITRAMFS_CHARACTER_DEVICE, destination, "",
	    makedev(device_major, device_minor));
}

/* The text changes when somebody writes to the file, or replaces it. */
char *initramfs_state(const char *file)
{
	struct stat status;

	if (stat(file, &status))
		return NULL;
	return xasprintf("%s %o %ju %jd.%09ld %ju", file, status.st_mode,
			 (uintmax_t)status.st_size,
			 (intmax_t)status.st_mtim.tv_sec,
			 status.st_mtim.tv_nsec, (uintmax_t)status.st_ino);
}

size_t initramfs_count(const struct initramfs *initramfs)
{
	return initramfs->entry_count;
}

/* As initramfs_list() writes them. NULL: programs need nothing of that kind. */
static const char *const kind_names[] = {
	[INITRAMFS_DIRECTORY] = "directory",
	[INITRAMFS_COPY] = "copy",
	[INITRAMFS_START] = NULL,
	[INITRAMFS_TEXT] = "text",
	[INITRAMFS_CHARACTER_DEVICE] = NULL,
	[INITRAMFS_NOT_UNPACKED] = NULL,
};

#define KIND_COUNT (sizeof(kind_names) / sizeof(kind_names[0]))

void initramfs_list(const struct initramfs *initramfs, size_t first,
		    struct text_list *added, struct text_list *sources)
{
	size_t i;

	for (i = first; i < initramfs->entry_count; i++) {
		const struct initramfs_entry *entry = &initramfs->entries[i];

		if (!kind_names[entry->kind])
			continue;
		text_list_add(added, kind_names[entry->kind]);
		text_list_add(added, entry->destination);
		text_list_add(added, entry->source);
		if (entry->kind == INITRAMFS_COPY)
			text_list_add_once(sources, entry->source);
	}
}

/* Return KIND_COUNT if there is no such kind. */
static size_t find_kind(const char *name)
{
	size_t i;

	for (i = 0; i < KIND_COUNT; i++)
		if (kind_names[i] && !strcmp(kind_names[i], name))
			break;
	return i;
}

bool initramfs_add_listed(struct initramfs *initramfs,
			  const struct text_list *added)
{
	size_t i;

	if (added->count % 3)
		return false;
	for (i = 0; i < added->count; i += 3)
		if (find_kind(added->items[i]) == KIND_COUNT)
			return false;
	for (i = 0; i < added->count; i += 3)
		append(initramfs, find_kind(added->items[i]),
		       added->items[i + 1], added->items[i + 2], 0);
	return true;
}

static void add_input(struct text_list *lines,
		      const struct initramfs_entry *entry)
{
	bool is_file = entry->kind == INITRAMFS_COPY ||
		       entry->kind == INITRAMFS_START ||
		       entry->kind == INITRAMFS_DECOMPRESS ||
		       entry->kind == INITRAMFS_UNSIGNED ||
		       entry->kind == INITRAMFS_NOT_UNPACKED;
	char *source = is_file ? initramfs_state(entry->source) : NULL;

	text_list_addf(lines, "%d %s %ju %s", entry->kind, entry->destination,
		       (uintmax_t)entry->device, source ?: entry->source);
	free(source);
}

/*
 * Describe everything that the archive is made from, and the archive itself as
 * it was when it was complete. This program belongs to that, since another
 * version may make another archive. There is no newline at the end, because
 * textfile_read() removes it. The caller frees the text.
 */
static char *describe_inputs(const struct initramfs *initramfs)
{
	char *archive = initramfs_state(initramfs->file);
	char *program = initramfs_state("/proc/self/exe"), *text;
	struct text_list lines = {};
	size_t i;

	text_list_add(&lines, archive ?: "none");
	text_list_add(&lines, program ?: "none");
	for (i = 0; i < initramfs->entry_count; i++)
		add_input(&lines, &initramfs->entries[i]);
	/* A text may end with newlines, which textfile_read() would remove. */
	text_list_add(&lines, "end");
	text = text_list_join(&lines, "\n");
	text_list_release(&lines);
	free(program);
	free(archive);
	return text;
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

/* Without it the next load builds the initramfs again, which is harmless. */
static void write_inputs(const struct initramfs *initramfs,
			 struct text_list *warnings)
{
	char *text = describe_inputs(initramfs);
	struct error error;

	if (textfile_replace(initramfs->inputs_file, text, &error))
		text_list_addf(
			warnings,
			"%s: the next load will build the initramfs again",
			error.reason);
	free(text);
}

static int finish(struct initramfs *initramfs,
		  int (*write)(const char *file,
			       const struct initramfs_entry *entries,
			       size_t count, struct error *error),
		  struct text_list *warnings, struct error *error)
{
	int ret;

	unlink(initramfs->inputs_file);
	ret = write(initramfs->file, initramfs->entries, initramfs->entry_count,
		    error);
	if (!ret)
		write_inputs(initramfs, warnings);
	initramfs_abandon(initramfs);
	return ret;
}

int initramfs_finish(struct initramfs *initramfs, struct text_list *warnings,
		     struct error *error)
{
	return finish(initramfs, initramfs_write, warnings, error);
}

int initramfs_finish_squashfs(struct initramfs *initramfs,
			      struct text_list *warnings, struct error *error)
{
	return finish(initramfs, initramfs_write_squashfs, warnings, error);
}
