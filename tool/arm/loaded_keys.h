/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The volume keys that the loaded crash kernel has. */
#ifndef KDUMP_CRYPT_LOADED_KEYS_H
#define KDUMP_CRYPT_LOADED_KEYS_H

#include <stdbool.h>

#include "tool/arm/armed_state.h"

/*
 * Whether the volume on @device has one of the keys that were loaded; not where
 * its header cannot be read.
 */
bool loaded_keys_include(const struct armed_state *state, const char *device);

/* The same for all volumes of @state that are there now; for root. */
bool loaded_keys_are_current(const struct armed_state *state);

#endif /* KDUMP_CRYPT_LOADED_KEYS_H */
