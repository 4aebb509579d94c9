// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "tests/unit/scratch.h"
#include "tool/host/config_directives.h"
#include "tool/host/config_file.h"

static struct config config;

static int set_up(void **state)
{
	config_init(&config);
	return scratch_make(state);
}

static int tear_down(void **state)
{
	config_release(&config);
	return scratch_remove(state);
}

/* Return the warnings, one per line, or NULL. The caller frees them. */
static char *read_with_warnings(const char *text)
{
	struct text_list warnings = {};
	struct error error;
	char *joined;

	make_text("conf", text);
	if (config_file_read(&config, "conf", &warnings, &error))
		fail_msg("%s", error.reason);
	joined = text_list_join(&warnings, "\n");
	text_list_release(&warnings);
	return joined;
}

static void read_text(const char *text)
{
	char *warnings = read_with_warnings(text);

	if (warnings)
		fail_msg("%s", warnings);
}

static void assert_warned(const char *text, const char *expected)
{
	char *warnings = read_with_warnings(text);

	if (warnings)
		assert_string_equal(warnings, expected);
	else
		fail_msg("no warning for %s", text);
	free(warnings);
}

static void assert_refused(const char *text, const char *expected)
{
	struct error error;

	make_text("conf", text);
	assert_int_equal(config_file_read(&config, "conf", NULL, &error), -1);
	assert_string_equal(error.reason, expected);
}

#define NO_HOOKS                                      \
	"start_dirty_degraded=no (default)\n"         \
	"kdump_pre (default)\nkdump_post (default)\n" \
	"extra_bins (default)\nextra_modules (default)\n"

static char *seen;

static void add_to_seen(const char *name, const char *value, const char *origin,
			void *context)
{
	char *all = format("%s%s%s%s (%s)\n", seen ?: "", name,
			   value ? "=" : "", value ?: "", origin);

	assert_ptr_equal(context, &config);
	free(seen);
	seen = all;
}

static void assert_directives(const char *expected)
{
	config_for_each(&config, add_to_seen, &config);
	assert_string_equal(seen, expected);
	free(seen);
	seen = NULL;
}

static void assert_defaults(void)
{
	assert_string_equal(config.path, "/var/crash");
	assert_string_equal(config.core_collector, "makedumpfile -l -d 31");
	assert_int_equal(config.final_action, ACTION_REBOOT);
	assert_int_equal(config.failure_action, ACTION_REBOOT);
	assert_int_equal(config.keep, 0);
	assert_true(config.make_room);
	assert_int_equal(config.keep_free, 5);
	assert_true(config.hide_keys);
}

static void test_path_of_setup(void **state)
{
	assert_null(config_set(&config, "path", "/srv", "setup --path", 0));
	assert_directives("path=/srv (setup --path)\n"
			  "fallback_path (default)\n"
			  "core_collector=makedumpfile -l -d 31 (default)\n"
			  "final_action=reboot (default)\n"
			  "failure_action=reboot (default)\n"
			  "keep=auto (default)\n"
			  "keep_free=5 (default)\n"
			  "hide_keys=yes (default)\n"
			  "cpus=1 (default)\n"
			  "module_signatures=yes (default)\n"
			  "disk_timeout=180 (default)\n"
			  "degraded_timeout=20 (default)\n" NO_HOOKS);
}

static void test_defaults(void **state)
{
	assert_defaults();
	assert_directives("path=/var/crash (default)\n"
			  "fallback_path (default)\n"
			  "core_collector=makedumpfile -l -d 31 (default)\n"
			  "final_action=reboot (default)\n"
			  "failure_action=reboot (default)\n"
			  "keep=auto (default)\n"
			  "keep_free=5 (default)\n"
			  "hide_keys=yes (default)\n"
			  "cpus=1 (default)\n"
			  "module_signatures=yes (default)\n"
			  "disk_timeout=180 (default)\n"
			  "degraded_timeout=20 (default)\n" NO_HOOKS);
}

