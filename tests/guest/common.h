/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the programs that VM tests run inside a guest share. */
#ifndef GUEST_COMMON_H
#define GUEST_COMMON_H

#include <stdbool.h>
#include <stddef.h>

#define ITEMS "/sys/kernel/config/crash_dm_crypt_keys/"

/* "OK", or the name of an errno. */
const char *errno_name(int err);

/*
 * kexec_file_load(2) of a crash kernel. A kernel or initramfs (NULL: none) that
 * cannot be opened is passed on as the file descriptor -1.
 * Returns 0 or an errno.
 */
int load_crash_kernel(const char *kernel, const char *initramfs,
		      const char *command_line);
int unload_crash_kernel(void);

/* One write(2) to a file that exists. Returns 0 or an errno. */
int write_once(const char *path, const void *bytes, size_t length);

/* The number in a file of one line; ends the program where there is none. */
long read_number(const char *path);

/* A number from the command line; ends the program where it is none. */
long parse_number(const char *text);

#endif /* GUEST_COMMON_H */
