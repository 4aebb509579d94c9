/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_TARGETS_H
#define KDUMP_CRYPT_TARGETS_H

#include "tool/storage/target.h"

/* The directories that a dump may go to. The preferred one is the first. */
struct targets {
	struct target *list;
	size_t count;
	/* The LUKS volumes of all targets, each once. They belong to the list. */
	const struct luks_volume **volumes;
	size_t volume_count;
};

/*
 * Resolve @path and @fallback_paths on this machine. A fallback path that cannot
 * take a dump is left out, and @warnings, which may be NULL, says why. On
 * failure @targets is empty; error->number is EBUSY if a device below @path is
 * suspended. The caller releases @targets with targets_release().
 */
int targets_find(struct targets *targets, const char *path,
		 const struct text_list *fallback_paths,
		 struct text_list *warnings, struct error *error);

void targets_release(struct targets *targets);

#endif /* KDUMP_CRYPT_TARGETS_H */