static void test_origins(void **state)
{
	read_text("\n# dumps\npath /a\nkeep 3\nkeep 12 # more\n");
	assert_directives("path=/a (conf:3)\n"
			  "fallback_path (default)\n"
			  "core_collector=makedumpfile -l -d 31 (default)\n"
			  "final_action=reboot (default)\n"
			  "failure_action=reboot (default)\n"
			  "keep=12 (conf:5)\n"
			  "keep_free=5 (default)\n"
			  "hide_keys=yes (default)\n"
			  "cpus=1 (default)\n"
			  "module_signatures=yes (default)\n"
			  "disk_timeout=180 (default)\n"
			  "degraded_timeout=20 (default)\n" NO_HOOKS);
	/* After a bad value the previous one and its origin stay. */
	assert_refused(
		"keep no\n",
		"conf:1: keep must be a number of dumps, 1 or more, or auto or all");
	read_text("keep all\nfinal_action poweroff\n");
	assert_directives("path=/a (conf:3)\n"
			  "fallback_path (default)\n"
			  "core_collector=makedumpfile -l -d 31 (default)\n"
			  "final_action=poweroff (conf:2)\n"
			  "failure_action=reboot (default)\n"
			  "keep=all (conf:1)\n"
			  "keep_free=5 (default)\n"
			  "hide_keys=yes (default)\n"
			  "cpus=1 (default)\n"
			  "module_signatures=yes (default)\n"
			  "disk_timeout=180 (default)\n"
			  "degraded_timeout=20 (default)\n" NO_HOOKS);
}

static void test_empty_file(void **state)
{
	read_text("");
	read_text("\n  \n\t\n# path /elsewhere\n   # another comment\n");
	assert_defaults();
}

static void assert_list(const struct text_list *list, const char *expected)
{
	char *all = text_list_join(list, " ");

	assert_string_equal(all, expected);
	free(all);
}

static void test_every_directive(void **state)
{
	read_text("path /srv/dumps\n"
		  "core_collector makedumpfile -l -d 17\n"
		  "final_action poweroff\n"
		  "failure_action halt\n"
		  "keep 5\n"
		  "keep_free 0\n"
		  "hide_keys no\n"
		  "cpus 4\n"
		  "module_signatures no\n"
		  "disk_timeout 240\n"
		  "degraded_timeout 30\n"
		  "start_dirty_degraded yes\n"
		  "fallback_path /boot/crash\n"
		  "fallback_path /srv /mnt /srv\n"
		  "kdump_pre /usr/local/sbin/before\n"
		  "kdump_post /usr/local/sbin/after\n"
		  "extra_bins /bin/sh  /usr/bin/logger\n"
		  "extra_modules e1000e vfat\n");
	assert_int_equal(config.keep, 5);
	assert_true(config.make_room);
	assert_int_equal(config.keep_free, 0);
	assert_false(config.hide_keys);
	assert_false(config.module_signatures);
	assert_int_equal(config.disk_timeout, 240);
	assert_int_equal(config.degraded_timeout, 30);
	assert_int_equal(config.cpus, 4);
	assert_true(config.start_dirty_degraded);
	assert_list(&config.fallback_paths, "/boot/crash /srv /mnt");
	assert_string_equal(config.kdump_pre, "/usr/local/sbin/before");
	assert_string_equal(config.kdump_post, "/usr/local/sbin/after");
	assert_list(&config.extra_bins, "/bin/sh /usr/bin/logger");
	assert_list(&config.extra_modules, "e1000e vfat");
	assert_string_equal(config.path, "/srv/dumps");
	assert_string_equal(config.core_collector, "makedumpfile -l -d 17");
	assert_int_equal(config.final_action, ACTION_POWEROFF);
	assert_int_equal(config.failure_action, ACTION_HALT);
}

static void test_blanks_and_comments(void **state)
{
	read_text("\t path\t  /a directory/x \t# comment\r\n"
		  "final_action halt # comment\n"
		  "core_collector makedumpfile");
	assert_string_equal(config.path, "/a directory/x");
	assert_int_equal(config.final_action, ACTION_HALT);
	assert_string_equal(config.core_collector, "makedumpfile");
}

