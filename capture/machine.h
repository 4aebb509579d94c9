/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Operations on the whole machine, which only PID 1 does. */
#ifndef KDUMP_CRYPT_MACHINE_H
#define KDUMP_CRYPT_MACHINE_H

#include "lib/action.h"
#include "lib/error.h"
#include "lib/text_list.h"

/*
 * Mount the kernel's filesystems, which every step needs. @warnings gets the
 * reason of each failure.
 */
void machine_mount_kernel_filesystems(struct text_list *warnings);

/*
 * Have the kernel not panic because of a process that is stuck in it, which the
 * crashed kernel's command line may demand.
 */
void machine_allow_hung_tasks(void);

/*
 * Load @module, an entry of modules in the plan, and remove its file, as the
 * initramfs is in memory. error->number is an errno.
 */
int machine_load_module(const char *module, struct error *error);

/*
 * Reboot, power off or halt. The caller runs the shell of ACTION_SHELL, after
 * which the machine reboots.
 */
void machine_end(enum action action) __attribute__((noreturn));

/* Restart the machine without shutting down drivers or disks. */
void machine_restart_at_once(void) __attribute__((noreturn));

#endif /* KDUMP_CRYPT_MACHINE_H */
