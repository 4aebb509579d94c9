/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finding what the memory estimate for this machine depends on. */
#ifndef KDUMP_CRYPT_MEMORY_FACTS_H
#define KDUMP_CRYPT_MEMORY_FACTS_H

#include "lib/error.h"
#include "tool/host/config.h"
#include "tool/host/messages.h"
#include "tool/image/memory_estimate.h"
#include "tool/storage/targets.h"

/*
 * Find the facts for the crash kernel in the file @kernel and the capture
 * initramfs in the file @initramfs. Return 0, or -1 if one of them cannot be
 * used.
 */
int memory_facts_measure(struct memory_facts *facts, const char *kernel,
			 const char *initramfs, const struct targets *targets,
			 const struct config *config, struct error *error);

/*
 * Return the bytes that have to be reserved for them. Return 0 if that cannot be
 * found out.
 */
long long memory_facts_needed(const char *kernel, const char *initramfs,
			      const struct targets *targets,
			      const struct config *config);

/*
 * Find the facts for the crash kernel in the file @kernel, or for the running
 * kernel if that is NULL. This builds the capture initramfs if necessary, so
 * the caller holds armed_lock(). Return 0 or -1.
 */
int memory_facts_find(struct memory_facts *facts, const char *kernel,
		      const struct targets *targets,
		      const struct config *config, struct messages *messages,
		      struct error *error);

#endif /* KDUMP_CRYPT_MEMORY_FACTS_H */
