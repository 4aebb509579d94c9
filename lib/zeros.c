// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdint.h>
#include <string.h>

#include "lib/zeros.h"

bool is_zero(const void *memory, size_t size)
{
	const uint8_t *bytes = memory;

	return !bytes[0] && !memcmp(bytes, bytes + 1, size - 1);
}
