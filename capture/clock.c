// SPDX-License-Identifier: GPL-2.0-or-later
#include <time.h>

#include "capture/clock.h"

double clock_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}
