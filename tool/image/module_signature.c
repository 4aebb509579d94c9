// SPDX-License-Identifier: GPL-2.0-or-later
#include <arpa/inet.h>
#include <stdint.h>
#include <string.h>

#include "tool/image/module_signature.h"

static const char magic[] = { "~Module signature appended~\n" };

#define MAGIC_SIZE (sizeof(magic) - 1)

/* Between the signature and the magic, as struct module_signature. */
struct description {
	uint8_t algorithms[3];
	uint8_t name_sizes[2]; /* of older formats; 0 now */
	uint8_t padding[3];
	uint32_t signature_size; /* bytes, big-endian */
};

size_t module_signature_start(const void *data, size_t size)
{
	const char *bytes = data;
	struct description description;
	size_t end = size, signature_size;

	if (end < MAGIC_SIZE + sizeof(description))
		return size;
	end -= MAGIC_SIZE;
	if (memcmp(bytes + end, magic, MAGIC_SIZE))
		return size;
	end -= sizeof(description);
	memcpy(&description, bytes + end, sizeof(description));
	signature_size = ntohl(description.signature_size);
	return signature_size > end ? size : end - signature_size;
}
