/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_STEPS_H
#define KDUMP_CRYPT_STEPS_H

#include "lib/dump_info.h"

/* The step @name begins, and the one before it ends. @name is a constant. */
void steps_begin(const char *name);

/* All steps until now, in place of those that @info has. */
void steps_fill(struct dump_info *info);

#endif /* KDUMP_CRYPT_STEPS_H */
