// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "tests/unit/scratch.h"
#include "tool/host/boot_loader.h"

#define VENDOR "-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"

/* As the kernel shows it: four bytes of attributes, then UTF-16. */
static void make_variable(const char *name, const char *text)
{
	size_t size = 4 + 2 * (strlen(text) + 1), i;
	char *data = calloc(1, size);

	data[0] = 6;
	for (i = 0; text[i]; i++)
		data[4 + 2 * i] = text[i];
	make_file(name, data, size);
	free(data);
}

static void assert_name(const char *expected)
{
	char *name = boot_loader_name("efivars");

	if (expected)
		assert_string_equal(name, expected);
	else
		assert_null(name);
	free(name);
}

static void test_loader(void **state)
{
	make_variable("efivars/LoaderInfo" VENDOR, "systemd-boot 257.13");
	assert_name("systemd-boot 257.13");
	make_variable("efivars/StubInfo" VENDOR, "systemd-stub 257.13");
	assert_name("systemd-boot 257.13");
}

static void test_stub(void **state)
{
	make_variable("efivars/StubInfo" VENDOR, "systemd-stub 257.13");
	assert_name("systemd-stub 257.13");
}

static void test_nothing(void **state)
{
	assert_name(NULL);
	make_text("efivars/LoaderInfo" VENDOR, "");
	assert_name(NULL);
	make_file("efivars/LoaderInfo" VENDOR, "\6\0\0\0", 4);
	assert_name(NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		scratch_test(test_loader),
		scratch_test(test_stub),
		scratch_test(test_nothing),
	};

	return cmocka_run_group_tests_name("boot_loader", tests, NULL, NULL);
}
