/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_KERNEL_IMAGE_H
#define KDUMP_CRYPT_KERNEL_IMAGE_H

#include "lib/error.h"

/*
 * Return @file, or, if it is NULL, the image of the running kernel. The caller
 * frees the name.
 */
char *kernel_image_choose(const char *file);

/*
 * Return the version of the kernel in the image @file, as uname -r prints it.
 * error->number is an errno: ENOEXEC if the file is not an image for this
 * architecture or does not contain its version. The caller frees the version.
 */
char *kernel_image_version(const char *file, struct error *error);

/*
 * Return the bytes of memory that the kernel needs to start, including its own
 * size. Return -1 on failure. error->number is as above, and ENOEXEC also if
 * the kernel is too old to contain this size.
 */
long long kernel_image_memory(const char *file, struct error *error);

#endif /* KDUMP_CRYPT_KERNEL_IMAGE_H */