/* A comment begins at the beginning of a line or after a blank. */
static void test_number_sign_in_a_value(void **state)
{
	read_text("path /srv/dumps#2\n"
		  "fallback_path /srv/#1 # /srv/#3\n"
		  "extra_bins /a#\t#/b\n"
		  "#keep 5\n"
		  " \t#keep 6\n");
	assert_string_equal(config.path, "/srv/dumps#2");
	assert_list(&config.fallback_paths, "/srv/#1");
	assert_list(&config.extra_bins, "/a#");
	assert_int_equal(config.keep, 0);
	assert_refused("final_action halt# comment\n",
		       "conf:1: final_action must be reboot, poweroff or halt");
	assert_refused("path#x /a\n",
		       "conf:1: path#x is not a known directive");
}

static void test_last_one_wins(void **state)
{
	read_text("path /a\npath /b\n");
	assert_string_equal(config.path, "/b");
}

/* A second file changes only the directives that it contains. */
static void test_second_file(void **state)
{
	read_text("path /a\nfinal_action halt\n");
	read_text("path /b\n");
	assert_string_equal(config.path, "/b");
	assert_int_equal(config.final_action, ACTION_HALT);
}

static void test_long_line(void **state)
{
	char text[20000] = "path /";

	memset(text + 6, 'x', sizeof(text) - 7);
	read_text(text);
	assert_int_equal(strlen(config.path), sizeof(text) - 6);
}

static void test_bad_directives(void **state)
{
	assert_refused("\n# one\ndump_to /dev/sda\n",
		       "conf:3: dump_to is not a known directive");
	assert_refused("Path /a\n", "conf:1: Path is not a known directive");
	assert_refused("path=/a\n", "conf:1: path=/a is not a known directive");
	assert_refused("path\n", "conf:1: path has no value");
	assert_refused("path # /a\n", "conf:1: path has no value");
	assert_defaults();
}

#define LOCAL "dumps go to the local directory that path names"

/* Dumps would go elsewhere with kdump-utils. */
static void test_targets_of_other_kinds(void **state)
{
	static const char *const filesystems[] = {
		"ext2", "ext3", "ext4", "xfs", "btrfs", "minix", "virtiofs",
	};
	char *text, *expected;
	size_t i;

	assert_warned(
		"path /a\nnfs server:/export\nkeep 3\n",
		"conf:2: nfs is ignored, because the crash kernel has no network: " LOCAL);
	assert_string_equal(config.path, "/a");
	assert_int_equal(config.keep, 3);
	assert_warned(
		"ssh kdump@server\nsshkey /root/key\n",
		"conf:1: ssh is ignored, because the crash kernel has no network: " LOCAL
		"\n"
		"conf:2: sshkey is ignored, because the crash kernel has no network: " LOCAL);
	assert_warned(
		"net\n",
		"conf:1: net is ignored, because the crash kernel has no network: " LOCAL);
	assert_warned("raw /dev/sda\n", "conf:1: raw is ignored: " LOCAL);
	for (i = 0; i < ARRAY_SIZE(filesystems); i++) {
		text = format("%s /dev/sda1\n", filesystems[i]);
		expected =
			format("conf:1: %s is ignored: " LOCAL, filesystems[i]);
		assert_warned(text, expected);
		free(expected);
		free(text);
	}
}

