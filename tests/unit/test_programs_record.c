// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/scratch.h"
#include "tool/image/programs_record.h"

#define RECORD	"record"
#define REQUEST "a collector\nan LVM"
#define LVM	"# a text\n\nwith lines\n"

static char *describe(const struct initramfs *initramfs)
{
	struct text_list added = {}, sources = {};
	char *text;

	initramfs_list(initramfs, 0, &added, &sources);
	text = text_list_join(&added, "|") ?: strdup("");
	text_list_release(&sources);
	text_list_release(&added);
	return text;
}

/* Return what is in an initramfs with a plan and with what was recorded. */
static char *use(const char *request)
{
	struct initramfs *initramfs = initramfs_new("image");
	char *text = NULL;

	initramfs_add_text(initramfs, "a plan", "/plan");
	if (programs_record_use(RECORD, request, initramfs))
		text = describe(initramfs);
	else
		assert_int_equal(initramfs_count(initramfs), 1);
	initramfs_abandon(initramfs);
	return text;
}

static char *record(void)
{
	struct initramfs *initramfs = initramfs_new("image");
	struct text_list others = {};
	size_t first;
	char *text;

	initramfs_add_text(initramfs, "a plan", "/plan");
	first = initramfs_count(initramfs);
	initramfs_add_file(initramfs, "bin/program", "/init");
	initramfs_add_file(initramfs, "lib/library", "/usr/lib/library");
	initramfs_add_text(initramfs, LVM, "/etc/lvm.conf");
	text_list_add(&others, "cache");
	text_list_add(&others, "missing");
	programs_record_write(RECORD, REQUEST, initramfs, first, &others);
	text = describe(initramfs);
	text_list_release(&others);
	initramfs_abandon(initramfs);
	return text;
}

static void make_files(void)
{
	make_text("bin/program", "program");
	make_text("lib/library", "library");
	make_text("cache", "cache");
}

static void test_use(void **state)
{
	char *recorded, *used;

	make_files();
	assert_null(use(REQUEST));
	recorded = record();
	used = use(REQUEST);
	assert_non_null(used);
	assert_string_equal(used, recorded);
	assert_non_null(strstr(used, LVM));
	assert_null(use("another collector"));
	free(used);
	free(recorded);
}

static void assert_outdated(void)
{
	char *used;

	assert_null(use(REQUEST));
	free(record());
	used = use(REQUEST);
	assert_non_null(used);
	free(used);
}

static void test_changes(void **state)
{
	make_files();
	free(record());
	make_text("lib/library", "another library");
	assert_outdated();
	assert_int_equal(unlink("bin/program"), 0);
	make_text("bin/program", "program");
	assert_outdated();
	/* The loader may find this one first. */
	make_text("lib/another", "library");
	assert_outdated();
	make_text("cache", "another cache");
	assert_outdated();
	make_text("missing", "no more");
	assert_outdated();
}

static void test_damaged(void **state)
{
	static const char *const texts[] = {
		"",
		"{",
		"[]",
		"{ \"request\": \"a collector\\nan LVM\" }",
		"{ \"request\": \"a collector\\nan LVM\", \"files\": [], \"added\": [ \"copy\", \"/a\" ] }",
		"{ \"request\": \"a collector\\nan LVM\", \"files\": [], \"added\": [ \"x\", \"/a\", \"/b\" ] }",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		make_text(RECORD, texts[i]);
		assert_null(use(REQUEST));
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		scratch_test(test_use),
		scratch_test(test_changes),
		scratch_test(test_damaged),
	};

	return cmocka_run_group_tests_name("programs_record", tests, NULL,
					   NULL);
}
