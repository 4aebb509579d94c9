// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fnmatch.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/xalloc.h"
#include "tool/host/architecture.h"
#include "tool/kexec/crash_command_line.h"

#define BLANKS " \t\n"

/*
 * The crash kernel does not inherit these parameters. All others are kept,
 * because the hardware and the consoles of this machine may need them. These
 * are patterns of fnmatch(3), with '_' for '-'. One that contains "=" has to
 * match the value as well.
 *
 * This follows admin-guide/kernel-parameters.txt of Linux 6.12, kind by kind.
 * docs/design.md gives the reasons.
 */
static const char *const not_inherited[] = {
	/* the start of the running system: its initramfs, root and services */
	"BOOT_IMAGE",
	"initrd",
	"initrdmem",
	"noinitrd",
	"retain_initrd",
	"keepinitrd",
	"initramfs_options",
	"bootconfig",
	"*ramdisk*",
	"root",
	"rootflags",
	"rootfstype",
	"rootwait",
	"rootdelay",
	"ro",
	"rw",
	"init",
	"rdinit",
	"raid",
	"md",
	"dm_mod.*",
	"nfsroot*",
	"nfsaddrs",
	"ip",
	"resume*",
	"noresume",
	"hibernate*",
	"nohibernate",
	"cryptdevice",
	"cryptopts",
	"rd.?*",
	"systemd.?*",
	"luks.?*",
	"fsck.?*",
	"plymouth.?*",
	"single",
	"S",
	"emergency",
	"rescue",
	"splash",
	"ima_*",
	"ima.*",
	"evm",
	"audit*",

	/* memory of the machine: the crash kernel must not touch it */
	"crashkernel",
	"dmcryptkeys",
	"elfcorehdr",
	"mem",
	"memmap",
	"memchunk",
	"add_efi_memmap",
	"efi_fake_mem",
	"reserve_mem",
	"*movable*",
	"kernelcore",
	"numa=fake*",
	"memhp_*",
	"memory_hotplug.*",

	/* sized for all memory: too large for the reserved memory */
	"hugepage*",
	"default_hugepagesz",
	"hugetlb_*",
	"thp_*",
	"*cma",
	"cma_*",
	"*swiotlb*",
	"coherent_pool",
	"log_buf_len",
	"*hash_entries",
	"hashdist",
	"zswap.*",

	/* written to /proc/sys when the kernel starts: memory, panics and more */
	"sysctl.?*",

	/* what lets the crash kernel panic, stop or wait */
	"panic",
	"panic_*",
	"*.panic_on_*",
	"*_panic",
	"oops",
	"pause_on_oops",
	"*lockup_all_cpu_backtrace",
	"nmi_watchdog=*panic*",
	"kgdb*",
	"ekgdboc",
	"boot_delay",

	/* tracing, debugging and tests: they take memory and time */
	"ftrace*",
	"trace_*",
	"traceoff_*",
	"tp_printk*",
	"alloc_snapshot",
	"stacktrace*",
	"kprobe_event",
	"kmemleak",
	"kasan*",
	"kcsan*",
	"kmsan*",
	"kfence.*",
	"slub_*",
	"slab_*",
	"page_owner",
	"page_poison",
	"page_table_check",
	"early_page_ext",
	"debug_pagealloc",
	"debug_guardpage_minorder",
	"debug_objects",
	"dma_debug*",
	"vm_debug",
	"memtest",
	"profile",
	"failslab",
	"fail_*",
	"kunit.*",
	"*torture.*",
	"rcuscale.*",
	"refscale.*",

	/* numbers of processors: it has one, which is processor 0 */
	"nr_cpus",
	"maxcpus",
	"possible_cpus",
	"isolcpus",
	"nohz_full",
	"rcu_nocb*",
	"irqaffinity",
	"kthread_cpus",
	"workqueue.unbound_cpus",

	/* hardening guides put squashfs in it; only what is needed is loaded */
	"module_blacklist",

	/* in CRASH_PARAMETERS */
	"quiet",
};

/*
 * The kernel accepts KERNEL_LIMIT bytes, with the final zero, in x86's
 * bzImage64_load(). It reserves ADDED_BY_KERNEL of them for elfcorehdr=.
 * ADDED_BY_MODULE is enough for dmcryptkeys= and memmap= of module/segment.c.
 */
#define KERNEL_LIMIT	2047
#define ADDED_BY_KERNEL 30
#define ADDED_BY_MODULE 72
#define MAX_LENGTH	(KERNEL_LIMIT - 1 - ADDED_BY_KERNEL - ADDED_BY_MODULE)

