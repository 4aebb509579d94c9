// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
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
	assert_true(has_parameter(own, "retain_initrd"));
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
	assert_kept("xmem=1 rootx=1 panicky=1 rom rdx=1 quieter sysctl rd.",
		    "xmem=1 rootx=1 panicky=1 rom rdx=1 quieter sysctl rd.");
	assert_kept("numa=off nmi_watchdog=0 numa=fake=4U nmi_watchdog=panic,1",
		    "numa=off nmi_watchdog=0");
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
	assert_kept("oops=panic panic_on_oops=1 panic_on_taint=0x20 "
		    "panic_print=0xff pause_on_oops=60 hung_task_panic=1 "
		    "softlockup_panic=1 softlockup_all_cpu_backtrace=1 "
		    "hardlockup_all_cpu_backtrace=1 unknown_nmi_panic "
		    "workqueue.panic_on_stall=1 smp.panic_on_ipistall=1 "
		    "kgdbwait kgdboc=ttyS0 boot_delay=100",
		    "");
}

/* The kernel writes these into /proc/sys before it starts init. */
static void test_sysctl_is_not_inherited(void **state)
{
	assert_kept("sysctl.vm.nr_hugepages=1024 sysctl.kernel.panic=0 "
		    "sysctl.vm/min_free_kbytes=1048576",
		    "");
}

/* With this the crash kernel uses all memory of the machine, and so destroys it. */
static void test_memory_of_the_crashed_kernel(void **state)
{
	assert_kept("add_efi_memmap initrdmem=0x1000,4096 efi=noruntime",
		    "efi=noruntime");
}

static void test_memory_of_tables_and_pools(void **state)
{
	assert_kept("dhash_entries=1048576 ihash_entries=1 mhash-entries=1 "
		    "mphash_entries=1 thash_entries=1 uhash_entries=1 "
		    "tcpmhash_entries=1 cma_pernuma=64M numa_cma=0:64M "
		    "hugetlb_free_vmemmap=on reserve_mem=64M:4096:trace "
		    "coherent_pool=16M thp_anon=64K:always zswap.enabled=1 "
		    "page_poison=on debug_pagealloc=on memtest=4 slab_nomerge",
		    "");
}

static void test_tracing_is_not_inherited(void **state)
{
	assert_kept("trace_event=sched:* trace_buf_size=64M trace_instance=a "
		    "trace_options=stacktrace trace_clock=global tp_printk "
		    "ftrace=function ftrace_filter=a ftrace_dump_on_oops "
		    "ftrace_boot_snapshot alloc_snapshot stacktrace "
		    "stacktrace_filter=a kprobe_event=p:a traceoff_on_warning "
		    "kmemleak=on kasan_multi_shot debug_objects profile=2 "
		    "kunit.enable=1 rcutorture.stall_cpu=30 rcuscale.shutdown=1 "
		    "failslab=1,1,0,1 fail_page_alloc=1,1,0,1",
		    "");
}

/* The crash kernel has one CPU, and its number is 0. */
static void test_processors_are_not_inherited(void **state)
{
	assert_kept("isolcpus=1-7 nohz_full=0-7 rcu_nocbs=1-7 rcu_nocb_poll "
		    "irqaffinity=0 possible_cpus=8 kthread_cpus=0 "
		    "workqueue.unbound_cpus=0",
		    "");
}

/* With noinitrd it would have no initramfs. */
static void test_start_of_the_running_system(void **state)
{
	assert_kept("noinitrd retain_initrd nfsroot=/a ip=dhcp S rescue "
		    "resumewait resumedelay=10 hibernate=no ima_policy=tcb "
		    "ima.ahash_minsize=1 evm=fix audit=1 "
		    "audit_backlog_limit=8192 plymouth.enable=0 fsck.mode=skip "
		    "dm-mod.create=a raid=noautodetect bootconfig "
		    "module_blacklist=squashfs,loop",
		    "");
}

/* Hardware, its workarounds, and security may need these. */
static void test_what_hardware_needs_is_kept(void **state)
{
	static const char *const lines[] = {
		"acpi=off acpi_rsdp=0x1000 pci=nommconf pcie_aspm=off iommu=pt",
		"amd_iommu=off intremap=off noapic nolapic tsc=unstable",
		"clocksource=hpet idle=poll processor.max_cstate=1 reboot=efi",
		"nvme_core.io_timeout=255 libata.force=noncq usbcore.quirks=a",
		"initcall_blacklist=a nmi_watchdog=0",
		"mem_encrypt=on nokaslr mitigations=off lockdown=integrity",
		"module.sig_enforce=1 selinux=0 apparmor=0 earlycon=uart8250",
		"pstore.backend=efi ramoops.mem_size=1 kdump_crypt.debug",
		"nowatchdog nosoftlockup stack_depot_disable=on nosmp",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lines); i++)
		assert_kept(lines[i], lines[i]);
}

static void assert_length(size_t length, int expected)
{
	char *line = malloc(length + 1);
	struct error error = {};

	memset(line, 'a', length);
	line[length] = '\0';
	assert_int_equal(crash_command_line_check(line, &error), expected);
	if (expected) {
		assert_int_equal(error.number, E2BIG);
		assert_non_null(strstr(
			error.reason,
			"the crash kernel's command line is 1945 bytes long, and there is room for 1944: "));
		assert_non_null(strstr(error.reason, "remove parameters"));
	}
	free(line);
}

/*
 * The kernel accepts 2047 bytes with the final zero. Its elfcorehdr= may take
 * 30 of them, and the module's parameters 72.
 */
static void test_longest_line(void **state)
{
	assert_length(0, 0);
	assert_length(1944, 0);
	assert_length(1945, -1);
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
		line_test(test_sysctl_is_not_inherited),
		line_test(test_memory_of_the_crashed_kernel),
		line_test(test_memory_of_tables_and_pools),
		line_test(test_tracing_is_not_inherited),
		line_test(test_processors_are_not_inherited),
		line_test(test_start_of_the_running_system),
		line_test(test_what_hardware_needs_is_kept),
		line_test(test_words_for_init),
		line_test(test_append),
		line_test(test_line_of_full_length),
		cmocka_unit_test(test_longest_line),
		cmocka_unit_test(test_values),
	};

	return cmocka_run_group_tests_name("command_line", tests, NULL, NULL);
}
