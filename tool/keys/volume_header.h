/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading the header of a LUKS volume. That needs no key. */
#ifndef KDUMP_CRYPT_VOLUME_HEADER_H
#define KDUMP_CRYPT_VOLUME_HEADER_H

#include <libcryptsetup.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/error.h"
#include "tool/storage/targets.h"

/*
 * Return the file that has the header of the volume on @device: @device itself,
 * unless it is a detached header that crypttab(5) names. That one may be missing
 * now. The caller frees it.
 */
char *volume_header_file(const char *device);

/*
 * Return what to do if the volume on @device has a detached header that @crypttab
 * names, and that file is missing now. Return NULL if nothing is missing. The
 * caller frees the text.
 */
char *volume_header_missing(const char *device, const char *crypttab);

/*
 * Read the header of the volume on @device. Return NULL if there is no usable one. The caller
 * releases it with crypt_free().
 */
struct crypt_device *volume_header_open(const char *device,
					struct error *error);

/*
 * Return the number of bytes, from the start of the header, in front of the
 * keyslots. Return 0 if the header cannot be read.
 */
uint64_t volume_metadata_size(const char *device);

bool volume_header_is_luks2(struct crypt_device *volume);

/*
 * Check that @device has the LUKS volume with this UUID, and that the capture
 * environment can open it. Return 0, or -1 if it cannot. error->number is ENOENT
 * if it has a detached header that is missing now.
 */
int volume_check(const char *device, const char *luks_uuid,
		 struct error *error);

/*
 * The same for all volumes of @targets. If @missing is not NULL, a detached header
 * that is missing now is no failure: volume_header_missing() is added to it.
 */
int volume_check_all(const struct targets *targets, struct text_list *missing,
		     struct error *error);

/*
 * Return the cipher of the volume on @device in dm-crypt's notation, such as
 * aes-xts-plain64, or capi:authenc(hmac(sha256),xts(aes))-plain64 if encryption
 * is authenticated (luksFormat --integrity). Return NULL if the header cannot be
 * read. The caller frees it.
 */
char *volume_cipher(const char *device, struct error *error);

/*
 * Return the parameters with which dm-crypt maps the volume on @device, using
 * the logon key of that description. @lower is the device that the open volume
 * lies on: @device, or dm-integrity. They hold no key. Return NULL if the
 * header cannot be read. The caller frees them.
 */
char *volume_mapping_parameters(const char *device, const char *lower,
				const char *key_description,
				struct error *error);

/*
 * Return the digest of the volume key that the header on @device holds. It
 * identifies the key, as another key has another digest, and it is no secret.
 * Return NULL if it cannot be read. The caller frees it.
 */
char *volume_key_digest(const char *device, struct error *error);

#endif /* KDUMP_CRYPT_VOLUME_HEADER_H */
