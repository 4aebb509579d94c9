// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>

#include "tests/unit/scratch.h"
#include "tool/setup/change_record.h"
#include "tool/setup/recorded_options.h"
#include "tool/setup/service_file.h"

#define HEAD                                                                     \
	"# Written by kdump-crypt setup; kdump-crypt setup --undo removes it.\n" \
	"[Unit]\n"
#define COMMANDS(options)                                                          \
	"\n\n[Service]\nExecStart=\nExecStart=:/usr/sbin/kdump-crypt load" options \
	" --unless-armed"

static void assert_content(const char *const *names, size_t count,
			   const char *path, const char *config,
			   const char *expected)
{
	struct text_list paths = {};
	char *content;
	size_t i;

	for (i = 0; i < count; i++)
		text_list_add(&paths, names[i]);
	content = service_file_content(&paths, path, config);
	assert_string_equal(content, expected);
	free(content);
	text_list_release(&paths);
}

static void test_mounts(void **state)
{
	static const char *const paths[] = { "/var/crash", "/mnt/a b", "/c" };

	assert_content(paths, 1, NULL, NULL,
		       HEAD "RequiresMountsFor=\"/var/crash\"");
	assert_content(paths, 2, NULL, NULL,
		       HEAD "RequiresMountsFor=\"/var/crash\"\n"
			    "WantsMountsFor=\"/mnt/a b\"");
	assert_content(paths, 3, NULL, NULL,
		       HEAD "RequiresMountsFor=\"/var/crash\"\n"
			    "WantsMountsFor=\"/mnt/a b\" \"/c\"");
}

static void test_options(void **state)
{
	static const char *const paths[] = { "/a" };

	assert_content(paths, 1, "/a", NULL,
		       HEAD
		       "RequiresMountsFor=\"/a\"" COMMANDS(" --path \"/a\""));
	assert_content(paths, 1, NULL, "/etc/b",
		       HEAD "RequiresMountsFor=\"/a\"" COMMANDS(
			       " --config \"/etc/b\""));
	assert_content(paths, 1, "/a", "/etc/b",
		       HEAD "RequiresMountsFor=\"/a\"" COMMANDS(
			       " --path \"/a\" --config \"/etc/b\""));
}

static void test_what_is_special(void **state)
{
	static const char *const paths[] = { "/100%/\"x\"\\$y" };

	assert_content(paths, 1, paths[0], NULL,
		       HEAD
		       "RequiresMountsFor=\"/100%%/\\\"x\\\"\\\\$y\"" COMMANDS(
			       " --path \"/100%%/\\\"x\\\"\\\\$y\""));
}

static void assert_recorded(const struct changes *recorded, const char *path,
			    const char *config)
{
	char *found_path, *found_config;

	service_file_recorded_options(recorded, &found_path, &found_config);
	assert_string_equal(found_path ?: "none", path ?: "none");
	assert_string_equal(found_config ?: "none", config ?: "none");
	free(found_path);
	free(found_config);
}

/* Put the content for these options into a record, and read it from there. */
static void assert_kept(const char *path, const char *config)
{
	struct text_list paths = {};
	struct changes recorded = {};
	struct change change = {
		.kind = CHANGE_FILE,
		.name = SERVICE_DIRECTORY "/" SERVICE_FILE,
	};

	text_list_add(&paths, path ?: "/var/crash");
	change.content = service_file_content(&paths, path, config);
	changes_put(&recorded, &change);
	assert_recorded(&recorded, path, config);
	changes_release(&recorded);
	free(change.content);
	text_list_release(&paths);
}

static void test_options_are_recorded(void **state)
{
	const struct changes nothing = {};

	assert_recorded(&nothing, NULL, NULL);
	assert_kept(NULL, NULL);
	assert_kept("/srv/dumps", NULL);
	assert_kept(NULL, "/etc/b");
	assert_kept("/srv/dumps", "/etc/b");
	assert_kept("/100%/\"x\"\\$y --config \"/z\"", "/a b\\");
}

/* As version 0.1 wrote it, without what is not needed here. */
static void test_record_of_a_released_version(void **state)
{
	struct recorded_options options;
	struct changes recorded;

	make_text(
		"setup.json",
		"{ \"format\": 1, \"changes\": [\n"
		"{ \"kind\": \"service\", \"name\": \"kdump-crypt.service\", \"finished\": true },\n"
		"{ \"kind\": \"file\", \"name\": \"\\/etc\\/systemd\\/system\\/kdump-crypt.service.d\\/setup.conf\",\n"
		"\"content\": \"[Unit]\\nRequiresMountsFor=\\\"/srv/dumps\\\"\\n\\n[Service]\\n"
		"ExecStartPre=\\nExecStartPre=-:/usr/sbin/kdump-crypt list --new --path \\\"/srv/dumps\\\"\\n"
		"ExecStart=\\nExecStart=:/usr/sbin/kdump-crypt load --path \\\"/srv/dumps\\\"\",\n"
		"\"follow_up\": \"daemon-reload\", \"finished\": true } ] }");
	assert_int_equal(change_record_read(&recorded, "setup.json", NULL), 0);
	assert_recorded(&recorded, "/srv/dumps", NULL);
	changes_release(&recorded);
	assert_int_equal(recorded_options_read(&options, "setup.json", NULL),
			 0);
	assert_string_equal(options.path, "/srv/dumps");
	assert_null(options.config);
	recorded_options_release(&options);
}

static void assert_applied(const char *path, const char *config,
			   const char *expected_path,
			   const char *expected_config)
{
	struct recorded_options recorded = { (char *)"/set/up",
					     (char *)"/set/up.conf" };

	recorded_options_apply(&recorded, &path, &config);
	if (expected_path)
		assert_string_equal(path, expected_path);
	else
		assert_null(path);
	assert_string_equal(config, expected_config);
}

static void test_recorded_options_are_applied(void **state)
{
	assert_applied(NULL, NULL, "/set/up", "/set/up.conf");
	assert_applied("/x", NULL, "/x", "/set/up.conf");
	assert_applied(NULL, "/y", NULL, "/y");
	assert_applied("/x", "/y", "/x", "/y");
}

static void test_record_cannot_be_read(void **state)
{
	struct recorded_options recorded;
	struct error error;

	assert_int_equal(recorded_options_read(&recorded, "missing", NULL), 0);
	assert_null(recorded.path);
	recorded_options_release(&recorded);
	make_text("setup.json", "{}");
	assert_int_equal(recorded_options_read(&recorded, "setup.json", &error),
			 -1);
	assert_int_equal(error.number, EINVAL);
	assert_null(recorded.path);
	recorded_options_release(&recorded);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mounts),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_what_is_special),
		cmocka_unit_test(test_options_are_recorded),
		scratch_test(test_record_of_a_released_version),
		cmocka_unit_test(test_recorded_options_are_applied),
		scratch_test(test_record_cannot_be_read),
	};

	return cmocka_run_group_tests_name("service_file", tests, NULL, NULL);
}
