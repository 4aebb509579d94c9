/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The memory that an initramfs takes. */
#ifndef KDUMP_CRYPT_INITRAMFS_SIZE_H
#define KDUMP_CRYPT_INITRAMFS_SIZE_H

#include "lib/error.h"

/* In bytes. A file takes whole pages. */
struct initramfs_size {
	long long compressed;	  /* the archive */
	long long files;	  /* unpacked, without kernel modules */
	long long modules;	  /* files of kernel modules, unpacked */
	long long loaded_modules; /* kernel modules, decompressed */
};

/* Measure the archive @file. Return 0, or -1 if it cannot be read. */
int initramfs_measure(struct initramfs_size *size, const char *file,
		      struct error *error);

/*
 * The same, but keep the result beside the archive, in FILE.size: measuring
 * unpacks all of it, and the service measures it at each boot.
 */
int initramfs_measure_once(struct initramfs_size *size, const char *file,
			   struct error *error);

#endif /* KDUMP_CRYPT_INITRAMFS_SIZE_H */
