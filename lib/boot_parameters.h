/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parameters on the crash kernel's command line for the capture program. */
#ifndef KDUMP_CRYPT_BOOT_PARAMETERS_H
#define KDUMP_CRYPT_BOOT_PARAMETERS_H

/* The address of the saved keys. The kernel or the module sets it. */
#define BOOT_SAVED_KEYS "dmcryptkeys"

/* LUKS UUIDs, comma-separated, of open volumes whose keys cannot be hidden. */
#define BOOT_EXPOSED_VOLUMES "kdump_crypt.exposed"

/*
 * Return the value of the first parameter @name in the command line @line. Return
 * an empty text if the parameter has no value. Return NULL if there is no such
 * parameter. The caller frees the value.
 */
char *boot_parameter(const char *line, const char *name);

#endif /* KDUMP_CRYPT_BOOT_PARAMETERS_H */
