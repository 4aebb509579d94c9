// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "lib/dump_removal.h"
#include "lib/dump_space.h"
#include "lib/dumps.h"
#include "tests/unit/scratch.h"

static struct statfs filesystem = { .f_frsize = 1 };

/* A fake of the function in the C library. */
int statfs(const char *path, struct statfs *status)
{
	*status = filesystem;
	return access(path, F_OK);
}

static void make_dump(const char *name, const char *host, int64_t when,
		      bool complete)
{
	struct dump_info info = {
		.host = (char *)host,
		.version = "0.1",
		.time = when,
		.complete = complete,
		.reason = complete ? NULL : "interrupted",
		.vmcore_bytes = 4,
	};
	char *path = format("dumps/%s", name);
	char *vmcore = format("%s/%s", path,
			      complete ? "vmcore" : "vmcore-incomplete");
	char *log = format("%s/vmcore-dmesg.txt", path);

	make_text(vmcore, "core");
	make_text(log, "[1.0] Kernel panic - not syncing: Oops\n");
	assert_int_equal(dump_info_write(&info, path, NULL), 0);
	free(log);
	free(vmcore);
	free(path);
}

static const struct dump *find(const struct dumps *dumps, const char *name)
{
	size_t i;

	for (i = 0; i < dumps->count; i++)
		if (!strcmp(dumps->list[i].name, name))
			return &dumps->list[i];
	fail_msg("there is no dump %s", name);
	return NULL;
}

static void assert_names(const char *expected)
{
	struct dumps dumps;
	char *names = strdup("");
	size_t i;

	assert_int_equal(dumps_read(&dumps, "dumps", NULL), 0);
	for (i = 0; i < dumps.count; i++) {
		char *more = format("%s%s ", names, dumps.list[i].name);

		assert_string_equal(dumps.list[i].path, "dumps");
		free(names);
		names = more;
	}
	assert_string_equal(names, expected);
	free(names);
	dumps_release(&dumps);
}

static void test_nothing(void **state)
{
	struct error error;
	struct dumps dumps;

	assert_int_equal(dumps_read(&dumps, "dumps", &error), -1);
	assert_int_equal(error.number, ENOENT);
	assert_string_equal(
		error.reason,
		"cannot read the dumps in dumps: No such file or directory");
	make_directory("dumps/lost+found");
	make_directory("dumps/notes");
	make_text("dumps/vmcore", "");
	make_text("dumps/.hidden/vmcore", "");
	make_text("dumps/pictures/vmcore.png", "");
	make_directory("dumps/odd/vmcore");
	assert_names("");
}

static void test_oldest_first(void **state)
{
	make_dump("c", "h", 100, true);
	make_dump("a", "h", 300, true);
	make_dump("b", "h", 200, false);
	make_dump("t.10", "h", 400, true);
	make_dump("t.9", "h", 400, true);
	assert_names("c b a t.9 t.10 ");
}

/* The dumps of both paths are one list. A path that cannot be read removes none. */
static void test_two_paths(void **state)
{
	struct error error;
	struct dumps dumps;

	make_dump("b", "h", 2, true);
	make_dump("../more/a", "h", 1, true);
	make_dump("../more/b", "h", 3, true);
	assert_int_equal(dumps_read(&dumps, "dumps", NULL), 0);
	assert_int_equal(dumps_add(&dumps, "more", NULL), 0);
	assert_int_equal(dumps_add(&dumps, "missing", &error), -1);
	assert_int_equal(error.number, ENOENT);
	assert_int_equal(dumps.count, 3);
	assert_string_equal(dumps.list[0].name, "a");
	assert_string_equal(dumps.list[0].path, "more");
	assert_string_equal(dumps.list[1].path, "dumps");
	assert_string_equal(dumps.list[2].name, "b");
	assert_string_equal(dumps.list[2].path, "more");
	dumps_release(&dumps);
}

/* A link could make a dump of files that are elsewhere. */
static void test_links(void **state)
{
	struct dumps dumps;

	make_dump("a", "h", 1, true);
	make_link("dumps/link", "a");
	make_directory("dumps/b");
	make_link("dumps/b/vmcore", "../a/vmcore");
	make_link("dumps/b/info.json", "../a/info.json");
	make_link("dumps/b/vmcore-dmesg.txt", "../a/vmcore-dmesg.txt");
	assert_names("a ");

	make_text("dumps/c/vmcore", "");
	make_link("dumps/c/info.json", "../a/info.json");
	assert_int_equal(dumps_read(&dumps, "dumps", NULL), 0);
	assert_false(find(&dumps, "c")->has_info);
	dumps_release(&dumps);
}

