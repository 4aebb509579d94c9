// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tool/image/module_signature.h"

#define MAGIC "~Module signature appended~\n"

/* What is between the signature and the magic, with the size of the signature. */
#define DESCRIPTION(size) "\0\0\2\0\0\0\0\0" size

/* As an argument of a string literal, which may have zeros. */
#define START(text) module_signature_start(text, sizeof(text) - 1)

static void test_signature(void **state)
{
	assert_int_equal(START("module"
			       "signature" DESCRIPTION("\0\0\0\x9") MAGIC),
			 6);
	assert_int_equal(START("module" DESCRIPTION("\0\0\0\0") MAGIC), 6);
	assert_int_equal(START("sig" DESCRIPTION("\0\0\0\3") MAGIC), 0);
}

static void test_large_signature(void **state)
{
	char module[6 + 0x0102 + 12 + sizeof(MAGIC) - 1] = "module";

	memcpy(module + 6 + 0x0102, DESCRIPTION("\0\0\1\2"), 12);
	memcpy(module + 6 + 0x0102 + 12, MAGIC, sizeof(MAGIC) - 1);
	assert_int_equal(module_signature_start(module, sizeof(module)), 6);
}

static void assert_no_signature(const char *module, size_t size)
{
	assert_int_equal(module_signature_start(module, size), size);
}

#define NO_SIGNATURE(text) assert_no_signature(text, sizeof(text) - 1)

static void test_no_signature(void **state)
{
	NO_SIGNATURE("");
	NO_SIGNATURE("module");
	NO_SIGNATURE(MAGIC);
	NO_SIGNATURE("\0" MAGIC);
	/* Something follows. */
	NO_SIGNATURE("sig" DESCRIPTION("\0\0\0\3") MAGIC "\n");
	/* It would be larger than the file. */
	NO_SIGNATURE("sig" DESCRIPTION("\0\0\0\4") MAGIC);
	NO_SIGNATURE("sig" DESCRIPTION("\xff\xff\xff\xff") MAGIC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_signature),
		cmocka_unit_test(test_large_signature),
		cmocka_unit_test(test_no_signature),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
