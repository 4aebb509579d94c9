/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way from the disks to the filesystem of a dump path, for check. */
#ifndef KDUMP_CRYPT_CHAIN_H
#define KDUMP_CRYPT_CHAIN_H

#include <stddef.h>

#include "lib/text_list.h"
#include "tool/storage/target.h"

struct chain_link {
	const char *kind; /* such as "disk" or "LUKS volume" */
	char *name;	  /* that people know, such as /dev/mapper/vda3_crypt */
	struct text_list facts; /* "key=value": what identifies it, and more */
};

struct chain {
	char *path;
	struct chain_link *links; /* from the disks to the filesystem */
	size_t count;
};

/*
 * Fill @chain for @target. @modules is modules of struct plan, whose options are
 * shown. The caller releases @chain with chain_release(). For root.
 */
void chain_find(struct chain *chain, const struct target *target,
		const struct text_list *modules);
void chain_release(struct chain *chain);

#endif /* KDUMP_CRYPT_CHAIN_H */
