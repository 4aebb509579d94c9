// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/xalloc.h"
#include "tool/kexec/crash_command_line.h"

#define BLANKS " \t\n"

/*
 * The crash kernel does not inherit these parameters. A name that ends in a dot
 * means all names that begin with it. All other parameters are kept, because
 * the hardware and the consoles of this machine may need them.
 */
static const char *const not_inherited[] = {
	/* for the boot loader, and for the root filesystem, which is not mounted */
	"BOOT_IMAGE",
	"initrd",
	"root",
	"rootflags",
	"rootfstype",
	"rootwait",
	"rootdelay",
	"ro",
	"rw",
	"init",
	"rdinit",
	"resume",
	"resume_offset",
	"noresume",
	"cryptdevice",
	"cryptopts",
	"rd.",
	"systemd.",
	"luks.",
	"single",
	"emergency",
	"splash",
	"quiet",
	/* sized for all memory, so too large for the reserved memory */
	"crashkernel",
	"mem",
	"memmap",
	"hugepages",
	"hugepagesz",
	"default_hugepagesz",
	"hugetlb_cma",
	"cma",
	"swiotlb",
	"log_buf_len",
	"kfence.",
	"slub_debug",
	"slab_debug",
	"page_owner",
	"movablecore",
	"kernelcore",
	"dmcryptkeys",
	/* replaced by CRASH_PARAMETERS, or meant to stop the machine */
	"nr_cpus",
	"maxcpus",
	"panic",
	"panic_on_warn",
};

/*
 * Most of these save memory. panic=10 reboots the machine if the crash kernel
 * itself panics. rootfstype=ramfs lets the initramfs use more than half of the
 * memory. cryptomgr.notests skips the self-tests of the ciphers, which the
 * running kernel has passed: they take a sixth of the time until the dump
 * begins (docs/performance.md).
 */
#define CRASH_PARAMETERS                                                   \
	"nr_cpus=1 reset_devices irqpoll panic=10 quiet rootfstype=ramfs " \
	"novmcoredd cgroup_disable=memory transparent_hugepage=never "     \
	"cgroup.memory=nokmem hest_disable acpi_no_memhotplug "            \
	"cryptomgr.notests"

/* The kernel treats '-' and '_' in a name as the same character. */
static bool same_character(char a, char b)
{
	return a == b || (a == '-' && b == '_') || (a == '_' && b == '-');
}

static bool matches(const char *name, size_t length, const char *pattern)
{
	size_t i;

	for (i = 0; pattern[i]; i++)
		if (i == length || !same_character(name[i], pattern[i]))
			return false;
	return pattern[i - 1] == '.' ? length > i : length == i;
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
		if (matches(parameter, name_size, not_inherited[i]))
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
