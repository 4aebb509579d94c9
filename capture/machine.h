/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_MACHINE_H
#define KDUMP_CRYPT_MACHINE_H

#include "lib/config.h"

/* Mount what every step needs, on an initramfs that has nothing yet. */
void machine_mount_kernel_filesystems(void);

/*
 * Load the kernel module files in this order. One that fails is reported and
 * passed over: what needed it will say so. Returns the number that is loaded.
 */
unsigned int machine_load_modules(char *const *files, unsigned int count);

/*
 * Write everything to disk and end the machine's run, after a shell on the
 * console has ended where that is the action.
 */
void machine_end(enum action action) __attribute__((noreturn));

/* Restart without a further word to any driver or disk. */
void machine_restart_at_once(void) __attribute__((noreturn));

#endif /* KDUMP_CRYPT_MACHINE_H */
