/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An initramfs: the list of what it contains, the archive that is made from the
 * list, and a record of what the archive was made from.
 */
#ifndef KDUMP_CRYPT_INITRAMFS_H
#define KDUMP_CRYPT_INITRAMFS_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/error.h"
#include "lib/text_list.h"

struct initramfs;

/*
 * Return an empty list for the archive @file. The caller releases it with
 * initramfs_finish() or initramfs_abandon().
 */
struct initramfs *initramfs_new(const char *file);

/*
 * Add something at the absolute path @destination. The directories above it are
 * added, too. Nothing happens if there is something at @destination already.
 * initramfs_finish() reads the sources.
 */
void initramfs_add_file(struct initramfs *initramfs, const char *source,
			const char *destination);
void initramfs_add_text(struct initramfs *initramfs, const char *text,
			const char *destination);
void initramfs_add_character_device(struct initramfs *initramfs,
				    unsigned int device_major,
				    unsigned int device_minor,
				    const char *destination);

/*
 * Put the squashfs of lib/first_stage.h in front of the archive. The kernel does
 * not unpack it.
 */
void initramfs_add_squashfs(struct initramfs *initramfs, const char *source);

/* The same as initramfs_add_file(), but only the first @size bytes. */
void initramfs_add_start(struct initramfs *initramfs, const char *source,
			 size_t size, const char *destination);

/* The same as initramfs_add_file(), but decompress the file if necessary. */
void initramfs_add_decompressed(struct initramfs *initramfs, const char *source,
				const char *destination);

/* The same for a kernel module, and leave out its signature if it has one. */
void initramfs_add_unsigned_module(struct initramfs *initramfs,
				   const char *source, const char *destination);

/* Write another archive, with the same content, to @file. */
void initramfs_set_file(struct initramfs *initramfs, const char *file);

/* Let what was added at @destination come from another file. */
void initramfs_set_source(struct initramfs *initramfs, const char *destination,
			  const char *source);

/* Return the name of the archive. It belongs to @initramfs. */
const char *initramfs_file(const struct initramfs *initramfs);

/* Return the number of things in the list. */
size_t initramfs_count(const struct initramfs *initramfs);

/*
 * Describe what was added after the first @first things, for
 * initramfs_add_listed(): add the texts to @added, and the names of the files
 * that are sources to @sources.
 */
void initramfs_list(const struct initramfs *initramfs, size_t first,
		    struct text_list *added, struct text_list *sources);

/* Return false, with nothing added, if that is no such description. */
bool initramfs_add_listed(struct initramfs *initramfs,
			  const struct text_list *added);

/*
 * Return true if this program made the archive that is there from this list,
 * and no source has changed since.
 */
bool initramfs_is_current(const struct initramfs *initramfs);

/*
 * Return a text that identifies the archive @file: another archive has another
 * text. Return NULL if there is none. The caller frees it.
 */
char *initramfs_state(const char *file);

/*
 * Write the archive and release @initramfs. Return 0, or -1 with an older
 * archive unchanged.
 */
int initramfs_finish(struct initramfs *initramfs, struct text_list *warnings,
		     struct error *error);

/* The same, but make a squashfs. */
int initramfs_finish_squashfs(struct initramfs *initramfs,
			      struct text_list *warnings, struct error *error);

/* Release @initramfs without writing an archive. */
void initramfs_abandon(struct initramfs *initramfs);

#endif /* KDUMP_CRYPT_INITRAMFS_H */
