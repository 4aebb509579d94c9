/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The formats of kernel images, one file for each. */
#ifndef KDUMP_CRYPT_KERNEL_FORMAT_H
#define KDUMP_CRYPT_KERNEL_FORMAT_H

#include <stdbool.h>
#include <stdio.h>

struct kernel_format {
	const char *name; /* such as "an x86 bzImage" */
	/* Return true if the file has this format. */
	bool (*matches)(FILE *stream);
	/*
	 * Return the version of the kernel, as uname -r prints it, which the
	 * caller frees. Return NULL if the file does not contain it.
	 */
	char *(*version)(FILE *stream);
	/*
	 * Return the bytes of memory that the kernel needs to start, including
	 * its own size. Return 0 if the file does not contain this.
	 */
	long long (*memory)(FILE *stream);
};

extern const struct kernel_format kernel_format_x86;
extern const struct kernel_format kernel_format_arm64;
extern const struct kernel_format kernel_format_riscv64;
extern const struct kernel_format kernel_format_ppc64el;

/*
 * The bytes that a kernel allocates as it starts. What the image of x86 says
 * includes as much, as room for decompression.
 */
#define KERNEL_FORMAT_STARTING (12LL << 20)

/* Read @size bytes at @offset. */
bool kernel_format_read(FILE *stream, long offset, void *data, size_t size);

/* Return the part of @text before the first blank, or NULL if it is empty. */
char *kernel_format_first_word(const char *text);

/*
 * A version() for formats without a field for it: read it from the text of
 * /proc/version, which every kernel contains.
 */
char *kernel_format_version_in_banner(FILE *stream);

#endif /* KDUMP_CRYPT_KERNEL_FORMAT_H */
