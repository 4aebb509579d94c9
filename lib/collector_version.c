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

/* What the options mean for the lines that make free pages known. */
struct asked {
	bool leaves_out_free; /* every dump level leaves out free pages */
	bool allows_names;
};

static bool is_level_good(long level)
{
	return (level & FREE_PAGES) &&
	       (!(level & PAGE_CACHE) || (level & USER_DATA));
}

/* There may be several, separated by commas: the next if the disk is full. */
static struct asked read_levels(const char *levels)
{
	struct asked asked = { .leaves_out_free = true, .allows_names = true };
	char *end;

	do {
		long level = strtol(levels, &end, 10);

		if (end == levels)
			return (struct asked) {};
		asked.leaves_out_free &= !!(level & FREE_PAGES);
		asked.allows_names &= is_level_good(level);
		levels = end + 1;
	} while (*end == ',');
	return *end ? (struct asked) {} : asked;
}

/*
 * Look at the short options of @word. @next is the word behind it, or NULL. Set
 * *@skip if that is an argument, and *@levels to what the dump levels ask for.
 * Return false if another file with names is read.
 */
static bool check_short(const char *word, const char *next, bool *skip,
			struct asked *levels)
{
	for (word++; *word; word++) {
		if (*word == 'i' || *word == 'x')
			return false;
		if (!strchr(WITH_ARGUMENT, *word))
			continue;
		*skip = !word[1];
		if (*word == 'd')
			*levels = read_levels(!*skip ? word + 1 : next ?: "");
		break;
	}
	return true;
}

/*
 * Return a copy of the next word, or NULL at the end. The caller frees it. Copies
 * of words are small, even if the capture program has little memory left.
 */
static char *next_word(const char **text)
{
	const char *word = *text + strspn(*text, BLANKS);
	size_t length = strcspn(word, BLANKS);

	*text = word + length;
	return length ? xasprintf("%.*s", (int)length, word) : NULL;
}

static struct asked read_options(const char *core_collector)
{
	const char *rest = core_collector;
	char *program = next_word(&rest), *word = next_word(&rest);
	bool reads_names = false;
	struct asked asked = {};

	while (word) {
		char *next = next_word(&rest);
		bool skip = false;

		if (word[0] == '-' && word[1] != '-' &&
		    !check_short(word, next, &skip, &asked))
			reads_names = true;
		free(word);
		word = next;
		if (skip) {
			free(next);
			word = next_word(&rest);
		}
	}
	free(program);
	asked.allows_names &= !reads_names;
	return asked;
}

bool collector_version_takes_names(const char *version,
				   const char *core_collector)
{
	return collector_version_can_take_names(version) &&
	       read_options(core_collector).allows_names;
}

bool collector_leaves_out_free_pages(const char *core_collector)
{
	return read_options(core_collector).leaves_out_free;
}
