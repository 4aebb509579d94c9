// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/scratch.h"
#include "tool/keys/ask_secret.h"
#include "tool/keys/keyslot.h"
#include "tool/keys/keyslot_memory.h"
#include "tool/keys/volume_header.h"

#define DISK	    "disk"
#define UUID	    "01234567-89ab-cdef-0123-456789abcdef"
#define OTHER_UUID  "fedcba98-7654-3210-fedc-ba9876543210"
#define KEY_FILE    "key-file"
#define PASSPHRASE  "open sesame"
#define VOLUME_SIZE (18 << 20)
#define KEY_SIZE    64

static const char volume_key[KEY_SIZE] = "nobody can guess this volume key";

static void add_keyslot(struct crypt_device *volume)
{
	assert_true(crypt_keyslot_add_by_volume_key(volume, CRYPT_ANY_SLOT,
						    volume_key, KEY_SIZE,
						    PASSPHRASE,
						    strlen(PASSPHRASE)) >= 0);
}

/* Any volume key will do for the header; the keyslot is a cheap one. */
static void make_volume_with(const char *type, const char *key, void *options)
{
	static const struct crypt_pbkdf_type cheap = {
		.type = CRYPT_KDF_PBKDF2,
		.hash = "sha256",
		.iterations = 1000,
		.flags = CRYPT_PBKDF_NO_BENCHMARK,
	};
	struct crypt_device *volume;

	make_text(DISK, "");
	assert_int_equal(truncate(DISK, VOLUME_SIZE), 0);
	assert_int_equal(crypt_init(&volume, DISK), 0);
	assert_int_equal(crypt_set_pbkdf_type(volume, &cheap), 0);
	assert_int_equal(crypt_format(volume, type, "aes", "xts-plain64", UUID,
				      key, KEY_SIZE, options),
			 0);
	if (key == volume_key)
		add_keyslot(volume);
	crypt_free(volume);
}

static void make_volume(const char *type, const char *key)
{
	make_volume_with(type, key, NULL);
}

static void assert_contains(const struct error *error, const char *text)
{
	if (!strstr(error->reason, text))
		fail_msg("\"%s\" is not in \"%s\"", text, error->reason);
}

static void test_check(void **state)
{
	static const char *const types[] = { CRYPT_LUKS1, CRYPT_LUKS2 };
	struct error error;
	char *cipher;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		make_volume(types[i], NULL);
		assert_int_equal(volume_check(DISK, UUID, &error), 0);
		cipher = volume_cipher(DISK, &error);
		assert_string_equal(cipher, "aes-xts-plain64");
		free(cipher);
		/* LUKS2 has it twice. */
		assert_int_equal(volume_metadata_size(DISK), i ? 32768 : 4096);
		assert_int_equal(volume_check(DISK, OTHER_UUID, &error), -1);
		assert_string_equal(
			error.reason,
			"the LUKS volume on disk is open with another header than its own, which is not supported: if its UUID was changed, close it and open it again, or reboot");
	}
}

/* The reason has what libcryptsetup logged, and the log is not printed. */
static void test_no_volume(void **state)
{
	struct error error;

	make_text("text", "no volume\n");
	assert_int_equal(truncate("text", VOLUME_SIZE), 0);
	assert_int_equal(volume_check("text", UUID, &error), -1);
	assert_contains(&error, "text: no usable LUKS header: ");
	assert_int_equal(error.number, EINVAL);
	assert_null(volume_cipher("missing", &error));
	assert_contains(&error, "missing: ");
	assert_contains(&error, "(Device missing does not exist");
	assert_null(volume_key_digest("missing", &error));
	assert_int_equal(volume_metadata_size("missing"), 0);
	assert_contains(&error, "missing: ");
	assert_null(volume_mapping_parameters("missing", "missing", "x", NULL));
}

static void test_missing_header(void **state)
{
	char *text = format("c /dev/null none header=%s/header\n", scratch);
	char *expected = format(
		"the detached LUKS header of /dev/null is missing: mount the filesystem that has %s/header",
		scratch);
	char *missing;

	make_text("crypttab", text);
	missing = volume_header_missing("/dev/null", "crypttab");
	assert_non_null(missing);
	assert_string_equal(missing, expected);
	free(missing);
	assert_null(volume_header_missing("/dev/zero", "crypttab"));
	make_text("header", "LUKS");
	assert_null(volume_header_missing("/dev/null", "crypttab"));
	free(expected);
	free(text);
}

