// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * In a crash kernel, write the file of names that the capture program gives to
 * this version of makedumpfile. The status is 1 if it needs none.
 *
 *   collector-names FILE VERSION CORE_COLLECTOR
 */
#include "capture/collector_names.h"
#include "tests/guest/common.h"

int main(int argc, char **argv)
{
	if (argc != 4)
		return 2;
	return !collector_names_write(argv[1], "/proc/vmcore", argv[2],
				      argv[3]);
}
