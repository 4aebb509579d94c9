// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/textfile.h"
#include "lib/xalloc.h"
#include "tool/host/system_program.h"
#include "tool/image/memory_facts.h"
#include "tool/kexec/crash_kernel.h"
#include "tool/setup/grub_file.h"
#include "tool/setup/setup.h"

#define MIB (1024 * 1024)

/* Debian's kind of GRUB: upstream's knows neither directory nor program. */
static bool has_grub(void)
{
	return system_program_is_installed("update-grub") &&
	       (!access("/etc/default/grub", F_OK) ||
		!access(GRUB_DIRECTORY, F_OK));
}

static int want_in_grub(struct setup *setup, long long mebibytes)
{
	char *content = grub_file_content(mebibytes);
	int ret = setup_want_file(setup, GRUB_DIRECTORY, GRUB_FILE, content,
				  UPDATE_GRUB);

	setup->needs_reboot = true;
	free(content);
	return ret;
}

static void want_by_hand(struct setup *setup, const char *parameter)
{
	char *text = xasprintf(
		"put %s on the kernel's command line, in place of any other crashkernel=, and reboot;\n"
		"    with systemd-boot in /etc/kernel/cmdline, which has all of the command line\n"
		"    (where it is missing, make it from /proc/cmdline, without BOOT_IMAGE= and\n"
		"    initrd=), then type kernel-install add VERSION /boot/vmlinuz-VERSION for each\n"
		"    kernel, and bootctl list to see what will be booted",
		parameter);

	text_list_add(&setup->by_hand, text);
	free(text);
}

/* Rebooting once more would not help. */
static bool was_asked_for(const char *parameter)
{
	char *running = textfile_read("/proc/cmdline", NULL) ?: xstrdup("");
	char *state, *word;
	bool found = false;

	for (word = strtok_r(running, " ", &state); word && !found;
	     word = strtok_r(NULL, " ", &state))
		found = !strcmp(word, parameter);
	free(running);
	return found;
}

static int want_reserved(struct setup *setup, long long mebibytes)
{
	char *parameter = xasprintf("crashkernel=%lldM", mebibytes);
	int ret = 0;

	if (was_asked_for(parameter)) {
		warnx("the kernel was started with %s and could not reserve that: the kernel log has more",
		      parameter);
		ret = -1;
	} else if (has_grub()) {
		ret = want_in_grub(setup, mebibytes);
	} else {
		want_by_hand(setup, parameter);
	}
	free(parameter);
	return ret;
}

int setup_memory(struct setup *setup)
{
	struct memory_facts facts = { 0 };
	struct memory_estimate estimate;
	long long reserved = crash_kernel_reserved();

	if (memory_facts_find(&facts, NULL, &setup->targets, &setup->config))
		return -1;
	memory_estimate(&estimate, &facts);
	setup_print("Memory",
		    "%lld MiB needed for a crash kernel, %lld MiB reserved",
		    estimate.total / MIB, reserved / MIB);
	if (reserved >= estimate.total)
		return 0;
	return want_reserved(setup, estimate.total / MIB);
}
