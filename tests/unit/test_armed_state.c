// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/scratch.h"
#include "tool/arm/armed_state.h"
#include "tool/kexec/crash_kernel.h"

#define RECORD "run/kdump-crypt/armed.json"

/* In place of the one that asks the kernel. */
static long long loads = -1;

long long crash_kernel_loads(void)
{
	return loads;
}

static int write_record(const char *path, struct error *error)
{
	struct armed_state state = {
		.path = (char *)path,
		.kernel = (char *)"6.12",
		.loads = loads,
	};

	return armed_state_stage(&state, error) ?: armed_state_commit(error);
}

static void assert_path(const char *path)
{
	struct armed_state state;

	assert_int_equal(armed_state_read(&state, NULL), 0);
	assert_string_equal(state.path, path);
	armed_state_release(&state);
}

/* Whoever reads it meanwhile reads the old record or the new one. */
static void test_replaced_at_once(void **state)
{
	char text[100] = "";
	struct stat status;
	int old;

	make_directory("run/kdump-crypt");
	umask(022);
	assert_int_equal(write_record("/old", NULL), 0);
	assert_path("/old");
	assert_int_equal(stat(RECORD, &status), 0);
	assert_int_equal(status.st_mode, S_IFREG | 0644);

	old = open(RECORD, O_RDONLY);
	assert_int_equal(write_record("/new", NULL), 0);
	assert_path("/new");
	assert_in_range(read(old, text, sizeof(text) - 1), 10, 99);
	assert_non_null(strstr(text, "old"));
	close(old);
}

static void test_fields(void **state)
{
	struct armed_state armed = {
		.path = (char *)"/p",
		.kernel = (char *)"6.12",
		.kernel_file = (char *)"/k",
		.initramfs_file = (char *)"/i",
		.command_line = (char *)"quiet",
		.command = (char *)"kdump-crypt load",
		.unit = (char *)"a.service",
		.needed = 96LL << 20,
		.time = 1796000000,
		.pid = 77,
	};

	make_directory("run/kdump-crypt");
	assert_int_equal(armed_state_stage(&armed, NULL), 0);
	assert_int_equal(armed_state_commit(NULL), 0);
	memset(&armed, 0, sizeof(armed));
	assert_int_equal(armed_state_read(&armed, NULL), 0);
	assert_string_equal(armed.kernel_file, "/k");
	assert_string_equal(armed.initramfs_file, "/i");
	assert_string_equal(armed.command_line, "quiet");
	assert_string_equal(armed.command, "kdump-crypt load");
	assert_string_equal(armed.unit, "a.service");
	assert_null(armed.initramfs);
	assert_int_equal(armed.needed, 96LL << 20);
	assert_int_equal(armed.time, 1796000000);
	assert_int_equal(armed.pid, 77);
	armed_state_release(&armed);
}

static void test_targets(void **state)
{
	struct armed_state armed = { .path = (char *)"/p",
				     .kernel = (char *)"6.12" };
	struct armed_target targets[] = {
		{ .path = (char *)"/p",
		  .given_path = (char *)"/link",
		  .filesystem_uuid = (char *)"one",
		  .filesystem_device = (char *)"/dev/dm-0" },
		{ .path = (char *)"/q",
		  .filesystem_uuid = (char *)"two",
		  .filesystem_device = (char *)"/dev/sda" },
	};
	struct text_list layers = {}, uuids = {};
	char *joined;

	text_list_add(&targets[0].below, "raid 1");
	text_list_add(&targets[0].below, "disk a");
	text_list_add(&targets[1].below, "disk a");
	text_list_add(&targets[1].below, "disk b");
	armed.targets = targets;
	armed.target_count = 2;
	make_directory("run/kdump-crypt");
	assert_int_equal(armed_state_stage(&armed, NULL), 0);
	assert_int_equal(armed_state_commit(NULL), 0);
	text_list_release(&targets[0].below);
	text_list_release(&targets[1].below);

	assert_int_equal(armed_state_read(&armed, NULL), 0);
	assert_int_equal(armed.target_count, 2);
	assert_string_equal(armed.targets[0].given_path, "/link");
	assert_string_equal(armed.targets[0].filesystem_device, "/dev/dm-0");
	assert_string_equal(armed.targets[1].path, "/q");
	assert_null(armed.targets[1].given_path);
	armed_state_filesystems(&uuids, &armed);
	joined = text_list_join(&uuids, " ");
	assert_string_equal(joined, "one two");
	free(joined);
	armed_state_layers(&layers, &armed);
	joined = text_list_join(&layers, ", ");
	assert_string_equal(joined, "raid 1, disk a, disk b");
	free(joined);
	text_list_release(&uuids);
	text_list_release(&layers);
	armed_state_release(&armed);
}

