/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing an initramfs: newc cpio, compressed with zstd. Or a squashfs. */
#ifndef KDUMP_CRYPT_INITRAMFS_WRITE_H
#define KDUMP_CRYPT_INITRAMFS_WRITE_H

#include <stddef.h>
#include <sys/types.h>

#include "lib/error.h"

enum initramfs_kind {
	INITRAMFS_DIRECTORY,
	INITRAMFS_COPY,	      /* of a file */
	INITRAMFS_START,      /* a copy of its first bytes */
	INITRAMFS_DECOMPRESS, /* the same, decompressed */
	INITRAMFS_UNSIGNED,   /* a kernel module, decompressed, not signed */
	INITRAMFS_TEXT,
	INITRAMFS_CHARACTER_DEVICE,
	INITRAMFS_NOT_UNPACKED, /* the squashfs of lib/first_stage.h */
};

struct initramfs_entry {
	enum initramfs_kind kind;
	char *destination; /* absolute path in the initramfs */
	char *source;	   /* name of the file, or the text itself */
	dev_t device;
	size_t size; /* of INITRAMFS_START */
};

/*
 * Write the archive @file. It gets its name when it is complete and on the
 * disk, and replaces an older one then. Return 0, or -1 with the older archive
 * unchanged.
 */
int initramfs_write(const char *file, const struct initramfs_entry *entries,
		    size_t count, struct error *error);

/* Do the same for a squashfs. mksquashfs(1) makes it. */
int initramfs_write_squashfs(const char *file,
			     const struct initramfs_entry *entries,
			     size_t count, struct error *error);

#endif /* KDUMP_CRYPT_INITRAMFS_WRITE_H */
