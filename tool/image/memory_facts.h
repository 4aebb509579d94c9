/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_MEMORY_FACTS_H
#define KDUMP_CRYPT_MEMORY_FACTS_H

#include "tool/host/config.h"
#include "tool/image/memory_estimate.h"
#include "tool/storage/targets.h"

/*
 * What the estimate for this machine depends on. The capture initramfs for
 * @targets and the crash kernel in the file @kernel, NULL for that of the
 * running one, is built for that; the caller has armed_state_lock(). Returns 0,
 * or -1 after the reason was printed.
 */
int memory_facts_find(struct memory_facts *facts, const char *kernel,
		      const struct targets *targets,
		      const struct config *config);

#endif /* KDUMP_CRYPT_MEMORY_FACTS_H */