static void test_mapping_parameters(void **state)
{
	static const struct {
		unsigned int sector_size;
		const char *parameters;
	} cases[] = {
		{ 512, "aes-xts-plain64 :64:logon:cryptsetup:x 0 disk 32768" },
		{ 4096,
		  "aes-xts-plain64 :64:logon:cryptsetup:x 0 disk 32768 1 sector_size:4096" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct crypt_params_luks2 options = {
			.sector_size = cases[i].sector_size,
		};
		char *parameters;

		make_volume_with(CRYPT_LUKS2, volume_key, &options);
		parameters = volume_mapping_parameters(DISK, DISK,
						       "cryptsetup:x", NULL);
		assert_non_null(parameters);
		assert_string_equal(parameters, cases[i].parameters);
		free(parameters);
	}
}

static char *digest_of(const char *type, const char *key)
{
	struct error error;
	char *digest;

	make_volume(type, key);
	digest = volume_key_digest(DISK, &error);
	assert_non_null(digest);
	return digest;
}

static void test_digest(void **state)
{
	static const char *const types[] = { CRYPT_LUKS1, CRYPT_LUKS2 };
	struct error error;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		char *one = digest_of(types[i], NULL);
		char *other = digest_of(types[i], NULL);
		char *again = volume_key_digest(DISK, &error);

		assert_string_not_equal(one, other);
		assert_string_equal(other, again);
		free(again);
		free(other);
		free(one);
	}
}

static int use_result;

static int take_volume_key(struct crypt_device *volume,
			   struct crypt_keyslot_context *secret, void *context)
{
	size_t size = KEY_SIZE;

	if (use_result)
		return use_result;
	return crypt_volume_key_get_by_keyslot_context(volume, CRYPT_ANY_SLOT,
						       context, &size, secret);
}

static char shown[256];

static void show(const char *line)
{
	snprintf(shown, sizeof(shown), "%s", line);
}

static int unlock(const char *key_file, char *key, struct error *error)
{
	const struct keyslot_source source = { .key_file = key_file,
					       .show = show };
	struct crypt_device *volume = volume_header_open(DISK, error);
	int ret;

	assert_non_null(volume);
	ret = keyslot_unlock(volume, DISK, &source, take_volume_key, key,
			     error);
	crypt_free(volume);
	return ret;
}

static void test_unlock(void **state)
{
	char key[KEY_SIZE] = "";
	struct error error;

	make_volume(CRYPT_LUKS2, volume_key);
	make_text(KEY_FILE, PASSPHRASE);
	assert_int_equal(unlock(KEY_FILE, key, &error), 0);
	assert_memory_equal(key, volume_key, KEY_SIZE);

	make_text("wrong", "open barley");
	assert_int_equal(unlock("wrong", key, &error), -1);
	assert_int_equal(error.number, EPERM);
	assert_string_equal(error.reason,
			    "disk: no keyslot opens with the content of wrong");
	assert_int_equal(unlock("missing", key, &error), -1);
	assert_contains(&error, "disk: cannot get the volume key: ");
	assert_contains(&error, "Failed to open key file");

	/* What an earlier try logged does not explain this failure. */
	use_result = -EIO;
	assert_int_equal(unlock(KEY_FILE, key, &error), -1);
	use_result = 0;
	assert_string_equal(
		error.reason,
		"disk: cannot get the volume key: Input/output error");
}

static int token_result;

/* It stands for a TPM: nobody is asked. */
static int open_token(struct crypt_device *volume, int token, char **buffer,
		      size_t *size, void *context)
{
	if (token_result)
		return token_result;
	*buffer = strdup(PASSPHRASE);
	*size = strlen(PASSPHRASE);
	return 0;
}

static const crypt_token_handler token_handler = {
	.name = "unit-test",
	.open = open_token,
};

static void add_token(void)
{
	struct crypt_device *volume = volume_header_open(DISK, NULL);

	assert_non_null(volume);
	assert_true(crypt_token_json_set(
			    volume, CRYPT_ANY_TOKEN,
			    "{\"type\":\"unit-test\",\"keyslots\":[\"0\"]}") >=
		    0);
	crypt_free(volume);
}

