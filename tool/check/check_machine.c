// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/dump_space.h"
#include "lib/textfile.h"
#include "lib/xalloc.h"
#include "tool/check/check_facts.h"
#include "tool/image/capture_plan.h"
#include "tool/kexec/crash_command_line.h"
#include "tool/kexec/crash_kernel.h"

#define MIB		(1024.0 * 1024)
#define CLOCK		"/sys/class/rtc/rtc0/since_epoch"
#define CLOCK_TOLERANCE 60 /* seconds */
#define CONSOLES	"/proc/consoles"

/* Return true if the space is enough. The caller frees *@text. */
static bool describe_space(char **text, const char *path, const char *host,
			   unsigned int percent)
{
	struct dump_space space;
	struct error error;
	char *need;

	if (dump_space_forecast(&space, path, host,
				crash_kernel_machine_memory(), percent,
				&error)) {
		*text = xstrdup(error.reason);
		return false;
	}
	need = dump_space_describe(&space);
	*text = xasprintf("%.0f MiB are free in %s, and %s",
			  (space.free - space.reserve) / MIB, path, need);
	free(need);
	return space.enough;
}

void check_space(struct check *check, struct facts *facts)
{
	char *host = capture_plan_host(), *text = NULL, *joined;
	struct text_list texts = {};
	bool enough = true;
	size_t i;

	for (i = 0; i < facts->targets.count; i++) {
		enough &= describe_space(&text, facts->targets.list[i].path,
					 host, facts->config.keep_free);
		text_list_add(&texts, text);
		free(text);
	}
	joined = text_list_join(&texts, "; ");
	if (joined && enough)
		check_pass(check, "%s", joined);
	else if (joined)
		check_warn(
			check,
			"make room there, for example with kdump-crypt remove",
			"%s", joined);
	free(joined);
	text_list_release(&texts);
	free(host);
}

/* The crash kernel has no other clock, and names the dump by it. */
void check_clock(struct check *check, struct facts *facts)
{
	long long hardware = textfile_read_number(CLOCK, NULL), off;

	(void)facts;
	if (hardware < 0) {
		check_warn(
			check, "load the driver of the hardware clock",
			"the hardware clock cannot be read: the names of dumps will have a wrong time");
		return;
	}
	off = llabs(hardware - time(NULL));
	if (off > CLOCK_TOLERANCE)
		check_warn(
			check, "run hwclock --systohc --utc",
			"the hardware clock is %lld s off: the names of dumps will have a wrong time",
			off);
	else
		check_pass(check, "the hardware clock is right");
}

/* Read the names. A line is "ttyS0 -W- (EC p a) 4:64", for example. */
static void read_consoles(struct text_list *consoles)
{
	FILE *stream = fopen(CONSOLES, "re");
	char line[256], name[32];

	if (!stream)
		return;
	while (fgets(line, sizeof(line), stream))
		if (sscanf(line, "%31s", name) == 1)
			text_list_add(consoles, name);
	fclose(stream);
}

/* Choose those of @consoles that the crash kernel will use. */
static void choose_consoles(struct text_list *chosen,
			    const struct text_list *consoles,
			    const char *append)
{
	char *running = textfile_read("/proc/cmdline", NULL);
	char *line = crash_command_line_make(running ?: "", append);
	struct text_list wanted = {};
	size_t i;

	crash_command_line_values(&wanted, line, "console");
	for (i = 0; i < wanted.count; i++) {
		/* Cut "ttyS0,115200n8", for example, to "ttyS0". */
		wanted.items[i][strcspn(wanted.items[i], ",")] = '\0';
		if (text_list_has(consoles, wanted.items[i]))
			text_list_add_once(chosen, wanted.items[i]);
	}
	/* Without console= it uses what this kernel uses. */
	for (i = 0; i < consoles->count && !wanted.count; i++)
		text_list_add(chosen, consoles->items[i]);
	text_list_release(&wanted);
	free(line);
	free(running);
}

void check_console(struct check *check, struct facts *facts)
{
	struct text_list consoles = {}, chosen = {};
	char *joined;

	read_consoles(&consoles);
	choose_consoles(&chosen, &consoles, facts->armed.append_option);
	joined = text_list_join(&chosen, ", ");
	if (joined)
		check_pass(check, "%s", joined);
	else
		check_warn(
			check,
			"add console= for a serial port or a screen to the kernel's command line",
			"the crash kernel has no console, so nobody will see what it does");
	free(joined);
	text_list_release(&chosen);
	text_list_release(&consoles);
}
