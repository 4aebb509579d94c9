/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Making the plan that the capture program will follow. */
#ifndef KDUMP_CRYPT_CAPTURE_PLAN_H
#define KDUMP_CRYPT_CAPTURE_PLAN_H

#include "lib/error.h"
#include "lib/plan.h"
#include "tool/host/config.h"
#include "tool/storage/targets.h"

/*
 * Make a plan for @targets, without the list of kernel modules. Return 0 or -1.
 * The caller releases @plan with plan_release() in both cases.
 */
int capture_plan_make(struct plan *plan, const struct targets *targets,
		      const struct config *config, struct error *error);

/*
 * Return the name that this machine has in the names of its dumps. The caller
 * frees it.
 */
char *capture_plan_host(void);

#endif /* KDUMP_CRYPT_CAPTURE_PLAN_H */
