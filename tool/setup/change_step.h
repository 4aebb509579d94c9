/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What making a change, and taking it back, does to the machine. */
#ifndef KDUMP_CRYPT_CHANGE_STEP_H
#define KDUMP_CRYPT_CHANGE_STEP_H

#include "tool/setup/change.h"

/*
 * Each returns 0, or -1 after the reason was printed. What could not be made is
 * as it was.
 */
int change_step_make(const struct change *change);
int change_step_take_back(const struct change *change);

#endif /* KDUMP_CRYPT_CHANGE_STEP_H */