static void test_token(void **state)
{
	const struct keyslot_source source = {};
	char key[KEY_SIZE] = "";
	struct error error;

	/* Without a terminal nobody can be asked. */
	setsid();
	if (ask_secret_possible())
		skip();
	assert_int_equal(crypt_token_register(&token_handler), 0);
	make_volume(CRYPT_LUKS2, volume_key);
	assert_int_equal(keyslot_check_source(&source, DISK, &error), -1);
	assert_int_equal(unlock(NULL, key, &error), -1);
	assert_int_equal(error.number, ENOTTY);

	add_token();
	assert_int_equal(keyslot_check_source(&source, DISK, &error), 0);
	assert_int_equal(unlock(NULL, key, &error), 0);
	assert_memory_equal(key, volume_key, KEY_SIZE);
	assert_string_equal(shown, "Unlocking a keyslot with a token ...");

	token_result = -EPERM;
	assert_int_equal(unlock(NULL, key, &error), -1);
	assert_int_equal(error.number, ENOTTY);
	assert_non_null(strstr(shown, "disk: no token unlocked a keyslot: "));
	/* A key file is what the caller has chosen. */
	make_text(KEY_FILE, PASSPHRASE);
	memset(key, 0, sizeof(key));
	assert_int_equal(unlock(KEY_FILE, key, &error), 0);
	assert_memory_equal(key, volume_key, KEY_SIZE);
}

static void test_source(void **state)
{
	struct keyslot_source source = { .key_file = KEY_FILE };
	struct error error;

	assert_int_equal(keyslot_check_source(&source, DISK, &error), -1);
	assert_string_equal(error.reason,
			    "key-file: No such file or directory");
	assert_int_equal(error.number, ENOENT);
	make_text(KEY_FILE, PASSPHRASE);
	assert_int_equal(keyslot_check_source(&source, DISK, &error), 0);

	setsid();
	if (ask_secret_possible())
		skip();
	source.key_file = NULL;
	assert_int_equal(keyslot_check_source(&source, DISK, &error), -1);
	assert_int_equal(error.number, ENOTTY);
	assert_string_equal(
		error.reason,
		"there is no terminal to ask for the passphrase of the LUKS volume on disk: use --key-file");
}

static void add_argon2_keyslot(struct crypt_device *volume)
{
	static const struct crypt_pbkdf_type argon2 = {
		.type = CRYPT_KDF_ARGON2ID,
		.hash = "sha256",
		.iterations = 4,
		.max_memory_kb = 8 << 10,
		.parallel_threads = 1,
		.flags = CRYPT_PBKDF_NO_BENCHMARK,
	};

	assert_int_equal(crypt_set_pbkdf_type(volume, &argon2), 0);
	add_keyslot(volume);
}

static void assert_shortage(struct crypt_device *volume, const char *meminfo,
			    const char *expected)
{
	char *text;

	make_text("meminfo", meminfo);
	text = keyslot_memory_shortage(volume, "meminfo");
	if (expected)
		assert_string_equal(text, expected);
	else
		assert_null(text);
	free(text);
}

static void test_memory_of_keyslots(void **state)
{
	static const char little[] =
		"MemTotal: 9999999 kB\nMemAvailable:    3072 kB\nSwapFree: 1024 kB\n";
	struct crypt_device *volume;

	make_volume(CRYPT_LUKS2, volume_key);
	volume = volume_header_open(DISK, NULL);
	assert_non_null(volume);
	assert_shortage(volume, little, NULL);
	add_argon2_keyslot(volume);
	assert_shortage(
		volume, little,
		"a keyslot needs 8 MiB of memory, and 4 MiB are available");
	assert_shortage(volume, "MemAvailable: 8192 kB\n", NULL);
	assert_shortage(volume, "MemAvailable: 1024 kB\nSwapFree: 9999 kB\n",
			NULL);
	assert_shortage(volume, "", NULL);
	assert_null(keyslot_memory_shortage(volume, "missing"));
	crypt_free(volume);

	make_volume(CRYPT_LUKS1, volume_key);
	volume = volume_header_open(DISK, NULL);
	assert_shortage(volume, little, NULL);
	crypt_free(volume);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		scratch_test(test_memory_of_keyslots),
		scratch_test(test_check),
		scratch_test(test_no_volume),
		scratch_test(test_missing_header),
		scratch_test(test_mapping_parameters),
		scratch_test(test_digest),
		scratch_test(test_unlock),
		scratch_test(test_source),
		scratch_test(test_token),
	};

	return cmocka_run_group_tests_name("volume_header", tests, NULL, NULL);
}