static void test_dumps_of_older_versions(void **state)
{
	struct dumps dumps;
	const struct dump *dump;

	make_text("dumps/my-host-2025-11-22-00:33:59/vmcore", "1234");
	make_text("dumps/my-host-2025-11-22-00:33:59/vmcore-dmesg.txt",
		  "[1.0] Kernel panic - not syncing: Oops\n");
	make_text("dumps/x-2025-11-22-00:33:59.2/vmcore-incomplete", "12");
	make_directory("dumps/x-2025-11-22-00:33:59.3");
	make_text("dumps/x-2025-11-22-00:33:59.3/info.json", "{}");
	make_text("dumps/other/vmcore", "");
	assert_int_equal(dumps_read(&dumps, "dumps", NULL), 0);
	assert_int_equal(dumps.count, 4);

	dump = find(&dumps, "my-host-2025-11-22-00:33:59");
	assert_false(dump->has_info);
	assert_true(dump->info.complete);
	assert_string_equal(dump->info.host, "my-host");
	assert_string_equal(dump->info.panic, "Oops");
	assert_int_equal(dump->info.time, 1763771639);
	assert_int_equal(dump->info.vmcore_bytes, 4);
	assert_int_equal(dump->info.kernel_log_bytes, 39);
	dump = find(&dumps, "x-2025-11-22-00:33:59.2");
	assert_false(dump->info.complete);
	assert_string_equal(dump->info.reason, "the vmcore was not finished");
	assert_int_equal(dump->info.vmcore_bytes, 2);
	dump = find(&dumps, "x-2025-11-22-00:33:59.3");
	assert_string_equal(dump->info.reason, "there is no vmcore");
	assert_int_equal(dump->info.time, 1763771639);
	/* The name contains no time, so the directory's time is used. */
	assert_null(find(&dumps, "other")->info.host);
	assert_int_not_equal(find(&dumps, "other")->info.time, 0);
	dumps_release(&dumps);
}

/* Without permission for one dump the others are listed. */
static void test_no_permission(void **state)
{
	struct dumps dumps;

	if (!geteuid())
		skip();
	make_dump("a", "h", 1, true);
	make_directory("dumps/b");
	assert_int_equal(chmod("dumps/b", 0), 0);
	assert_int_equal(dumps_read(&dumps, "dumps", NULL), 0);
	assert_int_equal(dumps.unreadable, 1);
	assert_int_equal(dumps.count, 1);
	assert_string_equal(dumps.list[0].name, "a");
	dumps_release(&dumps);
	assert_int_equal(chmod("dumps/b", 0700), 0);
	assert_int_equal(dumps_read(&dumps, "dumps", NULL), 0);
	assert_int_equal(dumps.unreadable, 0);
	dumps_release(&dumps);
}

static void assert_not_removed(const char *name, const char *expected)
{
	char *reason = format("cannot remove %s: %s", name, expected);
	struct error error;

	assert_int_equal(dumps_remove("dumps", name, &error), -1);
	assert_string_equal(error.reason, reason);
	free(reason);
}

static char *went;

static void note_removed(const char *name, const char *reason)
{
	char *more = format("%s%s%s ", went ?: "", name, reason ? "!" : "");

	free(went);
	went = more;
}

static void assert_keep(unsigned int keep, const char *newest,
			const char *removed, const char *left)
{
	dumps_keep("dumps", "h", keep, newest, note_removed);
	assert_string_equal(went ?: "", removed);
	free(went);
	went = NULL;
	assert_names(left);
}

