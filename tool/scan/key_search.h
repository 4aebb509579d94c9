/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Searching memory, page by page, for known volume keys, for the cipher keys
 * that they consist of, and for key schedules of AES, of known keys and of
 * others. Each is found at any address, also if it continues in the next page.
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

/* A volume key to search for, and how often it was found. */
struct known_key {
	const uint8_t *key; /* the caller owns and wipes it */
	size_t size;
	bool two_halves; /* each is a key of the cipher, as with XTS */

	uint64_t whole;	    /* its halves count as well */
	uint64_t halves[2]; /* 0 unless two_halves */
	uint64_t pieces;    /* at the edge of a page, without the rest */
	uint64_t schedules;
	struct page_list pages; /* that contain any of it */
};

struct key_search {
	struct known_key *keys;
	size_t key_count;
	size_t page_size;

	/* AES key schedules of any other key. */
	uint64_t other_schedules;
	struct page_list other_pages;

	/* The last page that was searched, and those that were not yet. */
	uint8_t *memory;
	uint64_t address;
	size_t size, carried;
};

/*
 * Begin a search. @page_size is at least 2 * KEY_SEARCH_MAX_KEY, and no key is
 * longer than KEY_SEARCH_MAX_KEY. The caller releases @search with
 * key_search_release(), and @keys after that.
 */
void key_search_init(struct key_search *search, struct known_key *keys,
		     size_t key_count, size_t page_size);

/* Search a page. The addresses of the pages rise from call to call. */
void key_search_page(struct key_search *search, uint64_t address,
		     const void *page);

/* Call this after the last page. The results are complete then. */
void key_search_finish(struct key_search *search);

/* Wipe the copies of pages, and release them and the lists of pages. */
void key_search_release(struct key_search *search);

/* Return true if any of the key was found. */
bool key_search_found(const struct known_key *key);

#endif /* KDUMP_CRYPT_KEY_SEARCH_H */
