/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The volume keys that a dump of this machine would contain. Some can be
 * hidden: the module leaves the pages that contain them out of the dump. The
 * others are exposed. No key is read for this.
 */
#ifndef KDUMP_CRYPT_DUMP_SECRETS_H
#define KDUMP_CRYPT_DUMP_SECRETS_H

#include "lib/text_list.h"
#include "tool/storage/targets.h"

struct dump_secrets {
	/* Volumes that take no dump and whose keys can be hidden. */
	struct text_list luks_uuids;
	struct text_list key_digests; /* of those keys */
	/* LUKS UUIDs, and mappings of other encrypted volumes. */
	struct text_list exposed;
};

/*
 * Look at all open encrypted volumes, and add a warning for each key that is
 * exposed. The keys of the volumes in @targets count as hidden, since the crash
 * kernel gets them. The caller releases @secrets with dump_secrets_release().
 */
void dump_secrets_find(struct dump_secrets *secrets,
		       const struct targets *targets,
		       struct text_list *warnings);

/* Count the keys that could be hidden as exposed. */
void dump_secrets_expose(struct dump_secrets *secrets);

void dump_secrets_release(struct dump_secrets *secrets);

#endif /* KDUMP_CRYPT_DUMP_SECRETS_H */
