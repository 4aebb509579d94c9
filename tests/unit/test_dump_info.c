// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/dump_info.h"
#include "tests/unit/scratch.h"

static struct dump_info full_info(void)
{
	struct dump_info info = {
		.host = strdup("host"),
		.version = strdup("0.1"),
		.kernel = strdup("6.12.1-amd64"),
		.panic = strdup("sysrq triggered crash"),
		.collector = strdup("makedumpfile -z -d 31"),
		.time = 1763771639,
		.memory_bytes = 2147483648,
		.kernel_log_bytes = 34567,
		.vmcore_bytes = 5LL << 40,
		.keys = DUMP_KEYS_HIDDEN,
		.hidden_pages = 3,
		.unreadable_pages = 2,
		.reason = strdup("the filesystem is full"),
	};

	dump_info_add_step(&info, "start", 7.625);
	dump_info_add_step(&info, "vmcore", 12);
	return info;
}

static char *text_of(const struct dump_info *info)
{
	json_object *root = dump_info_to_json(info);
	char *text = strdup(json_object_to_json_string(root));

	json_object_put(root);
	return text;
}

static void assert_same_text(const char *a, const char *b)
{
	if (a && b)
		assert_string_equal(a, b);
	else
		assert_ptr_equal(a, b);
}

static void assert_same(const struct dump_info *a, const struct dump_info *b)
{
	size_t i;

	assert_same_text(a->host, b->host);
	assert_same_text(a->version, b->version);
	assert_same_text(a->kernel, b->kernel);
	assert_same_text(a->panic, b->panic);
	assert_same_text(a->collector, b->collector);
	assert_same_text(a->reason, b->reason);
	assert_int_equal(a->time, b->time);
	assert_int_equal(a->memory_bytes, b->memory_bytes);
	assert_int_equal(a->kernel_log_bytes, b->kernel_log_bytes);
	assert_int_equal(a->vmcore_bytes, b->vmcore_bytes);
	assert_int_equal(a->keys, b->keys);
	assert_int_equal(a->hidden_pages, b->hidden_pages);
	assert_int_equal(a->unreadable_pages, b->unreadable_pages);
	assert_int_equal(a->complete, b->complete);
	assert_int_equal(a->step_count, b->step_count);
	for (i = 0; i < a->step_count; i++) {
		assert_string_equal(a->steps[i].name, b->steps[i].name);
		assert_float_equal(a->steps[i].seconds, b->steps[i].seconds,
				   0.006);
	}
}

static void assert_survives(const struct dump_info *info)
{
	struct dump_info copy;
	char *text = text_of(info);

	memset(&copy, 0xa5, sizeof(copy));
	assert_int_equal(dump_info_from_json(&copy, text, NULL), 0);
	assert_same(&copy, info);
	dump_info_release(&copy);
	free(text);
}

static void test_round_trip(void **state)
{
	struct dump_info info = full_info();

	assert_float_equal(dump_info_seconds(&info), 19.625, 0.001);
	assert_survives(&info);
	dump_info_release(&info);
}

static void test_least(void **state)
{
	struct dump_info info = {
		.host = "",
		.version = "",
		.complete = true,
	};

	assert_survives(&info);
}

/* Other programs read this format. */
static void test_form(void **state)
{
	struct dump_info info = full_info();
	char *text = text_of(&info);

	assert_non_null(strstr(text, "\"format\": 1,"));
	assert_non_null(strstr(text, "\"time\": \"2025-11-22T00:33:59Z\","));
	assert_non_null(strstr(text, "\"complete\": false,"));
	assert_non_null(
		strstr(text, "{ \"name\": \"start\", \"seconds\": 7.62 }"));
	free(text);
	dump_info_release(&info);
}

static void assert_refused_with(const char *name, const char *value)
{
	struct dump_info info = full_info(), copy;
	static const struct dump_info empty;
	json_object *root = dump_info_to_json(&info);
	struct error error = {};

	json_object_object_del(root, name);
	if (value)
		json_object_object_add(root, name, json_tokener_parse(value));
	memset(&copy, 0xa5, sizeof(copy));
	if (!dump_info_from_json(&copy, json_object_to_json_string(root),
				 &error))
		fail_msg("accepted: %s %s", name, value ?: "missing");
	if (!strstr(error.reason, name))
		fail_msg("%s does not name %s", error.reason, name);
	assert_int_equal(error.number, EINVAL);
	assert_memory_equal(&copy, &empty, sizeof(copy));
	json_object_put(root);
	dump_info_release(&info);
}

/* Dumps of older versions lack these fields. */
static void test_keys(void **state)
{
	struct dump_info info = full_info();
	char *text;

	info.keys = DUMP_KEYS_EXPOSED;
	assert_survives(&info);
	info.keys = DUMP_KEYS_UNKNOWN;
	info.hidden_pages = 0;
	info.unreadable_pages = 0;
	assert_survives(&info);
	text = text_of(&info);
	assert_null(strstr(text, "keys_hidden"));
	assert_null(strstr(text, "hidden_pages"));
	assert_null(strstr(text, "unreadable_pages"));
	free(text);
	dump_info_release(&info);

	assert_refused_with("keys_hidden", "\"yes\"");
	assert_refused_with("hidden_pages", NULL);
	assert_refused_with("hidden_pages", "-1");
	assert_refused_with("hidden_pages", "true");
	assert_refused_with("unreadable_pages", "-1");
	assert_refused_with("unreadable_pages", "true");
}

