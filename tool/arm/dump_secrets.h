/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The volume keys that a dump of this machine would hold: which of them can be
 * hidden, and which not.
 */
#ifndef KDUMP_CRYPT_DUMP_SECRETS_H
#define KDUMP_CRYPT_DUMP_SECRETS_H

#include <stdbool.h>

#include "lib/text_list.h"
#include "tool/storage/targets.h"

struct dump_secrets {
	struct text_list luks_uuids;  /* of others whose key the kernel has */
	struct text_list key_digests; /* of those keys */
	/* What stays in the dump: LUKS UUIDs, and mappings of others. */
	struct text_list exposed;
};

/*
 * Look at all open volumes, and print a warning for each that is exposed. The
 * keys of those that take the dump are taken for there; @kernel_has_key tells
 * of the others. The caller releases @secrets with dump_secrets_release().
 */
void dump_secrets_find(struct dump_secrets *secrets,
		       const struct targets *targets,
		       bool (*kernel_has_key)(const struct target_volume *));

/* What could be hidden is not: it stays in the dump as well. */
void dump_secrets_expose(struct dump_secrets *secrets);

void dump_secrets_release(struct dump_secrets *secrets);

#endif /* KDUMP_CRYPT_DUMP_SECRETS_H */
