// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/textfile.h"
#include "lib/xalloc.h"
#include "tool/check/reservation.h"
#include "tool/setup/command_line_file.h"

#define MIB (1024 * 1024)

/* Return true if another setup would change nothing. */
static bool was_set_up(long long needed, const char *file)
{
	char *content = textfile_read(file, NULL);
	long long next = content ? command_line_reserved(content) * MIB : 0;

	free(content);
	return next && next >= needed;
}

const char *reservation_remedy(long long reserved, long long needed,
			       const char *file)
{
	if (reserved && reserved >= needed)
		return NULL;
	return was_set_up(needed, file) ? RESERVE_BY_REBOOT : RESERVE_BY_SETUP;
}

char *reservation_shortage(long long reserved, long long needed,
			   const char *file)
{
	const char *remedy = reservation_remedy(reserved, needed, file);

	if (!reserved || !remedy)
		return NULL;
	return xasprintf(
		"%lld MiB of memory are reserved for the crash kernel, but it needs %lld MiB, so a crash may leave no dump: %s",
		reserved / MIB, needed / MIB, remedy);
}
