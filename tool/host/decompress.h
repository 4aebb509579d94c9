/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Decompressing files: xz, zstd, gzip and whatever else libarchive knows. */
#ifndef KDUMP_CRYPT_DECOMPRESS_H
#define KDUMP_CRYPT_DECOMPRESS_H

#include <stddef.h>

#include "lib/error.h"

/*
 * Return the decompressed content of @file, which may also be a file that is
 * not compressed, and set @size to its bytes. Return NULL if the file cannot be
 * read, or is damaged or empty. The caller frees the content.
 */
char *decompress_file(const char *file, size_t *size, struct error *error);

/*
 * The same for the @length bytes of @compressed.
 */
char *decompress_data(const void *compressed, size_t length, size_t *size,
		      struct error *error);

/*
 * Return the size in bytes that the @size bytes of @data have once they are
 * decompressed. Return -1 if they are damaged.
 */
long long decompress_size(const void *data, size_t size, struct error *error);

#endif /* KDUMP_CRYPT_DECOMPRESS_H */
