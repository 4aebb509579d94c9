/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing an initramfs archive: newc cpio, compressed with zstd. */
#ifndef KDUMP_CRYPT_INITRAMFS_H
#define KDUMP_CRYPT_INITRAMFS_H

#include <stdbool.h>

struct initramfs;

/* The list of what is to be in the archive @file, empty at first. */
struct initramfs *initramfs_new(const char *file);

/*
 * Add files at the absolute path @destination; directories above it come by
 * themselves, and a destination that is there already is left as it is. Sources
 * are read by initramfs_finish().
 */
void initramfs_add_file(struct initramfs *initramfs, const char *source,
			const char *destination);
void initramfs_add_text(struct initramfs *initramfs, const char *text,
			const char *destination);
void initramfs_add_character_device(struct initramfs *initramfs,
				    unsigned int device_major,
				    unsigned int device_minor,
				    const char *destination);

/* The same as initramfs_add_file(), but decompressed, whatever it is in. */
void initramfs_add_decompressed(struct initramfs *initramfs, const char *source,
				const char *destination);

/*
 * Whether the archive that is there was made by this very program from this
 * very list, and no source has changed since.
 */
bool initramfs_is_current(const struct initramfs *initramfs);

/*
 * What the archive @file is now, as a text for the caller to free: another
 * archive has another. NULL with errno set where it is not there.
 */
char *initramfs_state(const char *file);

/*
 * Write the archive and release @initramfs. Returns 0, or -1 after the reason
 * was printed; the archive that was there before is then as it was.
 */
int initramfs_finish(struct initramfs *initramfs);

/* Release @initramfs without making an archive. */
void initramfs_abandon(struct initramfs *initramfs);

/* What an archive takes in memory, in bytes. */
struct initramfs_size {
	long long compressed;
	long long files;	  /* unpacked, in whole pages, without */
	long long modules;	  /* files of kernel modules, likewise */
	long long loaded_modules; /* the same, decompressed */
};

/* Returns 0, or -1 after the reason was printed. */
int initramfs_measure(struct initramfs_size *size, const char *file);

#endif /* KDUMP_CRYPT_INITRAMFS_H */
