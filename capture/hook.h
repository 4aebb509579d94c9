/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_HOOK_H
#define KDUMP_CRYPT_HOOK_H

/*
 * Run a program of the administrator's, none where it is NULL, with @argument
 * unless that is NULL. That it fails or hangs is reported, with what it said,
 * and costs no more than its time.
 */
void hook_run(const char *step, char *program, char *argument);

#endif /* KDUMP_CRYPT_HOOK_H */
