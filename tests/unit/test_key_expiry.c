// SPDX-License-Identifier: GPL-2.0-or-later
#include <keyutils.h>

#include "tests/unit/scratch.h"
#include "tool/keys/key_expiry.h"
#include "tool/keys/volume_key.h"

#define DESCRIPTION "cryptsetup:kdump-crypt-unit-test"

static void make_keys(void)
{
	make_text(
		"keys",
		"05a3f2d1 I--Q---     1 perm 1f3f0000     0 65534 keyring   _uid_ses.0: 1\n"
		"12345678 I--Q---     1  29m 3f010000     0     0 logon     cryptsetup:a: 64\n"
		"22345678 I--Q---     1  17s 3f010000     0     0 logon     cryptsetup:b: 64\n"
		"32345678 I--Q---     1   2h 3f010000     0     0 logon     cryptsetup:c: 64\n"
		"3a345678 I--Q---     1   3d 3f010000     0     0 logon     cryptsetup:d: 64\n"
		"3b345678 I--Q---    12   1w 3f010000     0     0 logon     cryptsetup:e: 64\n"
		"3c345678 I--Q---     1 expd 3f010000     0     0 logon     cryptsetup:f: 64\n");
}

static void test_find(void **state)
{
	make_keys();
	assert_true(key_expiry_find("keys", 0x05a3f2d1) == KEY_EXPIRY_NEVER);
	assert_int_equal(key_expiry_find("keys", 0x12345678), 29 * 60);
	assert_int_equal(key_expiry_find("keys", 0x22345678), 17);
	assert_int_equal(key_expiry_find("keys", 0x32345678), 2 * 3600);
	assert_int_equal(key_expiry_find("keys", 0x3a345678), 3 * 86400);
	assert_int_equal(key_expiry_find("keys", 0x3b345678), 7 * 86400);
	assert_int_equal(key_expiry_find("keys", 0x3c345678), 0);
	assert_int_equal(key_expiry_find("keys", 0x11111111), 0);
	assert_int_equal(key_expiry_find("missing", 0x12345678), 0);
}

static void assert_expires(key_serial_t key, long long least, long long most)
{
	assert_in_range(key_expiry_find("/proc/keys", key), least, most);
}

/* A load that fails must not take time from a key. */
static void test_extend(void **state)
{
	key_serial_t key;

	if (keyctl_join_session_keyring(NULL) < 0)
		skip();
	key = add_key("logon", DESCRIPTION, "secret", 6,
		      KEY_SPEC_SESSION_KEYRING);
	if (key < 0 || !is_there("/proc/keys"))
		skip();

	assert_int_equal(volume_key_extend(DESCRIPTION, 300, NULL), 0);
	assert_true(key_expiry_find("/proc/keys", key) == KEY_EXPIRY_NEVER);

	assert_int_equal(keyctl_set_timeout(key, 1800), 0);
	assert_int_equal(volume_key_extend(DESCRIPTION, 300, NULL), 0);
	assert_expires(key, 1680, 1800);

	assert_int_equal(keyctl_set_timeout(key, 60), 0);
	assert_int_equal(volume_key_extend(DESCRIPTION, 300, NULL), 0);
	assert_expires(key, 240, 300);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		scratch_test(test_find),
		scratch_test(test_extend),
	};

	return cmocka_run_group_tests_name("key_expiry", tests, NULL, NULL);
}
