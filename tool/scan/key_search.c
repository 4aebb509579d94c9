// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "lib/xalloc.h"
#include "lib/zeros.h"
#include "tool/scan/aes_schedule.h"
#include "tool/scan/key_search.h"

#define PAGES_AT_ONCE 256
#define LEAST_PIECE   8 /* bytes; chance makes shorter ones */

static void list_add(struct page_list *list, uint64_t page)
{
	if (list->count && list->pages[list->count - 1] == page)
		return;
	if (list->count == list->capacity) {
		list->capacity = list->capacity ? 2 * list->capacity : 16;
		list->pages = xrealloc(list->pages,
				       list->capacity * sizeof(*list->pages));
	}
	list->pages[list->count++] = page;
}

static int compare_pages(const void *one, const void *other)
{
	uint64_t a = *(const uint64_t *)one, b = *(const uint64_t *)other;

	return a < b ? -1 : a > b;
}

/* Sort the list, and keep each page once. */
static void list_finish(struct page_list *list)
{
	size_t kept = 0, i;

	if (!list->count)
		return;
	qsort(list->pages, list->count, sizeof(*list->pages), compare_pages);
	for (i = 1; i < list->count; i++)
		if (list->pages[i] != list->pages[kept])
			list->pages[++kept] = list->pages[i];
	list->count = kept + 1;
}

static void list_release(struct page_list *list)
{
	free(list->pages);
	memset(list, 0, sizeof(*list));
}

/* Add the pages that the @size bytes at the offset @at are in. */
static void add_pages(struct key_search *search, struct page_list *list,
		      size_t at, size_t size)
{
	uint64_t page = (search->address + at) / search->page_size;
	uint64_t last = (search->address + at + size - 1) / search->page_size;

	for (; page <= last; page++)
		list_add(list, page);
}

/* What ends in the page that was searched before was found then. */
static bool is_new(const struct key_search *search, size_t at, size_t size)
{
	return at + size > search->carried;
}

static uint64_t find_bytes(struct key_search *search, struct page_list *pages,
			   const uint8_t *bytes, size_t size)
{
	const uint8_t *end = search->memory + search->size;
	const uint8_t *at = search->memory;
	uint64_t count = 0;

	while ((at = memmem(at, end - at, bytes, size))) {
		size_t offset = at - search->memory;

		if (is_new(search, offset, size)) {
			add_pages(search, pages, offset, size);
			count++;
		}
		at++;
	}
	return count;
}

/* Return true if all of it is there, with @before bytes before @edge. */
static bool is_whole_at(const struct key_search *search, size_t edge,
			const uint8_t *bytes, size_t size, size_t before)
{
	return edge >= before && edge - before + size <= search->size &&
	       !memcmp(search->memory + edge - before, bytes, size);
}

/*
 * The beginning and the end of the bytes may be far apart: in memory that is
 * contiguous to the kernel only, or if a page is not in the dump.
 */
static uint64_t find_pieces_at(struct key_search *search,
			       struct page_list *pages, size_t edge,
			       const uint8_t *bytes, size_t size)
{
	const uint8_t *at = search->memory + edge;
	uint64_t count = 0;
	size_t before;

	for (before = 1; before < size; before++) {
		size_t after = size - before;

		if (is_whole_at(search, edge, bytes, size, before))
			continue;
		if (edge && before >= LEAST_PIECE &&
		    !memcmp(at - before, bytes, before)) {
			add_pages(search, pages, edge - before, before);
			count++;
		}
		if (edge < search->size && after >= LEAST_PIECE &&
		    !memcmp(at, bytes + before, after)) {
			add_pages(search, pages, edge, after);
			count++;
		}
	}
	return count;
}

/* @ends is true if there is no next page. */
static uint64_t find_pieces(struct key_search *search, struct page_list *pages,
			    const uint8_t *bytes, size_t size, bool ends)
{
	uint64_t count = 0;
	size_t edge;

	/* The edge after the page that was searched before is new. */
	for (edge = search->carried; edge < search->size;
	     edge += search->page_size)
		count += find_pieces_at(search, pages, edge, bytes, size);
	if (ends)
		count += find_pieces_at(search, pages, edge, bytes, size);
	return count;
}