/* The name and the time are known without permission. */
static void test_only_name(void **state)
{
	struct dumps dumps;

	if (!geteuid())
		skip();
	make_dump("my-host-2025-11-22-00:33:59", "h", 1, true);
	assert_int_equal(chmod("dumps/my-host-2025-11-22-00:33:59", 0), 0);
	assert_int_equal(dumps_read(&dumps, "dumps", NULL), 0);
	assert_int_equal(dumps.unreadable, 1);
	assert_int_equal(dumps.count, 1);
	assert_true(dumps.list[0].unreadable);
	assert_false(dumps.list[0].has_info);
	assert_string_equal(dumps.list[0].info.host, "my-host");
	assert_int_equal(dumps.list[0].info.time, 1763771639);
	assert_string_equal(dumps.list[0].info.reason, "only root can read it");
	dumps_release(&dumps);
	assert_not_removed("my-host-2025-11-22-00:33:59",
			   "cannot read my-host-2025-11-22-00:33:59: "
			   "Permission denied");
	assert_int_equal(chmod("dumps/my-host-2025-11-22-00:33:59", 0700), 0);
}

#define PLANTED "h-2030-01-01-00:00:00"

/* A directory that another user made, or may change, is not a dump. */
static void assert_planted_does_not_count(void)
{
	struct dump planted = { .path = "dumps", .name = PLANTED };
	struct dump_space space;
	struct error error;
	struct dumps dumps;

	assert_int_equal(dumps_read(&dumps, "dumps", NULL), 0);
	assert_int_equal(dumps.count, 2);
	assert_int_equal(dumps.untrusted, 1);
	assert_string_equal(dumps.list[1].name, "b");
	dumps_release(&dumps);
	assert_int_equal(dump_open_file(&planted, "vmcore", &error), -1);
	assert_int_equal(error.number, EPERM);
	assert_not_removed(
		PLANTED, PLANTED
		" is not a dump: other users than root own it or may write to it");
	assert_int_equal(dump_space_forecast(&space, "dumps", "h", 160, 5,
					     NULL),
			 0);
	assert_int_equal(space.estimate, 4);
	assert_keep(2, "b", "", "a b ");
	assert_true(is_there("dumps/" PLANTED "/vmcore"));
}

static void test_writable_by_others(void **state)
{
	static const mode_t modes[] = { 0720, 0702, 01777 };
	size_t i;

	make_dump("a", "h", 1, true);
	make_dump("b", "h", 2, true);
	make_dump(PLANTED, "h", 3, true);
	make_text("dumps/" PLANTED "/vmcore", "large vmcore");
	for (i = 0; i < ARRAY_SIZE(modes); i++) {
		assert_int_equal(chmod("dumps/" PLANTED, modes[i]), 0);
		assert_planted_does_not_count();
	}
	assert_int_equal(chmod("dumps/" PLANTED, 0755), 0);
	assert_names("a b " PLANTED " ");
}

static void test_other_owner(void **state)
{
	make_dump("a", "h", 1, true);
	make_dump("b", "h", 2, true);
	make_dump(PLANTED, "h", 3, true);
	make_text("dumps/" PLANTED "/vmcore", "large vmcore");
	if (geteuid() || chown("dumps/" PLANTED, 1, 1))
		skip();
	assert_planted_does_not_count();
}

static void test_open_file(void **state)
{
	struct dump dump = { .path = "dumps", .name = "a" };
	struct error error;
	int file;

	make_dump("a", "h", 1, true);
	make_link("dumps/a/notes", "vmcore");
	file = dump_open_file(&dump, "vmcore", NULL);
	assert_true(file >= 0);
	close(file);
	assert_int_equal(dump_open_file(&dump, "notes", &error), -1);
	assert_int_equal(error.number, ELOOP);
	assert_int_equal(dump_open_file(&dump, "missing", &error), -1);
	assert_string_equal(
		error.reason,
		"cannot read dumps/a/missing: No such file or directory");
	dump.path = "missing";
	assert_int_equal(dump_open_file(&dump, "vmcore", &error), -1);
	assert_string_equal(error.reason, "missing: No such file or directory");
	make_link("dumps/link", "a");
	dump = (struct dump) { .path = "dumps", .name = "link" };
	assert_int_equal(dump_open_file(&dump, "vmcore", &error), -1);
}

static void test_time_in_name(void **state)
{
	int64_t when;

	assert_true(dump_name_time("my-host-2025-11-22-00:33:59.2", &when));
	assert_int_equal(when, 1763771639);
	assert_true(dump_name_time("my-host-2025-11-22-00-33-59", &when));
	assert_int_equal(when, 1763771639);
	assert_false(dump_name_time("my-host", &when));
	assert_false(dump_name_time("2025-11-22-00:33:59", &when));
}

