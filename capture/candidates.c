// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "capture/candidates.h"
#include "capture/probe.h"
#include "capture/report.h"
#include "lib/disk_identity.h"
#include "lib/prefix.h"
#include "lib/xalloc.h"

struct candidate {
	const char *device;
	unsigned int score;
	bool is_same;
};

static struct candidate compare(const char *device,
				const struct text_list *identity)
{
	struct candidate candidate = { .device = device };
	struct text_list found = {};

	probe_identity(&found, device);
	candidate.score = disk_identity_score(identity, &found);
	candidate.is_same = disk_identity_is_same(identity, &found);
	text_list_release(&found);
	return candidate;
}

static int by_score(const void *one, const void *other)
{
	const struct candidate *first = one, *second = other;

	return (first->score < second->score) - (first->score > second->score);
}

void candidates_find(struct text_list *devices, const char *uuid,
		     const struct text_list *identity, bool any)
{
	struct candidate *candidates;
	struct text_list all = {};
	size_t i;

	probe_all(identity);
	probe_find(&all, uuid);
	candidates = xrealloc(NULL, (all.count + 1) * sizeof(*candidates));
	for (i = 0; i < all.count; i++)
		candidates[i] = compare(all.items[i], identity);
	qsort(candidates, all.count, sizeof(*candidates), by_score);
	for (i = 0; i < all.count; i++)
		if (any || candidates[i].is_same)
			text_list_add(devices, candidates[i].device);
	free(candidates);
	text_list_release(&all);
}

void candidates_report_others(const char *uuid, const char *what,
			      const char *used)
{
	struct text_list all = {};
	size_t i;

	probe_find(&all, uuid);
	for (i = 0; i < all.count; i++)
		/* A snapshot, or another name of what is used. */
		if (strcmp(all.items[i], used) &&
		    !starts_with(all.items[i], "/dev/mapper/") &&
		    !starts_with(all.items[i], "/dev/dm-"))
			report("device",
			       "%s also has %s %s, so it may be a copy; it is not used",
			       all.items[i], what, uuid);
	text_list_release(&all);
}
