/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who runs this program. */
#ifndef KDUMP_CRYPT_THIS_PROCESS_H
#define KDUMP_CRYPT_THIS_PROCESS_H

/*
 * Return the command line in @file, which is like /proc/self/cmdline, with a
 * space between two arguments. Return NULL if it cannot be read. The caller
 * frees it.
 */
char *this_process_command(const char *file);

/*
 * Return the unit of systemd in @file, which is like /proc/self/cgroup: the
 * service, or the scope of a login. Return NULL if it is in none. The caller
 * frees it.
 */
char *this_process_unit(const char *file);

#endif /* KDUMP_CRYPT_THIS_PROCESS_H */
