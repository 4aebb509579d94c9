/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The crashed kernel's memory. */
#ifndef KDUMP_CRYPT_VMCORE_H
#define KDUMP_CRYPT_VMCORE_H

#include "capture/dump_directory.h"
#include "lib/dump_info.h"
#include "lib/plan.h"

/*
 * The step "vmcore": write the memory to the directory of the dump, with the
 * collector of the plan. If that fails, copy the memory unfiltered, if that is of
 * use. Fill the members about the vmcore in @info, and report the result. A vmcore
 * that is not complete keeps the name vmcore-incomplete.
 */
void vmcore_save(struct dump_info *info, const struct plan *plan,
		 const struct dump_directory *directory);

#endif /* KDUMP_CRYPT_VMCORE_H */
