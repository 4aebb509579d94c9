/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_DUMP_H
#define KDUMP_CRYPT_DUMP_H

#include "../lib/plan.h"

/*
 * Make the directory for this dump, <host>-<time>, below @parent. Returns its
 * name, for the caller to free, or NULL after the reason was reported.
 */
char *dump_make_directory(const char *parent, const char *host);

/*
 * Save the crashed kernel's log as vmcore-dmesg.txt, then its memory as
 * vmcore, in @directory. A vmcore that is not complete stays there under the
 * name vmcore-incomplete. Each returns 0, or -1 after the reason was reported.
 */
int dump_save_kernel_log(const char *directory);
int dump_save_vmcore(const struct plan *plan, const char *directory);

#endif /* KDUMP_CRYPT_DUMP_H */
