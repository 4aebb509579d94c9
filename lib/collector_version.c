// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "lib/collector_version.h"
#include "lib/xalloc.h"

#define BLANKS	      " \t\r\n"
#define WITH_ARGUMENT "bdgiLx" /* short options of makedumpfile */
#define FIRST_RIGHT   "1.7.7"
#define TAKES_NAMES   "1.7.6"

/* Bits of the dump level: what is left out. */
#define PAGE_CACHE 0x6 /* with and without private data */
#define USER_DATA  0x8
#define FREE_PAGES 0x10

bool collector_version_keeps_free_pages(const char *version)
{
	return strverscmp(version, FIRST_RIGHT) < 0;
}

bool collector_version_can_take_names(const char *version)
{
	return version && !strcmp(version, TAKES_NAMES);
}

static bool is_level_good(long level)
{
	return (level & FREE_PAGES) &&
	       (!(level & PAGE_CACHE) || (level & USER_DATA));
}

/* There may be several, separated by commas: the next if the disk is full. */
static bool are_levels_good(const char *levels)
{
	char *end;

	do {
		long level = strtol(levels, &end, 10);

		if (end == levels || !is_level_good(level))
			return false;
		levels = end + 1;
	} while (*end == ',');
	return !*end;
}

/*
 * Look at the short options of @word. @next is the word behind it, or NULL. Set
 * *@skip if that is an argument, and *@good if there are only good levels.
 */
static bool check_short(const char *word, const char *next, bool *skip,
			bool *good)
{
	for (word++; *word; word++) {
		if (*word == 'i' || *word == 'x')
			return false;
		if (!strchr(WITH_ARGUMENT, *word))
			continue;
		*skip = !word[1];
		if (*word == 'd') {
			*good = !*skip ? are_levels_good(word + 1) :
					 next && are_levels_good(next);
			return *good;
		}
		break;
	}
	return true;
}

bool collector_version_takes_names(const char *version,
				   const char *core_collector)
{
	char *words = xstrdup(core_collector), *state;
	char *word = strtok_r(words, BLANKS, &state);
	bool good = false;
	bool allowed = collector_version_can_take_names(version);

	word = strtok_r(NULL, BLANKS, &state);
	while (allowed && word) {
		char *next = strtok_r(NULL, BLANKS, &state);
		bool skip = false;

		if (word[0] == '-' && word[1] != '-')
			allowed = check_short(word, next, &skip, &good);
		word = skip ? strtok_r(NULL, BLANKS, &state) : next;
	}
	free(words);
	return allowed && good;
}
