/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lines of crypttab(5). */
#ifndef KDUMP_CRYPT_CRYPTTAB_H
#define KDUMP_CRYPT_CRYPTTAB_H

#define CRYPTTAB "/etc/crypttab"

/*
 * The device that a line is about, as it stands there, such as UUID=..., for
 * the caller to free; NULL where it is a comment, or not complete.
 */
char *crypttab_device(const char *line);

/*
 * The value of the option @name in a line, for the caller to free; NULL where
 * it is not there.
 */
char *crypttab_option(const char *line, const char *name);

/*
 * The line, which is complete, with @option added to its options and nothing
 * else changed, for the caller to free.
 */
char *crypttab_add_option(const char *line, const char *option);

#endif /* KDUMP_CRYPT_CRYPTTAB_H */
