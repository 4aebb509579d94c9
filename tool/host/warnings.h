/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The reasons that functions print where they fail, for who would rather have
 * them as a text.
 */
#ifndef KDUMP_CRYPT_WARNINGS_H
#define KDUMP_CRYPT_WARNINGS_H

/* Keep from now on what warn(), warnx() and their like print. */
void warnings_keep(void);

/*
 * Let them print again. Returns what was kept, without this program's name, and
 * several joined by "; ", for the caller to free; NULL where there is nothing.
 */
char *warnings_take(void);

#endif /* KDUMP_CRYPT_WARNINGS_H */
