/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What AES makes of a key before it is used (FIPS 197, "key expansion"), and
 * finding that in memory. Ciphers in libraries keep it to themselves.
 *
 * A schedule for encryption is the round keys in their order, and begins with
 * the key. One for decryption is the same from the last to the first, with
 * InvMixColumns() applied to all but these two, as the "equivalent inverse
 * cipher" and the processor's instructions need it.
 */
#ifndef KDUMP_CRYPT_AES_SCHEDULE_H
#define KDUMP_CRYPT_AES_SCHEDULE_H

#include <stddef.h>
#include <stdint.h>

#define AES_MAX_KEY	 32
#define AES_MAX_SCHEDULE 240

/* Of one found in memory. */
struct aes_schedule {
	size_t at;
	size_t size;
	uint8_t key[AES_MAX_KEY];
	size_t key_size;
};

/* The size of the schedules of a key of 16, 24 or 32 bytes. */
size_t aes_schedule_size(size_t key_size);

/* Each writes aes_schedule_size() bytes. */
void aes_schedule_for_encryption(uint8_t *schedule, const uint8_t *key,
				 size_t key_size);
void aes_schedule_for_decryption(uint8_t *schedule, const uint8_t *key,
				 size_t key_size);

/*
 * Call @found for each schedule that is in @memory, at any address and in no
 * particular order.
 */
void aes_schedule_find(const uint8_t *memory, size_t size,
		       void (*found)(const struct aes_schedule *schedule,
				     void *context),
		       void *context);

#endif /* KDUMP_CRYPT_AES_SCHEDULE_H */
