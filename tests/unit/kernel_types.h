/* SPDX-License-Identifier: GPL-2.0-or-later */
/* User-space versions of the kernel types and functions that area.c uses. */
#ifndef TESTS_UNIT_KERNEL_TYPES_H
#define TESTS_UNIT_KERNEL_TYPES_H

#include <endian.h>
#include <errno.h>
#include <linux/types.h>
#include <openssl/sha.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

#define __packed __attribute__((packed))

#define cpu_to_le16(value) htole16(value)
#define cpu_to_le32(value) htole32(value)
#define le16_to_cpu(value) le16toh(value)
#define le32_to_cpu(value) le32toh(value)

static inline void sha256(const void *data, size_t length, u8 out[32])
{
	SHA256(data, length, out);
}

#endif /* TESTS_UNIT_KERNEL_TYPES_H */
