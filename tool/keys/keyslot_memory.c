// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/xalloc.h"
#include "tool/keys/keyslot_memory.h"

#define KIB_PER_MIB 1024

/* Return the KiB that the most expensive keyslot needs. */
static uint32_t find_needed(struct crypt_device *volume)
{
	int slots = crypt_keyslot_max(crypt_get_type(volume)), i;
	struct crypt_pbkdf_type pbkdf;
	uint32_t needed = 0;

	for (i = 0; i < slots; i++)
		if (crypt_keyslot_status(volume, i) >= CRYPT_SLOT_ACTIVE &&
		    !crypt_keyslot_get_pbkdf(volume, i, &pbkdf) &&
		    pbkdf.max_memory_kb > needed)
			needed = pbkdf.max_memory_kb;
	return needed;
}

/* Return the KiB that are available, or -1 if that is not known. */
static long long find_available(const char *meminfo)
{
	long long available = -1, swap = 0;
	FILE *stream = fopen(meminfo, "re");
	char *line = NULL;
	size_t capacity = 0;

	if (!stream)
		return -1;
	while (getline(&line, &capacity, stream) >= 0) {
		sscanf(line, "MemAvailable: %lld", &available);
		sscanf(line, "SwapFree: %lld", &swap);
	}
	free(line);
	fclose(stream);
	return available < 0 ? -1 : available + swap;
}

char *keyslot_memory_shortage(struct crypt_device *volume, const char *meminfo)
{
	long long needed = find_needed(volume);
	long long available = find_available(meminfo);

	if (available < 0 || needed <= available)
		return NULL;
	return xasprintf(
		"a keyslot needs %lld MiB of memory, and %lld MiB are available",
		needed / KIB_PER_MIB, available / KIB_PER_MIB);
}
