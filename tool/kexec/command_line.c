// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/xalloc.h"
#include "tool/kexec/command_line.h"

#define BLANKS " \t\n"

/*
 * What the crash kernel must not inherit. A name that ends in a dot stands for
 * all that begin with it. Everything else is kept, above all what makes this
 * machine's hardware work and its consoles.
 */
static const char *const not_inherited[] = {
	/* the boot loader's, and the root filesystem that is not mounted */
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
	/* memory: what was meant for all of it does not fit the reserved part */
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
	/* given a value of our own below, or meant to stop the machine */
	"nr_cpus",
	"maxcpus",
	"panic",
	"panic_on_warn",
};

/*
 * One CPU and no luxuries save memory; panic=10 brings the machine back where
 * the crash kernel itself fails; rootfstype=ramfs lets the initramfs take what
 * it needs, instead of at most half of the memory. The kernel's tests of its
 * ciphers, which the running kernel has passed, take a sixth of the time until
 * the dump begins (docs/performance.md).
 */
#define CRASH_PARAMETERS                                                   \
	"nr_cpus=1 reset_devices irqpoll panic=10 quiet rootfstype=ramfs " \
	"novmcoredd cgroup_disable=memory transparent_hugepage=never "     \
	"cgroup.memory=nokmem hest_disable acpi_no_memhotplug "            \
	"cryptomgr.notests"

/* As the kernel compares them: '-' and '_' are the same in a name. */
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

	/* Quotes may stand around the whole of it. */
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

/* Blanks within double quotes belong to the parameter. */
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

/* Whether @line has a parameter of that name. */
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

char *crash_command_line(const char *running, const char *append)
{
	const char *own = CRASH_PARAMETERS;
	char *line = xstrdup("");
	size_t length;

	for (; *(running += strspn(running, BLANKS)); running += length) {
		length = parameter_length(running);
		/* "--" ends the kernel's own parameters. */
		if (length == 2 && !strncmp(running, "--", 2))
			break;
		if (is_inherited(running, length))
			append_parameter(&line, running, length);
	}

	/*
	 * Of two values the kernel does not always take the last: of nr_cpus
	 * it takes the least. So what is appended replaces our own.
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

void command_line_values(struct text_list *values, const char *line,
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