static void search_for_key(struct key_search *search, struct known_key *key,
			   bool ends)
{
	size_t half = key->size / 2, i;

	key->whole += find_bytes(search, &key->pages, key->key, key->size);
	if (!key->two_halves) {
		key->pieces += find_pieces(search, &key->pages, key->key,
					   key->size, ends);
		return;
	}
	for (i = 0; i < 2; i++) {
		const uint8_t *bytes = key->key + i * half;

		key->halves[i] += find_bytes(search, &key->pages, bytes, half);
		key->pieces +=
			find_pieces(search, &key->pages, bytes, half, ends);
	}
}

static bool has_cipher_key(const struct known_key *key,
			   const struct aes_schedule *schedule)
{
	size_t half = key->size / 2;

	if (!key->two_halves)
		return key->size == schedule->key_size &&
		       !memcmp(key->key, schedule->key, key->size);
	return half == schedule->key_size &&
	       (!memcmp(key->key, schedule->key, half) ||
		!memcmp(key->key + half, schedule->key, half));
}

static void count_schedule(const struct aes_schedule *schedule, void *context)
{
	struct key_search *search = context;
	bool known = false;
	size_t i;

	if (!is_new(search, schedule->at, schedule->size))
		return;
	for (i = 0; i < search->key_count; i++) {
		struct known_key *key = &search->keys[i];

		if (!has_cipher_key(key, schedule))
			continue;
		known = true;
		key->schedules++;
		add_pages(search, &key->pages, schedule->at, schedule->size);
	}
	if (known)
		return;
	search->other_schedules++;
	add_pages(search, &search->other_pages, schedule->at, schedule->size);
}

static void search_pages(struct key_search *search, bool ends)
{
	size_t i;

	if (!search->size)
		return;
	for (i = 0; i < search->key_count; i++)
		search_for_key(search, &search->keys[i], ends);
	aes_schedule_find(search->memory, search->size, count_schedule, search);
}

/* Keep the last page: a key may continue in the next one. */
static void carry_on(struct key_search *search)
{
	size_t passed = search->size - search->page_size;

	memmove(search->memory, search->memory + passed, search->page_size);
	search->address += passed;
	search->size = search->carried = search->page_size;
}

static void start_over(struct key_search *search, uint64_t address)
{
	search->address = address;
	search->size = search->carried = 0;
}

void key_search_init(struct key_search *search, struct known_key *keys,
		     size_t key_count, size_t page_size)
{
	*search = (struct key_search) {
		.keys = keys,
		.key_count = key_count,
		.page_size = page_size,
		.memory = xrealloc(NULL, PAGES_AT_ONCE * page_size),
	};
}

void key_search_page(struct key_search *search, uint64_t address,
		     const void *page)
{
	/* It counts as missing: a key beside it is whole, or a piece. */
	if (is_zero(page, search->page_size))
		return;
	if (address != search->address + search->size) {
		search_pages(search, true);
		start_over(search, address);
	} else if (search->size == PAGES_AT_ONCE * search->page_size) {
		search_pages(search, false);
		carry_on(search);
	}
	memcpy(search->memory + search->size, page, search->page_size);
	search->size += search->page_size;
}

void key_search_finish(struct key_search *search)
{
	size_t i;

	search_pages(search, true);
	start_over(search, 0);
	for (i = 0; i < search->key_count; i++)
		list_finish(&search->keys[i].pages);
	list_finish(&search->other_pages);
}

void key_search_release(struct key_search *search)
{
	size_t i;

	explicit_bzero(search->memory, PAGES_AT_ONCE * search->page_size);
	free(search->memory);
	for (i = 0; i < search->key_count; i++)
		list_release(&search->keys[i].pages);
	list_release(&search->other_pages);
}

bool key_search_found(const struct known_key *key)
{
	return key->pages.count;
}
