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
	bool is_same, has_same_shape;
};

static struct candidate compare(const char *device,
				const struct text_list *identity)
{
	struct candidate candidate = { .device = device };
	struct text_list found = {};

	probe_identity(&found, device);
	candidate.score = disk_identity_score(identity, &found);
	candidate.is_same = disk_identity_is_same(identity, &found);
	candidate.has_same_shape =
		disk_identity_has_same_shape(identity, &found);
	text_list_release(&found);
	return candidate;
}

static int by_score(const void *one, const void *other)
{
	const struct candidate *first = one, *second = other;

	return (first->score < second->score) - (first->score > second->score);
}

/* Return the devices in @all, the most likely first. The caller frees them. */
static struct candidate *compare_all(const struct text_list *all,
				     const struct text_list *identity)
{
	struct candidate *candidates =
		xrealloc(NULL, (all->count + 1) * sizeof(*candidates));
	size_t i;

	for (i = 0; i < all->count; i++)
		candidates[i] = compare(all->items[i], identity);
	qsort(candidates, all->count, sizeof(*candidates), by_score);
	return candidates;
}

void candidates_find(struct text_list *devices, const char *uuid,
		     const struct text_list *identity, bool any)
{
	struct candidate *candidates;
	struct text_list all = {};
	size_t i;

	probe_all(identity);
	probe_find(&all, uuid);
	candidates = compare_all(&all, identity);
	for (i = 0; i < all.count; i++)
		if (any || candidates[i].is_same)
			text_list_add(devices, candidates[i].device);
	free(candidates);
	text_list_release(&all);
}

void candidates_find_by_shape(struct text_list *devices,
			      const struct text_list *identity, bool any)
{
	struct candidate *candidates;
	struct text_list all = {};
	size_t i;

	probe_all(identity);
	probe_find_all(&all);
	candidates = compare_all(&all, identity);
	for (i = 0; i < all.count; i++)
		if (candidates[i].has_same_shape &&
		    (any || candidates[i].is_same))
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
