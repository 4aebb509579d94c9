/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The volume keys that the loaded crash kernel has. */
#ifndef KDUMP_CRYPT_LOADED_KEYS_H
#define KDUMP_CRYPT_LOADED_KEYS_H

#include <stdbool.h>

#include "tool/arm/armed_state.h"

/*
 * Return true if the key of the volume on @device is one of the keys that were
 * loaded. Return false if its header cannot be read.
 */
bool loaded_keys_include(const struct armed_state *state, const char *device);

/*
 * Return which key a dump would contain, though it was loaded to be hidden: it
 * has left the loaded crash kernel, because its volume was suspended, and that is
 * in use again. Return NULL if there is none. The caller frees the text.
 */
char *loaded_keys_exposed(const struct armed_state *state);

#endif /* KDUMP_CRYPT_LOADED_KEYS_H */
