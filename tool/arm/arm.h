/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Arming: everything from the options of load to a crash kernel that is loaded
 * with the keys it needs.
 */
#ifndef KDUMP_CRYPT_ARM_H
#define KDUMP_CRYPT_ARM_H

#include "lib/error.h"
#include "tool/arm/armed_state.h"
#include "tool/arm/arming.h"
#include "tool/host/messages.h"

/*
 * Begin an arming: read the configuration, find the filesystems, and find every
 * reason for a failure that can be found at once. The loaded crash kernel stays
 * as it is. The caller holds armed_lock(). Return 0 or -1; error->number is
 * EADDRNOTAVAIL if no memory is reserved.
 * The caller releases @arming with arm_release() in both cases, and @options
 * after that.
 */
int arm_prepare(struct arming *arming, const struct arm_options *options,
		struct messages *messages, struct error *error);

/*
 * Finish it: build the capture initramfs if necessary, provide the keys, for
 * which a person may have to type passphrases, load the crash kernel, and
 * record all that in @armed, which the caller releases with
 * armed_state_release(). Return 0 or -1. On failure @armed is empty, and a
 * crash kernel that was loaded before may still be loaded.
 *
 * With options->keys.dry_run, both do everything but the loading and what only
 * a load changes. @armed is then what would be loaded.
 */
int arm(const struct arming *arming, struct armed_state *armed,
	struct messages *messages, struct error *error);

void arm_release(struct arming *arming);

#endif /* KDUMP_CRYPT_ARM_H */
