/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_ARMED_TARGET_H
#define KDUMP_CRYPT_ARMED_TARGET_H

#include "tool/arm/armed_state.h"
#include "tool/storage/target.h"

/*
 * Put what identifies @target and the layers below its filesystem into @armed.
 * Return 0, or -1 if the filesystem cannot be identified.
 */
int armed_target_record(struct armed_target *armed, const struct target *target,
			struct error *error);

enum armed_target_state {
	ARMED_TARGET_SAME,
	/* The crash kernel makes the directory again, or has the header. */
	ARMED_TARGET_MISSING,
	ARMED_TARGET_CHANGED, /* no dump would go to what is there now */
};

/*
 * Compare what is at the path of the target @index now with what the crash
 * kernel was loaded for. Only root may read the devices, and nobody reads them
 * while one of them is suspended. Set @text to what is different and what to do;
 * the caller frees it. It is NULL if all is the same.
 */
enum armed_target_state armed_target_compare(const struct armed_state *state,
					     size_t index, char **text);

/*
 * Return a text that changes whenever armed_target_compare() may come to another
 * result. It takes next to no time, and does not wake up a disk that sleeps as
 * long as the kernel caches what is read. Return NULL if a device of the dump
 * path is suspended, or if this is not root. The caller frees the text.
 */
char *armed_target_fingerprint(const struct armed_state *state);

#endif /* KDUMP_CRYPT_ARMED_TARGET_H */