/*
 * Most of these save memory. panic=10 reboots the machine if the crash kernel
 * itself panics. rootfstype=ramfs lets the initramfs use more than half of the
 * memory. cryptomgr.notests skips the self-tests of the ciphers, which the
 * running kernel has passed: they take a sixth of the time until the dump
 * begins (docs/performance.md). retain_initrd keeps the squashfs in memory, see
 * lib/first_stage.h.
 */
#define CRASH_PARAMETERS                                                   \
	"nr_cpus=1 reset_devices irqpoll panic=10 quiet rootfstype=ramfs " \
	"novmcoredd cgroup_disable=memory transparent_hugepage=never "     \
	"cgroup.memory=nokmem hest_disable acpi_no_memhotplug "            \
	"cryptomgr.notests retain_initrd" MORE_CRASH_PARAMETERS

/* The kernel treats '-' and '_' in a name as the same character. */
static bool matches(const char *text, size_t length, const char *pattern)
{
	char *copy = xasprintf("%.*s", (int)length, text);
	bool found;
	size_t i;

	for (i = 0; copy[i] && copy[i] != '='; i++)
		if (copy[i] == '-')
			copy[i] = '_';
	found = !fnmatch(pattern, copy, 0);
	free(copy);
	return found;
}

static bool is_inherited(const char *parameter, size_t length)
{
	size_t name_size = 0, i;

	/* The whole parameter may be quoted. */
	if (length && *parameter == '"') {
		parameter++;
		length--;
	}
	while (name_size < length && parameter[name_size] != '=' &&
	       parameter[name_size] != '"')
		name_size++;

	for (i = 0; i < sizeof(not_inherited) / sizeof(not_inherited[0]); i++)
		if (matches(parameter,
			    strchr(not_inherited[i], '=') ? length : name_size,
			    not_inherited[i]))
			return false;
	return true;
}

/* Blanks in double quotes belong to the parameter. */
static size_t parameter_length(const char *text)
{
	bool quoted = false;
	size_t length = 0;

	while (text[length] && (quoted || !strchr(BLANKS, text[length]))) {
		if (text[length] == '"')
			quoted = !quoted;
		length++;
	}
	return length;
}

static size_t name_length(const char *parameter, size_t length)
{
	size_t i = 0;

	while (i < length && parameter[i] != '=')
		i++;
	return i;
}

/* Return true if @line has a parameter of that name. */
static bool names(const char *line, const char *name, size_t length)
{
	size_t size;

	for (; *(line += strspn(line, BLANKS)); line += size) {
		size = parameter_length(line);
		if (name_length(line, size) == length &&
		    !strncmp(line, name, length))
			return true;
	}
	return false;
}

static void append_parameter(char **line, const char *parameter, size_t length)
{
	char *longer = xasprintf("%s%s%.*s", *line, **line ? " " : "",
				 (int)length, parameter);

	free(*line);
	*line = longer;
}

char *crash_command_line_make(const char *running, const char *append)
{
	const char *own = CRASH_PARAMETERS;
	char *line = xstrdup("");
	size_t length;

	for (; *(running += strspn(running, BLANKS)); running += length) {
		length = parameter_length(running);
		/* Parameters after "--" are for init, not for the kernel. */
		if (length == 2 && !strncmp(running, "--", 2))
			break;
		if (is_inherited(running, length))
			append_parameter(&line, running, length);
	}

	/*
	 * If a parameter occurs twice, the last one does not always win: of
	 * two nr_cpus the kernel uses the smaller one. So do not add our own
	 * value if @append has one.
	 */
	append = append ?: "";
	for (; *(own += strspn(own, BLANKS)); own += length) {
		length = parameter_length(own);
		if (!names(append, own, name_length(own, length)))
			append_parameter(&line, own, length);
	}
	if (*append)
		append_parameter(&line, append, strlen(append));
	return line;
}

int crash_command_line_check(const char *line, struct error *error)
{
	size_t length = strlen(line);

	if (length <= MAX_LENGTH)
		return 0;
	return error_set(
		error, E2BIG,
		"the crash kernel's command line is %zu bytes long, and there is room for %d: remove parameters from the command line of the running kernel and reboot, or from --append",
		length, MAX_LENGTH);
}

void crash_command_line_values(struct text_list *values, const char *line,
			       const char *name)
{
	size_t length, name_size;

	for (; *(line += strspn(line, BLANKS)); line += length) {
		length = parameter_length(line);
		name_size = name_length(line, length);
		if (name_size < length && matches(line, name_size, name)) {
			char *value = xasprintf("%.*s",
						(int)(length - name_size - 1),
						line + name_size + 1);

			text_list_add(values, value);
			free(value);
		}
	}
}
