// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "tests/unit/scratch.h"
#include "tool/kexec/crash_command_line.h"

/* The crash kernel always gets these parameters. */
static char *own;

static int set_up(void **state)
{
	own = crash_command_line_make("", NULL);
	return 0;
}

static int tear_down(void **state)
{
	free(own);
	return 0;
}

/* Check that @kept of @running stays, before our own parameters. */
static void assert_kept(const char *running, const char *kept)
{
	char *line = crash_command_line_make(running, NULL);
	char *expected = format("%s%s%s", kept, *kept ? " " : "", own);

	assert_string_equal(line, expected);
	free(expected);
	free(line);
}

static bool has_parameter(const char *line, const char *parameter)
{
	char *padded = format(" %s ", line);
	char *word = format(" %s ", parameter);
	bool found = strstr(padded, word);

	free(word);
	free(padded);
	return found;
}

static void test_own_parameters(void **state)
{
	assert_true(has_parameter(own, "nr_cpus=1"));
	assert_true(has_parameter(own, "reset_devices"));
	assert_true(has_parameter(own, "panic=10"));
	assert_true(has_parameter(own, "rootfstype=ramfs"));
}

static void test_hardware_and_consoles_are_kept(void **state)
{
	assert_kept("console=tty0 console=ttyS0,115200n8",
		    "console=tty0 console=ttyS0,115200n8");
	assert_kept("acpi=off nomodeset intel_iommu=on earlyprintk=serial",
		    "acpi=off nomodeset intel_iommu=on earlyprintk=serial");
}

static void test_debian_machine(void **state)
{
	assert_kept("BOOT_IMAGE=/vmlinuz-6.12.117+deb13-amd64 "
		    "root=/dev/mapper/vg-root ro crashkernel=128M "
		    "console=ttyS0 quiet splash\n",
		    "console=ttyS0");
}

/* With these the crash kernel would run out of memory, or not start. */
static void test_memory_is_not_inherited(void **state)
{
	assert_kept("mem=64G memmap=4K$0x1000 crashkernel=1G,high "
		    "crashkernel=128M,low hugepagesz=1G hugepages=64 "
		    "default_hugepagesz=1G cma=256M hugetlb_cma=2G "
		    "swiotlb=65536 log_buf_len=64M kfence.num_objects=65535 "
		    "dmcryptkeys=0x1000 nr_cpus=64 maxcpus=64 panic=0",
		    "");
}

static void test_root_and_services_are_not_inherited(void **state)
{
	assert_kept("root=UUID=1 rootflags=subvol=@ rootfstype=ext4 rootwait "
		    "rootdelay=5 ro rw init=/bin/sh rdinit=/x resume=/dev/sda2 "
		    "rd.break rd.luks.uuid=luks-1 luks.name=1=root "
		    "systemd.unit=rescue.target single emergency",
		    "");
}

/* A parameter is dropped only if its whole name matches. */
static void test_similar_names_are_kept(void **state)
{
	assert_kept("memory_corruption_check=1 mem_encrypt=on initcall_debug",
		    "memory_corruption_check=1 mem_encrypt=on initcall_debug");
	assert_kept("xmem=1 rootx=1 panic_on_oops=1 rom rdx=1 quieter",
		    "xmem=1 rootx=1 panic_on_oops=1 rom rdx=1 quieter");
	assert_kept("video=root=1 foo=mem=1", "video=root=1 foo=mem=1");
}

static void test_quotes(void **state)
{
	assert_kept("dyndbg=\"file a.c +p; file b.c +p\" root=/dev/sda",
		    "dyndbg=\"file a.c +p; file b.c +p\"");
	assert_kept("root=\"a b mem=1\" console=ttyS0", "console=ttyS0");
	assert_kept("console=ttyS0 x=\"never closed root=1",
		    "console=ttyS0 x=\"never closed root=1");
}

static void test_blanks(void **state)
{
	assert_kept("", "");
	assert_kept("\n", "");
	assert_kept("   a=1    b=2 \n", "a=1 b=2");
}

/* The kernel uses the smaller one of two nr_cpus=. */
static void test_append_replaces_our_own(void **state)
{
	char *line = crash_command_line_make("", "panic=0 nr_cpus=2");

	assert_true(has_parameter(line, "nr_cpus=2"));
	assert_false(has_parameter(line, "nr_cpus=1"));
	assert_true(has_parameter(line, "panic=0"));
	assert_false(has_parameter(line, "panic=10"));
	assert_true(has_parameter(line, "reset_devices"));
	free(line);
}

static void test_tabs(void **state)
{
	assert_kept("a=1\tmem=64M", "a=1");
	assert_kept("root=/dev/x\tconsole=ttyS0", "console=ttyS0");
}

/* The kernel accepts these spellings of a name. */
static void test_spellings(void **state)
{
	assert_kept("log-buf-len=1G nr-cpus=4 \"mem=64M\" \"quiet\"", "");
	assert_kept("\"foo=a b\" bar-baz=1", "\"foo=a b\" bar-baz=1");
}

static void test_checks_that_stop_the_machine(void **state)
{
	assert_kept("panic_on_warn=1 panic_on_warn page_owner=on "
		    "slab_debug=FZP",
		    "");
}

/* Words after "--" are for init, and the crash kernel has another init. */
static void test_words_for_init(void **state)
{
	assert_kept("a=1 -- b=2 mem=3", "a=1");
	assert_kept("a=1 --b c--", "a=1 --b c--");
}

static void test_append(void **state)
{
	char *line, *expected;

	line = crash_command_line_make("a=1", "b=2 c=\"d e\"");
	expected = format("a=1 %s b=2 c=\"d e\"", own);
	assert_string_equal(line, expected);
	free(expected);
	free(line);

	line = crash_command_line_make("", "");
	assert_string_equal(line, own);
	free(line);
}

static void test_line_of_full_length(void **state)
{
	char running[2048];
	size_t i;

	for (i = 0; i < sizeof(running) - 1; i++)
		running[i] = i % 4 == 3 ? ' ' : 'a' + i % 4;
	running[i] = '\0';
	assert_kept(running, running);
}

static void assert_values(const char *running, const char *name,
			  const char *expected)
{
	struct text_list values = {};
	char *joined;

	crash_command_line_values(&values, running, name);
	joined = text_list_join(&values, " ");
	if (expected)
		assert_string_equal(joined, expected);
	else
		assert_null(joined);
	free(joined);
	text_list_release(&values);
}

static void test_values(void **state)
{
	assert_values("", "console", NULL);
	assert_values("console", "console", NULL);
	assert_values(
		"ro console=tty0 xconsole=a consoles=b\tconsole=ttyS0,115200n8 console=",
		"console", "tty0 ttyS0,115200n8 ");
	assert_values("no-such=1 no_such=2", "no_such", "1 2");
}

#define line_test(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		line_test(test_own_parameters),
		line_test(test_hardware_and_consoles_are_kept),
		line_test(test_debian_machine),
		line_test(test_memory_is_not_inherited),
		line_test(test_root_and_services_are_not_inherited),
		line_test(test_similar_names_are_kept),
		line_test(test_quotes),
		line_test(test_blanks),
		line_test(test_append_replaces_our_own),
		line_test(test_tabs),
		line_test(test_spellings),
		line_test(test_checks_that_stop_the_machine),
		line_test(test_words_for_init),
		line_test(test_append),
		line_test(test_line_of_full_length),
		cmocka_unit_test(test_values),
	};

	return cmocka_run_group_tests_name("command_line", tests, NULL, NULL);
}
