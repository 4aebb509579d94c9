// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Feed the decoder of the saved area with arbitrary bytes. libFuzzer cannot
 * guess a SHA-256, so try each input as it is and, if its header is plausible,
 * again with the right digest.
 */
#include <stdlib.h>
#include <string.h>

#include "module/area.h"

#define require(condition)        \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

/* Remove keys of a valid area one by one. */
static void take_apart(struct area *area)
{
	while (area->key_count) {
		struct area_key first = area->keys[0];
		unsigned int count = le32_to_cpu(area->key_count);
		unsigned int removed =
			area_remove_key(area, first.description,
					le16_to_cpu(first.description_length));

		require(removed &&
			le32_to_cpu(area->key_count) == count - removed);
		area_seal(area);
		require(!area->key_count || !area_check(area, area_size(area)));
	}
}

/* Use a valid area as restoring does. */
static void use(const struct area *area)
{
	struct area *copy = malloc(AREA_MAX_SIZE);
	unsigned int i;

	area_init(copy);
	for (i = 0; i < le32_to_cpu(area->key_count); i++) {
		const struct area_key *entry = &area->keys[i];
		size_t length = le16_to_cpu(entry->description_length);

		require(!area_add_key(copy, entry->description, length,
				      entry->key,
				      le16_to_cpu(entry->key_length),
				      le32_to_cpu(entry->flags)));
	}
	area_seal(copy);
	require(!area_check(copy, area_size(copy)));
	require(area_size(copy) == area_size(area));
	take_apart(copy);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Exactly this size, so that a read past the end is noticed. */
	struct area *area = malloc(size ?: 1);

	memcpy(area, data, size);
	if (!area_check(area, size))
		use(area);

	if (size >= sizeof(*area) && !area_check_header(area) &&
	    size >= area_size(area)) {
		area_seal(area);
		if (!area_check(area, size))
			use(area);
	}
	free(area);
	return 0;
}
