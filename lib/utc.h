/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_UTC_H
#define KDUMP_CRYPT_UTC_H

#include <stdint.h>

#define UTC_FOR_JSON "%Y-%m-%dT%H:%M:%SZ" /* of strftime(3) */

/*
 * Return a time in seconds since 1970 as text, in UTC: as 2026-11-29T02:00:00Z,
 * or as 2026-11-29 02:00:00. The text is empty if that is no time. The caller
 * frees it.
 */
char *utc_for_json(int64_t when);
char *utc_for_people(int64_t when);

#endif /* KDUMP_CRYPT_UTC_H */
