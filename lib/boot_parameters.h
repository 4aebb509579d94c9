/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What stands on the crash kernel's command line for the capture program. */
#ifndef KDUMP_CRYPT_BOOT_PARAMETERS_H
#define KDUMP_CRYPT_BOOT_PARAMETERS_H

/* Where the kernel saved keys, set by who saved them. */
#define BOOT_SAVED_KEYS "dmcryptkeys"

/* LUKS UUIDs, comma-separated, of open volumes whose keys cannot be hidden. */
#define BOOT_EXPOSED_VOLUMES "kdump_crypt.exposed"

/*
 * The value of the first parameter of that name in @line, empty where it has
 * none, for the caller to free. NULL where there is no such parameter.
 */
char *boot_parameter(const char *line, const char *name);

#endif /* KDUMP_CRYPT_BOOT_PARAMETERS_H */
