/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looking for keys in memory that comes page by page: for known volume keys,
 * for the cipher keys that they consist of, and for the key schedules of AES,
 * of known keys and of others. Each is found at any address, also where it
 * goes on in the next page.
 */
#ifndef KDUMP_CRYPT_KEY_SEARCH_H
#define KDUMP_CRYPT_KEY_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KEY_SEARCH_MAX_KEY 512

struct page_list {
	uint64_t *pages;
	size_t count, capacity;
};

/* A volume key; it stays the caller's. */
struct known_key {
	const uint8_t *key;
	size_t size;
	bool two_halves; /* each is a key of the cipher, as with XTS */

	/* What was found; the halves of a whole key are found, too. */
	uint64_t whole;
	uint64_t halves[2]; /* 0 where it is not two */
	uint64_t pieces;    /* at the edge of a page, without the rest */
	uint64_t schedules;
	struct page_list pages; /* that hold any of it */
};

struct key_search {
	struct known_key *keys;
	size_t key_count;
	size_t page_size;

	/* AES key schedules of any other key. */
	uint64_t other_schedules;
	struct page_list other_pages;

	/* What is not looked through yet, after the last page that was. */
	uint8_t *memory;
	uint64_t address;
	size_t size, carried;
};

/*
 * @page_size is at least 2 * KEY_SEARCH_MAX_KEY, and no key is longer than
 * that. The caller releases @search with key_search_release().
 */
void key_search_init(struct key_search *search, struct known_key *keys,
		     size_t key_count, size_t page_size);

/* The addresses of the pages rise. */
void key_search_page(struct key_search *search, uint64_t address,
		     const void *page);

/* After the last one: what was found is complete then. */
void key_search_finish(struct key_search *search);

/* Wipes what it has of the memory. The lists of pages go, too. */
void key_search_release(struct key_search *search);

bool key_search_found(const struct known_key *key);

#endif /* KDUMP_CRYPT_KEY_SEARCH_H */
