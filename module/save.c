// SPDX-License-Identifier: GPL-2.0
#include "arch.h"
#include "held.h"
#include "save.h"
#include "segment.h"

bool save_copy_armed(struct area *copy)
{
	return (ARCH_SAVES_SEGMENT && segment_copy_armed(copy)) ||
	       held_copy_armed(copy);
}

int save_remove_key(const char *description)
{
	int ret = ARCH_SAVES_SEGMENT ? segment_remove_key(description) : 0;
	int err = held_remove_key(description);

	return ret ?: err;
}

unsigned int save_armed_keys(void)
{
	return (ARCH_SAVES_SEGMENT ? segment_armed_keys() : 0) +
	       held_armed_keys();
}

bool save_includes(const char *description)
{
	return (ARCH_SAVES_SEGMENT && segment_includes(description)) ||
	       held_includes(description);
}

bool save_has_keys(void)
{
	return (ARCH_SAVES_SEGMENT && segment_has_keys()) || held_has_keys();
}

/* Few machines need both, so where there is a choice, memory is held on demand. */
int save_init(void)
{
	return ARCH_SAVES_SEGMENT ? segment_init() : held_init();
}

void save_exit(void)
{
	if (ARCH_SAVES_SEGMENT)
		segment_exit();
	held_exit();
}
