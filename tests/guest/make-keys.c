// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage: make-keys DESCRIPTION LENGTH [COUNT]
 * Make logon keys in the user keyring: one with this description, or COUNT with
 * a number from 0 on appended to it. Their bytes follow from the description, by
 * the same rule as in tests/vm/module_guest.py. This leaves no copy of them in
 * the machine but the keyring's.
 */
#include <err.h>
#include <keyutils.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "tests/guest/common.h"

/* Go byte by byte, so that no part of the key gets into a vector register. */
static void fill(volatile unsigned char *key, size_t length,
		 const char *description)
{
	uint64_t state = 14695981039346656037u; /* FNV-1a */
	size_t i;

	for (; *description; description++)
		state = (state ^ (unsigned char)*description) * 1099511628211u;
	for (i = 0; i < length; i++) {
		state = state * 6364136223846793005u + 1442695040888963407u;
		key[i] = state >> 56;
	}
}

static void make(const char *description, size_t length)
{
	static unsigned char key[4096];

	fill(key, length, description);
	if (add_key("logon", description, key, length, KEY_SPEC_USER_KEYRING) <
	    0)
		err(1, "add_key %s", description);
	explicit_bzero(key, sizeof(key));
}

int main(int argc, char **argv)
{
	char description[256];
	long length, count, i;

	if (argc < 3)
		errx(2, "usage: make-keys DESCRIPTION LENGTH [COUNT]");
	length = parse_number(argv[2]);
	if (argc == 3) {
		make(argv[1], length);
		return 0;
	}
	count = parse_number(argv[3]);
	for (i = 0; i < count; i++) {
		snprintf(description, sizeof(description), "%s%ld", argv[1], i);
		make(description, length);
	}
	return 0;
}