/* Each directive of kdump.conf(5) that this does not have. */
static void test_directives_of_kdump_utils(void **state)
{
	assert_warned(
		"auto_reset_crashkernel yes\n"
		"force_rebuild 1\n"
		"force_no_rebuild 1\n"
		"override_resettable 1\n"
		"link_delay 60\n"
		"debug_mem_level 3\n",
		"conf:1: auto_reset_crashkernel has no effect here: run kdump-crypt setup to change the reservation\n"
		"conf:2: force_rebuild has no effect here\n"
		"conf:3: force_no_rebuild has no effect here\n"
		"conf:4: override_resettable has no effect here\n"
		"conf:5: link_delay has no effect here\n"
		"conf:6: debug_mem_level has no effect here");
	assert_warned(
		"dracut_args --mount \"/dev/sda1 /mnt ext4 defaults\"\n"
		"fence_kdump_args -p 7410\n"
		"fence_kdump_nodes a b\n"
		"default shell\n"
		"options loop max_loop=1\n"
		"blacklist mlx5_core\n",
		"conf:1: dracut_args is ignored, because dracut does not build the capture initramfs: " LOCAL
		"\n"
		"conf:2: fence_kdump_args is ignored: no cluster node is notified\n"
		"conf:3: fence_kdump_nodes is ignored: no cluster node is notified\n"
		"conf:4: default is ignored: use failure_action\n"
		"conf:5: options is ignored: use kdump-crypt load --append\n"
		"conf:6: blacklist is ignored: use kdump-crypt load --append");
	assert_warned(
		"failure_action dump_to_rootfs\n"
		"core_collector scp\n",
		"conf:1: failure_action dump_to_rootfs is ignored: use fallback_path\n"
		"conf:2: core_collector scp is ignored, because the crash kernel has no network: " LOCAL);
	assert_defaults();
}

/* As kdump-utils installs it. */
static void test_default_file_of_kdump_utils(void **state)
{
	assert_warned(
		"#raw /dev/vg/lv_kdump\n"
		"auto_reset_crashkernel yes\n"
		"path /var/crash\n"
		"core_collector makedumpfile -l --message-level 7 -d 31\n"
		"#core_collector scp\n",
		"conf:2: auto_reset_crashkernel has no effect here: run kdump-crypt setup to change the reservation");
	assert_string_equal(config.core_collector,
			    "makedumpfile -l --message-level 7 -d 31");
}

static void test_bad_values(void **state)
{
	static const char *const collectors[] = {
		"core_collector cp\n",
		"core_collector makedumpfile-static -d 31\n",
		"core_collector makedump -d 31\n",
		"core_collector /tmp/makedumpfile -d 31\n",
		"core_collector -d 31 makedumpfile\n",
	};
	static const char *const numbers[] = {
		"keep 0\n",	  "keep -1\n",
		"keep +1\n",	  "keep 3x\n",
		"keep 3 4\n",	  "keep none\n",
		"keep 1000001\n", "keep 18446744073709551617\n",
	};
	size_t i;

	assert_refused("path var/crash\n",
		       "conf:1: path must be an absolute path");
	for (i = 0; i < ARRAY_SIZE(collectors); i++)
		assert_refused(
			collectors[i],
			"conf:1: core_collector must be makedumpfile with its options");
	assert_refused(
		"core_collector makedumpfile -F -l\n",
		"conf:1: core_collector has -F, which writes to standard output and leaves no vmcore: remove it");
	for (i = 0; i < ARRAY_SIZE(numbers); i++)
		assert_refused(
			numbers[i],
			"conf:1: keep must be a number of dumps, 1 or more, or auto or all");
	assert_refused("final_action shell\n",
		       "conf:1: final_action must be reboot, poweroff or halt");
	assert_refused("final_action shell\n",
		       "conf:1: final_action must be reboot, poweroff or halt");
	assert_refused("fallback_path /a b\n",
		       "conf:1: fallback_path must be absolute paths");
	assert_refused("extra_bins sh\n",
		       "conf:1: extra_bins must be absolute paths");
	assert_refused(
		"kdump_pre /bin/sh -c true\n",
		"conf:1: kdump_pre must be the absolute path of a program, without arguments");
	assert_refused(
		"kdump_post hook\n",
		"conf:1: kdump_post must be the absolute path of a program, without arguments");
	assert_refused(
		"cpus 0\n",
		"conf:1: cpus must be a number of processors from 1 to 64");
	assert_refused(
		"cpus 65\n",
		"conf:1: cpus must be a number of processors from 1 to 64");
	assert_refused("hide_keys true\n",
		       "conf:1: hide_keys must be yes or no");
	assert_refused(
		"disk_timeout 0\n",
		"conf:1: disk_timeout must be a number of seconds from 1 to 3600");
	assert_refused(
		"degraded_timeout 3601\n",
		"conf:1: degraded_timeout must be a number of seconds from 1 to 3600");
	assert_refused("keep_free 51\n",
		       "conf:1: keep_free must be a percentage from 0 to 50");
	assert_refused("keep_free 5%\n",
		       "conf:1: keep_free must be a percentage from 0 to 50");
	read_text("keep all\n");
	assert_false(config.make_room);
	read_text("keep auto\n");
	assert_true(config.make_room);
	assert_refused("start_dirty_degraded 1\n",
		       "conf:1: start_dirty_degraded must be yes or no");
	assert_refused("module_signatures off\n",
		       "conf:1: module_signatures must be yes or no");
	assert_refused("hide_keys yes no\n",
		       "conf:1: hide_keys must be yes or no");
	assert_refused(
		"failure_action Reboot\n",
		"conf:1: failure_action must be reboot, poweroff, halt or shell");
	assert_refused(
		"failure_action reboot now\n",
		"conf:1: failure_action must be reboot, poweroff, halt or shell");
	assert_defaults();
}

