/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_KERNEL_IMAGE_H
#define KDUMP_CRYPT_KERNEL_IMAGE_H

/*
 * The crash kernel's image: @file, or where it is NULL that of the running
 * kernel. For the caller to free.
 */
char *kernel_image_choose(const char *file);

/*
 * The version of the x86 kernel in the bzImage @file, as uname -r would print
 * it once it runs, for the caller to free. NULL with errno set where the file
 * cannot be read; ENOEXEC where it is no bzImage or does not tell.
 */
char *kernel_image_version(const char *file);

/*
 * The bytes of memory that the kernel needs to start, itself included. -1 with
 * errno set as above; ENOEXEC also where it is too old to tell.
 */
long long kernel_image_memory(const char *file);

/* Print why one of the two failed, by the errno that it left. */
void kernel_image_warn(const char *file);

#endif /* KDUMP_CRYPT_KERNEL_IMAGE_H */
