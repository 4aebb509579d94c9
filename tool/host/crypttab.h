/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lines of crypttab(5). */
#ifndef KDUMP_CRYPT_CRYPTTAB_H
#define KDUMP_CRYPT_CRYPTTAB_H

#include <stdbool.h>

#define CRYPTTAB "/etc/crypttab"

/*
 * Return the device of a line as it is written there, such as UUID=... Return
 * NULL if the line is a comment or incomplete. The caller frees the device.
 */
char *crypttab_device(const char *line);

/* Return true if the line is about the block device @device. */
bool crypttab_is_about(const char *line, const char *device);

/*
 * Return the value of the option @name in a line. Return NULL if the line does
 * not have that option. The caller frees the value.
 */
char *crypttab_option(const char *line, const char *name);

/*
 * Return the line, which must be complete, with @option added to its options.
 * Nothing else of it changes. The caller frees the result.
 */
char *crypttab_add_option(const char *line, const char *option);

#endif /* KDUMP_CRYPT_CRYPTTAB_H */