static void test_read_fails(void **state)
{
	struct error error;

	assert_int_equal(config_file_read(&config, "missing", NULL, &error),
			 -1);
	assert_string_equal(error.reason,
			    "cannot read missing: No such file or directory");

	make_directory("directory");
	assert_int_equal(config_file_read(&config, "directory", NULL, &error),
			 -1);
	assert_string_equal(error.reason,
			    "cannot read directory: Is a directory");
}

static void test_dump_paths(void **state)
{
	struct text_list paths;
	struct error error;
	char *joined;

	make_text("conf", "path /a\nfallback_path /b /a /c\n");
	assert_int_equal(config_file_dump_paths(&paths, NULL, NULL, "conf",
						NULL),
			 0);
	joined = text_list_join(&paths, " ");
	assert_string_equal(joined, "/a /b /c");
	free(joined);
	text_list_release(&paths);

	assert_int_equal(config_file_dump_paths(&paths, "/x", "/y", "conf",
						NULL),
			 0);
	assert_int_equal(paths.count, 1);
	assert_string_equal(paths.items[0], "/x");
	text_list_release(&paths);

	assert_int_equal(config_file_dump_paths(&paths, NULL, "/b", "conf",
						NULL),
			 0);
	joined = text_list_join(&paths, " ");
	assert_string_equal(joined, "/b /a /c");
	free(joined);
	text_list_release(&paths);

	make_text("conf", "path\n");
	assert_int_equal(config_file_dump_paths(&paths, NULL, NULL, "conf",
						&error),
			 -1);
	assert_string_equal(error.reason, "conf:1: path has no value");
	assert_int_equal(paths.count, 0);
}

static void test_action_names(void **state)
{
	static const enum action actions[] = { ACTION_REBOOT, ACTION_POWEROFF,
					       ACTION_HALT };
	enum action action;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(actions); i++) {
		action = -1;
		assert_int_equal(action_from_name(action_name(actions[i]),
						  &action),
				 0);
		assert_int_equal(action, actions[i]);
	}
	assert_int_equal(action_from_name("", &action), -1);
	assert_int_equal(action_from_name("hal", &action), -1);
	assert_int_equal(action_from_name("halt ", &action), -1);
}

#define config_test(test) \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		config_test(test_defaults),
		config_test(test_path_of_setup),
		config_test(test_origins),
		config_test(test_empty_file),
		config_test(test_every_directive),
		config_test(test_blanks_and_comments),
		config_test(test_number_sign_in_a_value),
		config_test(test_last_one_wins),
		config_test(test_second_file),
		config_test(test_long_line),
		config_test(test_bad_directives),
		config_test(test_targets_of_other_kinds),
		config_test(test_directives_of_kdump_utils),
		config_test(test_default_file_of_kdump_utils),
		config_test(test_bad_values),
		config_test(test_read_fails),
		config_test(test_dump_paths),
		config_test(test_action_names),
	};

	return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
