/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_SYSTEM_PROGRAM_H
#define KDUMP_CRYPT_SYSTEM_PROGRAM_H

#include <stdbool.h>

/* Whether there is a program of that name in PATH. */
bool system_program_is_installed(const char *name);

#endif /* KDUMP_CRYPT_SYSTEM_PROGRAM_H */
