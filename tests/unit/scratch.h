/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cmocka, and a directory for a test's files: scratch_test() makes an empty
 * directory, runs a test in it, and removes it after the test. Paths here are
 * relative to this directory. Missing parent directories are made.
 */
#ifndef TESTS_UNIT_SCRATCH_H
#define TESTS_UNIT_SCRATCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#define scratch_test(test) \
	cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

/* The absolute path of the running test's directory. */
extern char scratch[];

int scratch_make(void **state);
int scratch_remove(void **state);

void make_directory(const char *path);
void make_file(const char *path, const void *data, size_t size);
void make_text(const char *path, const char *text);
void make_link(const char *path, const char *destination);

bool is_there(const char *path);

/*
 * The text that a printf() format makes; the caller frees it. Not xasprintf():
 * lib/xalloc.c is under test as well.
 */
char *format(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif /* TESTS_UNIT_SCRATCH_H */
