/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_REARM_H
#define KDUMP_CRYPT_REARM_H

#include "tool/arm/arm.h"
#include "tool/arm/armed_state.h"

/*
 * Load a crash kernel with @options if what is below the dump path is not what
 * that of @state was loaded for. Nobody is asked for a passphrase, no key is given
 * up, and dumps that were encrypted stay so. If it cannot be done, say so once.
 * The caller has the lock, see armed_lock.h. Return 0, or -1 if it has said so.
 */
int rearm_if_changed(const struct arm_options *options,
		     const struct armed_state *state);

#endif /* KDUMP_CRYPT_REARM_H */
