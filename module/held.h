/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The running kernel's side for kexec_load(2), which builds the crash image in
 * user space: volume keys on their way into the held area. That is memory of the
 * running kernel, which the crash kernel reads as it reads the rest of the
 * crashed kernel's memory. The program that loads a crash kernel passes it the
 * address, held_address().
 *
 * While there are keys anywhere, they hold a reference on the module.
 */
#ifndef CRASH_DM_CRYPT_HELD_H
#define CRASH_DM_CRYPT_HELD_H

#include <linux/kexec.h>
#include <linux/types.h>

#include "area.h"
#include "needed_key.h"

/*
 * Allocate the area, unless that was done before. It stays until held_exit().
 * Return 0 or -ENOMEM. May sleep.
 */
int held_init(void);
void held_exit(void);

/* Return true if there is an area. */
bool held_is_ready(void);

/*
 * Return the physical address of the area, which the program that loads a crash
 * kernel passes to it as dmcryptkeys=. Call this if held_is_ready().
 */
phys_addr_t held_address(void);

/*
 * The current process is about to load a crash image, and needs @count keys of
 * its keyrings or of the loaded image. Call this if held_is_ready(), and
 * held_load_ended() after the load. Loads must not overlap. May sleep.
 * Return an errno if any of the keys cannot be had. Then no copy of a key is
 * left but those of the loaded image, the reason is in the log, and the load
 * must fail.
 */
int held_load_begins(const struct needed_key *needed, unsigned int count);
void held_load_ended(void);

/* Return true if the current task loads an image that gets keys. */
bool held_load_has_keys(void);

/*
 * The following report what the kexec core does, for any image, from any
 * context.
 */

/*
 * All of @image is in reserved memory. If the current task loads it, its keys
 * are saved now.
 */
void held_image_complete(struct kimage *image);

/* The core frees @image, loaded or not; NULL if there is none. Wipe its keys. */
void held_image_gone(struct kimage *image);

/* As the functions of save.h, for the keys that are in the area. */
bool held_copy_armed(struct area *copy);
int held_remove_key(const char *description);
unsigned int held_armed_keys(void);
bool held_includes(const char *description);
bool held_has_keys(void);

#endif /* CRASH_DM_CRYPT_HELD_H */
