/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the header of a LUKS volume says, without a key. */
#ifndef KDUMP_CRYPT_VOLUME_HEADER_H
#define KDUMP_CRYPT_VOLUME_HEADER_H

#include <libcryptsetup.h>
#include <stdbool.h>

/*
 * Read the header on @device. The caller releases it with crypt_free(). NULL
 * after the reason was printed.
 */
struct crypt_device *volume_header_open(const char *device);

bool volume_header_is_luks2(struct crypt_device *volume);

/*
 * Whether the LUKS volume with this UUID on @device is one that the capture
 * environment can open. Returns 0, or -1 after the reason was printed.
 */
int volume_check(const char *device, const char *luks_uuid);

/*
 * The cipher of the volume on @device in dm-crypt's notation, such as
 * aes-xts-plain64, for the caller to free; NULL after the reason was printed.
 */
char *volume_cipher(const char *device);

/*
 * What dm-crypt needs to map the volume on @device with the logon key of that
 * description, for the caller to free; NULL after the reason was printed.
 */
char *volume_mapping_parameters(const char *device,
				const char *key_description);

/*
 * By what the header tells the volume key: another key has another one. It is
 * no secret. For the caller to free; NULL after the reason was printed.
 */
char *volume_key_digest(const char *device);

#endif /* KDUMP_CRYPT_VOLUME_HEADER_H */