static void test_vmcore_gone(void **state)
{
	struct dumps dumps;

	make_dump("a", "h", 1, true);
	assert_int_equal(remove("dumps/a/vmcore"), 0);
	assert_int_equal(dumps_read(&dumps, "dumps", NULL), 0);
	assert_true(dumps.list[0].has_info);
	assert_false(dumps.list[0].info.complete);
	assert_string_equal(dumps.list[0].info.reason,
			    "the vmcore is no longer there");
	assert_int_equal(dumps.list[0].info.vmcore_bytes, 0);
	dumps_release(&dumps);
}

/* The capture was interrupted before or after it renamed the vmcore. */
static void test_interrupted(void **state)
{
	struct dumps dumps;

	make_dump("a", "h", 1, false);
	make_dump("b", "h", 2, false);
	assert_int_equal(rename("dumps/b/vmcore-incomplete", "dumps/b/vmcore"),
			 0);
	assert_int_equal(dumps_read(&dumps, "dumps", NULL), 0);
	assert_false(dumps.list[0].info.complete);
	assert_string_equal(dumps.list[0].info.reason, "interrupted");
	assert_int_equal(dumps.list[0].info.vmcore_bytes, 4);
	assert_true(dumps.list[1].info.complete);
	assert_null(dumps.list[1].info.reason);
	assert_int_equal(dumps.list[1].info.vmcore_bytes, 4);
	dumps_release(&dumps);
}

static void test_remove(void **state)
{
	make_dump("a", "h", 1, true);
	make_dump("b", "h", 2, false);
	make_text("dumps/b/info.json.part", "{");
	make_text("elsewhere", "");
	make_link("dumps/b/vmcore", "../../elsewhere");
	assert_int_equal(dumps_remove("dumps", "b", NULL), 0);
	assert_false(is_there("dumps/b"));
	assert_true(is_there("elsewhere"));
	assert_names("a ");
	assert_int_equal(dumps_remove("dumps", "a", NULL), 0);
	assert_names("");
	assert_true(is_there("dumps"));
}

static void test_not_removed(void **state)
{
	static const char *const names[] = {
		"",	      ".",	"..",	      "/",     "b",
		"a/",	      "./a",	"../dumps/a", "link",  "lost+found",
		"../outside", "a/../a", ".hidden",    "notes", "file",
	};
	struct error error;
	size_t i;

	make_dump("a", "h", 1, true);
	make_text("outside/vmcore", "");
	make_text("dumps/lost+found/file", "");
	make_text("dumps/.hidden/vmcore", "");
	make_directory("dumps/notes");
	make_text("dumps/file", "");
	make_link("dumps/link", "a");
	for (i = 0; i < ARRAY_SIZE(names); i++)
		assert_not_removed(names[i], "there is no such dump");
	assert_true(is_there("outside/vmcore"));
	assert_true(is_there("dumps/.hidden/vmcore"));
	assert_true(is_there("dumps/a/vmcore"));

	make_text("dumps/a/notes", "mine");
	assert_not_removed(
		"a",
		"it also contains notes, which is not part of a dump: move that away first");
	assert_true(is_there("dumps/a/vmcore"));
	assert_true(is_there("dumps/a/info.json"));
	assert_int_equal(remove("dumps/a/notes"), 0);
	make_text("dumps/a/vmcore-incomplete/file", "");
	assert_not_removed(
		"a",
		"it also contains vmcore-incomplete, which is not part of a dump: move that away first");
	assert_true(is_there("dumps/a/vmcore"));

	assert_int_equal(dumps_remove("missing", "a", &error), -1);
	assert_string_equal(
		error.reason,
		"cannot remove a: missing: No such file or directory");
}

/* A dump without permission does not prevent the removal of another one. */
static void test_remove_beside_no_permission(void **state)
{
	if (!geteuid())
		skip();
	make_dump("a", "h", 1, true);
	make_dump("b", "h", 2, true);
	assert_int_equal(chmod("dumps/b", 0), 0);
	assert_not_removed("b", "cannot read b: Permission denied");
	assert_int_equal(dumps_remove("dumps", "a", NULL), 0);
	assert_int_equal(chmod("dumps/b", 0700), 0);
	assert_names("b ");
}