static void test_refused(void **state)
{
	static const char *const needed[] = {
		"format",   "host",	    "version",		"time",
		"complete", "memory_bytes", "kernel_log_bytes", "vmcore_bytes",
		"steps",
	};
	static const char *const texts[] = { "", "null", "1", "[]", "{}", "{" };
	struct dump_info info;
	struct error error;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(needed); i++) {
		assert_refused_with(needed[i], NULL);
		assert_refused_with(needed[i], "null");
		assert_refused_with(needed[i], "{}");
	}
	assert_refused_with("format", "2");
	assert_refused_with("time", "\"yesterday\"");
	assert_refused_with("time", "\"2025-11-22T00:33:59Z!\"");
	assert_refused_with("vmcore_bytes", "-1");
	assert_refused_with("steps", "[1]");
	assert_refused_with("steps", "[null]");
	assert_refused_with("steps", "[{\"name\": \"a\"}]");
	assert_refused_with("steps", "[{\"name\": 1, \"seconds\": 1.5}]");
	assert_refused_with("steps", "[{\"name\": \"a\", \"seconds\": NaN}]");
	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		assert_int_equal(dump_info_from_json(&info, texts[i], &error),
				 -1);
		assert_int_equal(error.number, EINVAL);
	}
}

static void read_back(struct dump_info *info)
{
	json_object *root = json_object_from_file("dump/info.json");

	assert_non_null(root);
	assert_int_equal(dump_info_from_json(info,
					     json_object_to_json_string(root),
					     NULL),
			 0);
	json_object_put(root);
}

static void test_write(void **state)
{
	struct dump_info info = full_info(), copy;
	struct stat status;

	make_directory("dump");
	assert_int_equal(dump_info_write(&info, "dump", NULL), 0);
	read_back(&copy);
	assert_same(&copy, &info);
	dump_info_release(&copy);

	/* Replace the first file, and one that an interrupted write left. */
	make_text("elsewhere", "");
	make_link("dump/info.json.part", "../elsewhere");
	info.vmcore_bytes = 1;
	assert_int_equal(dump_info_write(&info, "dump", NULL), 0);
	read_back(&copy);
	assert_same(&copy, &info);
	dump_info_release(&copy);
	assert_false(is_there("dump/info.json.part"));
	assert_int_equal(stat("dump/info.json", &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	assert_int_equal(stat("elsewhere", &status), 0);
	assert_int_equal(status.st_size, 0);
	dump_info_release(&info);
}

static void test_write_fails(void **state)
{
	struct dump_info info = full_info();
	struct error error;

	assert_int_equal(dump_info_write(&info, "missing", &error), -1);
	assert_int_equal(error.number, ENOENT);
	assert_string_equal(error.reason,
			    "cannot open missing: No such file or directory");
	/* The name belongs to a directory. No other file stays. */
	make_text("dump/info.json/file", "");
	assert_int_equal(dump_info_write(&info, "dump", &error), -1);
	assert_string_equal(error.reason,
			    "cannot write dump/info.json: Is a directory");
	assert_false(is_there("dump/info.json.part"));
	dump_info_release(&info);
}

static char *panic_in(const char *text)
{
	FILE *log = fmemopen((char *)text, strlen(text), "r");
	char *panic;

	assert_non_null(log);
	panic = dump_info_find_panic(log);
	fclose(log);
	return panic;
}

static void assert_panic(const char *text, const char *expected)
{
	char *panic = panic_in(text);

	assert_same_text(panic, expected);
	free(panic);
}

static void test_panic(void **state)
{
	assert_panic("[    1.0] Linux version 6.12\n", NULL);
	assert_panic(
		"[   58.2] [    T236] Kernel panic - not syncing: sysrq triggered crash\n",
		"sysrq triggered crash");
	assert_panic("[1.0] Kernel panic - not syncing: no line end",
		     "no line end");
	/* A program wrote such a line into the log before the kernel. */
	assert_panic(
		"[1.0] Kernel panic - not syncing: a joke\n"
		"[2.0] Kernel panic - not syncing: Fatal exception\n"
		"[2.1] more\n"
		"[2.2] ---[ end Kernel panic - not syncing: Fatal exception ]---\n",
		"Fatal exception");
	assert_panic("[1.0] Kernel panic - not syncing: \033[2Jred\303\244\n",
		     "?[2Jred??");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip), cmocka_unit_test(test_least),
		cmocka_unit_test(test_form),	   cmocka_unit_test(test_keys),
		cmocka_unit_test(test_refused),	   scratch_test(test_write),
		scratch_test(test_write_fails),	   cmocka_unit_test(test_panic),
	};

	return cmocka_run_group_tests_name("dump_info", tests, NULL, NULL);
}
