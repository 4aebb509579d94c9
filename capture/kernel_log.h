/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The crashed kernel's log, which makedumpfile finds in its memory. */
#ifndef KDUMP_CRYPT_KERNEL_LOG_H
#define KDUMP_CRYPT_KERNEL_LOG_H

#include "capture/dump_directory.h"
#include "lib/dump_info.h"

/*
 * Write the log to vmcore-dmesg.txt in @directory, as part of the step @step.
 * error->number is an errno, or 0 if makedumpfile failed.
 */
int kernel_log_write(const char *step, const char *directory,
		     struct error *error);

/*
 * The step "kernel log": write the log to the directory of the dump, and fill
 * the members about it in @info. Report the result. Return true if the log is
 * on the disk.
 */
bool kernel_log_save(struct dump_info *info,
		     const struct dump_directory *directory);

#endif /* KDUMP_CRYPT_KERNEL_LOG_H */