static void test_keep(void **state)
{
	make_dump("a", "h", 1, true);
	make_dump("b", "h", 2, false);
	make_dump("c", "other", 3, true);
	make_dump("d", "h", 4, true);
	make_dump("e", "h", 5, true);
	make_text("dumps/h-1971-01-01-00:00:00/vmcore", "");
	assert_keep(4, "e", "", "a b c d e h-1971-01-01-00:00:00 ");
	assert_keep(3, "e", "", "a b c d e h-1971-01-01-00:00:00 ");
	/* Incomplete dumps, other machines' dumps and unknown ones stay. */
	assert_keep(2, "e", "a ", "b c d e h-1971-01-01-00:00:00 ");
	assert_keep(1, "e", "d ", "b c e h-1971-01-01-00:00:00 ");
}

/* The clock was set back, so the newest dump has the oldest time. */
static void test_keep_newest(void **state)
{
	make_dump("a", "h", 100, true);
	make_dump("b", "h", 200, true);
	make_dump("new", "h", 1, true);
	assert_keep(1, "new", "a b ", "new ");
}

/* If a dump cannot be removed, no newer dump is removed instead. */
static void test_keep_fails(void **state)
{
	make_dump("a", "h", 1, true);
	make_dump("b", "h", 2, true);
	make_dump("c", "h", 3, true);
	make_text("dumps/a/notes", "mine");
	assert_keep(2, "c", "a! ", "a b c ");
}

static unsigned int percent;

static struct dump_space forecast(int64_t memory_bytes)
{
	struct dump_space space;

	make_directory("dumps");
	assert_int_equal(dump_space_forecast(&space, "dumps", "h", memory_bytes,
					     percent, NULL),
			 0);
	return space;
}

/* The largest complete vmcore of this host, or a part of the memory. */
static void test_estimate(void **state)
{
	assert_int_equal(forecast(80).estimate, 10);
	make_dump("a", "h", 1, false);
	make_dump("b", "other", 2, true);
	make_text("dumps/h-1971-01-01-00:00:00/vmcore", "core");
	make_text("dumps/a/vmcore-incomplete", "0123456789");
	assert_int_equal(forecast(80).estimate, 10);
	make_dump("c", "h", 3, true);
	assert_int_equal(forecast(80).estimate, 4);
	make_dump("d", "h", 4, true);
	make_text("dumps/c/vmcore", "0123456");
	assert_int_equal(forecast(80).estimate, 7);
}

static void assert_described(int64_t memory_bytes, const char *expected)
{
	struct dump_space space = forecast(memory_bytes);
	char *text = dump_space_describe(&space);

	assert_string_equal(text, expected);
	free(text);
}

static void test_describe(void **state)
{
	assert_described(
		80 << 20,
		"a dump may need 10 MiB (a forecast, an eighth of the memory, as there is no earlier dump)");
	make_dump("a", "h", 1, true);
	assert_int_equal(truncate("dumps/a/vmcore", 3 << 20), 0);
	assert_described(80 << 20,
			 "a dump may need 3 MiB (as the largest one there)");
}

static void test_reserve(void **state)
{
	filesystem.f_bavail = 0;
	assert_int_equal(forecast(160).reserve, 0);
	filesystem.f_bavail = 1600;
	assert_int_equal(forecast(160).reserve, 100);
	filesystem.f_bavail = 1LL << 40;
	assert_int_equal(forecast(160).reserve, 32 << 20);
}

static void test_percent(void **state)
{
	filesystem = (struct statfs) {
		.f_frsize = 1,
		.f_blocks = 100LL << 30,
		.f_bavail = 50LL << 30,
	};
	percent = 5;
	assert_true(forecast(160).reserve == 5LL << 30);
	assert_true(forecast(160).wanted == 5LL << 30);
	/* If less is free, a part of that is for the vmcore. */
	filesystem.f_bavail = 4LL << 30;
	assert_true(forecast(160).reserve == (4LL << 30) - (256 << 20));
	assert_true(forecast(160).wanted == 5LL << 30);
	/* The first dump may use more if it needs that, but not all. */
	filesystem.f_bavail = 8LL << 30;
	assert_true(forecast(8 * (3LL << 30)).reserve == 5LL << 30);
	assert_true(forecast(8 * (4LL << 30)).reserve == 4LL << 30);
	assert_true(forecast(8 * (4LL << 30)).enough);
	assert_true(forecast(8 * (8LL << 30)).reserve == 5LL << 30);
	assert_false(forecast(8 * (8LL << 30)).enough);
	make_dump("a", "h", 1, true);
	assert_int_equal(truncate("dumps/a/vmcore", 4LL << 30), 0);
	assert_true(forecast(160).reserve == 5LL << 30);
	assert_false(forecast(160).enough);
	assert_int_equal(dumps_remove("dumps", "a", NULL), 0);
	filesystem.f_bavail = 4LL << 30;
	percent = 0;
	assert_true(forecast(160).reserve == 32 << 20);
	memset(&filesystem, 0, sizeof(filesystem));
	filesystem.f_frsize = 1;
}

