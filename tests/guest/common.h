/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Functions for the programs that VM tests run inside a guest. */
#ifndef GUEST_COMMON_H
#define GUEST_COMMON_H

#include <stdbool.h>
#include <stddef.h>

#define ITEMS "/sys/kernel/config/crash_dm_crypt_keys/"

/* Return "OK" for 0, or the name of an errno. */
const char *errno_name(int err);

/*
 * Load a crash kernel with kexec_file_load(2), without an initramfs if that is
 * NULL. A file that cannot be opened is passed as the file descriptor -1.
 * Return 0 or an errno.
 */
int load_crash_kernel(const char *kernel, const char *initramfs,
		      const char *command_line);

/* Return 0 or an errno. */
int unload_crash_kernel(void);

/* Call write(2) once on an existing file. Return 0 or an errno. */
int write_once(const char *path, const void *bytes, size_t length);

/* Return the number in a file of one line, or end the program. */
long read_number(const char *path);

/* Return a number from the command line, or end the program. */
long parse_number(const char *text);

#endif /* GUEST_COMMON_H */