static void test_record_of_older_version(void **state)
{
	struct armed_state armed;

	make_text(RECORD, "{\"path\":\"/p\",\"kernel\":\"6.12\"}");
	assert_int_equal(armed_state_read(&armed, NULL), 0);
	assert_int_equal(armed.needed, 0);
	assert_int_equal(armed.time, 0);
	assert_null(armed.command);
	assert_int_equal(armed.target_count, 0);
	armed_state_release(&armed);
}

/* The limit stands for a full disk. */
static void test_cannot_write(void **state)
{
	struct rlimit limit, none;
	struct error error;

	make_directory("run/kdump-crypt");
	assert_int_equal(write_record("/old", NULL), 0);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	none = limit;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	assert_int_equal(write_record("/new", &error), -1);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_int_equal(error.number, EFBIG);
	assert_string_equal(error.reason,
			    "cannot write " RECORD ".new: File too large");
	assert_path("/old");
}

/* Until the load has succeeded, the record is that of what is loaded. */
static void test_failed_load(void **state)
{
	struct armed_state new = { .path = (char *)"/new",
				   .kernel = (char *)"6.12" };

	make_directory("run/kdump-crypt");
	assert_int_equal(write_record("/old", NULL), 0);
	assert_int_equal(armed_state_stage(&new, NULL), 0);
	assert_path("/old");
	armed_state_discard();
	assert_path("/old");
	assert_int_equal(armed_state_commit(NULL), -1);
	assert_path("/old");
}

/* What the program left that was killed tells what is loaded. */
static void test_killed(void **state)
{
	struct armed_state new = { .path = (char *)"/new",
				   .kernel = (char *)"6.12",
				   .loads = 8 };

	make_directory("run/kdump-crypt");
	loads = 7;
	assert_int_equal(write_record("/old", NULL), 0);
	assert_int_equal(armed_state_stage(&new, NULL), 0);
	/* Killed before the load, and after it. */
	assert_path("/old");
	loads = 8;
	assert_path("/new");
	/* Another program has loaded one since. */
	loads = 9;
	assert_path("/old");

	assert_int_equal(armed_state_remove(NULL), 0);
	loads = 8;
	assert_int_equal(armed_state_read(&new, NULL), -1);
	loads = -1;
}

static void test_kept(void **state)
{
	struct armed_state armed = { .path = (char *)"/a",
				     .kernel = (char *)"6.12" };
	struct text_list kept = {};

	make_directory("run/kdump-crypt");
	text_list_add(&armed.luks_uuids, "one");
	text_list_add(&armed.hidden_luks_uuids, "two");
	assert_int_equal(armed_state_stage(&armed, NULL), 0);
	assert_int_equal(armed_state_commit(NULL), 0);
	text_list_release(&armed.luks_uuids);
	text_list_release(&armed.hidden_luks_uuids);
	assert_int_equal(armed_state_keep(NULL), 0);
	assert_int_equal(armed_state_read(&armed, NULL), -1);
	armed_state_read_kept(&kept);
	assert_int_equal(kept.count, 2);
	text_list_release(&kept);
	armed_state_forget_kept();
	armed_state_read_kept(&kept);
	assert_int_equal(kept.count, 0);
	/* Without a record there is nothing to keep. */
	assert_int_equal(armed_state_keep(NULL), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		scratch_test(test_replaced_at_once),
		scratch_test(test_fields),
		scratch_test(test_targets),
		scratch_test(test_record_of_older_version),
		scratch_test(test_failed_load),
		scratch_test(test_killed),
		scratch_test(test_kept),
		scratch_test(test_cannot_write),
	};

	return cmocka_run_group_tests_name("armed_state", tests, NULL, NULL);
}