static int64_t gain; /* of free bytes, by each removal */

static void note_room(const char *name, const char *reason)
{
	note_removed(name, reason);
	filesystem.f_bavail += gain;
}

static void assert_room(int64_t needed, const char *removed, const char *left)
{
	filesystem.f_bavail = 0;
	dumps_make_room("dumps", "h", "new", needed, note_room);
	assert_string_equal(went ?: "", removed);
	free(went);
	went = NULL;
	assert_names(left);
}

/* Partial dumps lose their vmcore first. The first and the newest dump stay. */
static void test_make_room(void **state)
{
	make_dump("a", "h", 1, true);
	make_dump("b", "h", 2, true);
	make_dump("c", "h", 3, false);
	make_dump("d", "other", 4, true);
	make_dump("e", "h", 5, true);
	make_dump("new", "h", 6, false);
	make_text("dumps/c/vmcore-incomplete", "0123");
	make_text("dumps/c/vmcore-dmesg.txt", "log");
	make_text("dumps/new/vmcore-incomplete", "0123");

	gain = 1;
	assert_room(0, "", "a b c d e new ");
	assert_room(1, "c! ", "a b c d e new ");
	assert_false(is_there("dumps/c/vmcore-incomplete"));
	assert_true(is_there("dumps/c/vmcore-dmesg.txt"));
	assert_room(1, "b ", "a c d e new ");
	assert_room(100, "e ", "a c d new ");
	assert_room(100, "", "a c d new ");
	assert_true(is_there("dumps/new/vmcore-incomplete"));
	filesystem.f_bavail = 0;
}

static void test_space(void **state)
{
	struct dump_space space;
	struct error error;

	filesystem = (struct statfs) {
		.f_type = EXT4_SUPER_MAGIC,
		.f_bsize = 1,
		.f_frsize = 4096,
		.f_bfree = 1000,
		.f_bavail = 160,
	};
	space = forecast(8LL * 150 * 4096);
	assert_int_equal(space.free, 160 * 4096);
	assert_int_equal(space.only_root, 840 * 4096);
	assert_int_equal(space.reserve, 10 * 4096);
	assert_int_equal(space.estimate, 150 * 4096);
	assert_true(space.enough);
	/* What root may use and what must stay free is not for the vmcore. */
	assert_false(forecast(8LL * (150 * 4096 + 1)).enough);

	filesystem.f_type = XFS_SUPER_MAGIC;
	space = forecast(160);
	assert_int_equal(space.free, 160 * 4096);
	assert_int_equal(space.only_root, 0);

	assert_int_equal(dump_space_forecast(&space, "missing", "h", 1, 5,
					     &error),
			 -1);
	assert_int_equal(error.number, ENOENT);
	assert_string_equal(error.reason, "missing: No such file or directory");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		scratch_test(test_nothing),
		scratch_test(test_oldest_first),
		scratch_test(test_two_paths),
		scratch_test(test_links),
		scratch_test(test_dumps_of_older_versions),
		scratch_test(test_no_permission),
		scratch_test(test_only_name),
		scratch_test(test_writable_by_others),
		scratch_test(test_other_owner),
		scratch_test(test_open_file),
		scratch_test(test_time_in_name),
		scratch_test(test_vmcore_gone),
		scratch_test(test_interrupted),
		scratch_test(test_remove),
		scratch_test(test_not_removed),
		scratch_test(test_remove_beside_no_permission),
		scratch_test(test_keep),
		scratch_test(test_keep_newest),
		scratch_test(test_keep_fails),
		scratch_test(test_estimate),
		scratch_test(test_describe),
		scratch_test(test_reserve),
		scratch_test(test_percent),
		scratch_test(test_make_room),
		scratch_test(test_space),
	};

	return cmocka_run_group_tests_name("dumps", tests, NULL, NULL);
}
