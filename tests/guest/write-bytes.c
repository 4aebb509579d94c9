// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage: write-bytes FILE [HEX]
 * Write the bytes, or no bytes, with one write(2), and print "OK" or the name of
 * an errno.
 */
#include <err.h>
#include <stdio.h>
#include <string.h>

#include "tests/guest/common.h"

int main(int argc, char **argv)
{
	const char *hex = argc > 2 ? argv[2] : "";
	static unsigned char bytes[65536];
	size_t length = 0;

	if (argc < 2 || strlen(hex) / 2 > sizeof(bytes))
		errx(2, "usage: write-bytes FILE [HEX]");
	for (; hex[0]; hex += 2)
		if (sscanf(hex, "%2hhx", &bytes[length++]) != 1 || !hex[1])
			errx(2, "not hexadecimal: %s", hex);
	puts(errno_name(write_once(argv[1], bytes, length)));
	return 0;
}
