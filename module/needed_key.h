/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CRASH_DM_CRYPT_NEEDED_KEY_H
#define CRASH_DM_CRYPT_NEEDED_KEY_H

#include "area.h"

/* A key that the crash kernel needs, as a key item describes it. */
struct needed_key {
	char description[AREA_MAX_DESCRIPTION + 1]; /* of a logon key */
	bool hide_only;				    /* as AREA_KEY_HIDE_ONLY */
};

#endif /* CRASH_DM_CRYPT_NEEDED_KEY_H */
