/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_HOOK_H
#define KDUMP_CRYPT_HOOK_H

/*
 * Run the administrator's program @program with @argument, or without an
 * argument if that is NULL. Do nothing if @program is NULL. Report its output,
 * and its failure. A program that exceeds its time limit is killed. Return its
 * exit status. Return 0 if it has none: it did not start, or was killed.
 */
int hook_run(const char *step, char *program, char *argument);

#endif /* KDUMP_CRYPT_HOOK_H */
