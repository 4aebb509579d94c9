/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Key schedules of AES: the round keys into which a cipher expands a key before
 * it uses it (FIPS 197, "key expansion"). This makes them and finds them in
 * memory. The ciphers in libraries do not give their schedules away.
 *
 * A schedule for encryption has the round keys in their order, and begins with
 * the key. A schedule for decryption has them from the last to the first, with
 * InvMixColumns() applied to all but these two. The "equivalent inverse cipher"
 * and the processor's instructions need that order.
 */
#ifndef KDUMP_CRYPT_AES_SCHEDULE_H
#define KDUMP_CRYPT_AES_SCHEDULE_H

#include <stddef.h>
#include <stdint.h>

#define AES_MAX_KEY	 32
#define AES_MAX_SCHEDULE 240

/* A schedule that was found in memory. */
struct aes_schedule {
	size_t at; /* offset in the memory */
	size_t size;
	uint8_t key[AES_MAX_KEY];
	size_t key_size;
};

/* Return the size of the schedules of a key of 16, 24 or 32 bytes. */
size_t aes_schedule_size(size_t key_size);

/* Expand a key. Write aes_schedule_size() bytes, which the caller wipes. */
void aes_schedule_for_encryption(uint8_t *schedule, const uint8_t *key,
				 size_t key_size);
void aes_schedule_for_decryption(uint8_t *schedule, const uint8_t *key,
				 size_t key_size);

/*
 * Call @found for each schedule in @memory. It may be at any address. The order
 * is not defined. All copies of keys are wiped when this returns.
 */
void aes_schedule_find(const uint8_t *memory, size_t size,
		       void (*found)(const struct aes_schedule *schedule,
				     void *context),
		       void *context);

#endif /* KDUMP_CRYPT_AES_SCHEDULE_H */
