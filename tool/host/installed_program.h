/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_INSTALLED_PROGRAM_H
#define KDUMP_CRYPT_INSTALLED_PROGRAM_H

#include <stdbool.h>

/* Return true if a directory of PATH has a program of that name. */
bool program_is_installed(const char *name);

#endif /* KDUMP_CRYPT_INSTALLED_PROGRAM_H */
