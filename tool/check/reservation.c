// SPDX-License-Identifier: GPL-2.0-or-later
#include <stddef.h>
#include <unistd.h>

#include "tool/check/reservation.h"

const char *reservation_remedy(long long reserved, const char *grub_file)
{
	if (reserved)
		return NULL;
	/* Another setup would change nothing. */
	return access(grub_file, F_OK) ? RESERVE_BY_SETUP : RESERVE_BY_REBOOT;
}
