// SPDX-License-Identifier: GPL-2.0-or-later
#include <keyutils.h>
#include <stddef.h>

#include "lib/keyring.h"

int keyring_join_user_keyring(struct error *error)
{
	if (keyctl_join_session_keyring(NULL) < 0)
		return error_set_errno(error, "cannot join a session keyring");
	if (keyctl_link(KEY_SPEC_USER_KEYRING, KEY_SPEC_SESSION_KEYRING) < 0)
		return error_set_errno(error,
				       "cannot link root's user keyring");
	return 0;
}
