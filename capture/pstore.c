// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "capture/collector.h"
#include "capture/dump.h"
#include "capture/pstore.h"
#include "capture/report.h"
#include "capture/watchdog.h"
#include "lib/dumps.h"
#include "lib/textfile.h"

#define STEP	      "pstore"
#define BACKEND	      "/sys/module/pstore/parameters/backend"
#define NO_BACKEND    "(null)"
#define LOG_DIRECTORY "/run"
#define LOG_FILE      LOG_DIRECTORY "/" DUMP_KERNEL_LOG
#define LOG_STALL     60		 /* seconds */
#define TAIL_BYTES    16384		 /* such stores have some ten KiB */
#define MOUNT_OPTIONS "kmsg_bytes=32768" /* with what comes after it */
#define WRITE_SECONDS 60

/*
 * pstore saves this kernel's own log, and with always_kmsg_dump also where it
 * does not crash. So what is to be saved has to go through that.
 */
static int copy_to_kernel_log(FILE *log)
{
	FILE *kernel_log = fopen("/dev/kmsg", "we");
	char *line = NULL;
	size_t capacity = 0;
	ssize_t length;

	if (!kernel_log)
		return -1;
	setlinebuf(kernel_log);
	fprintf(kernel_log,
		"kdump-crypt: the end of the crashed kernel's log:\n");
	while ((length = getline(&line, &capacity, log)) >= 0) {
		/* A message of the kernel's has at most 1024 bytes. */
		if (length > 900)
			strcpy(line + 900, "\n");
		fprintf(kernel_log, "| %s", line);
	}
	free(line);
	return fclose(kernel_log);
}

static int save_tail(void)
{
	FILE *log = fopen(LOG_FILE, "re");
	int ret;

	if (!log)
		return -1;
	if (!fseek(log, -TAIL_BYTES, SEEK_END))
		while (getc(log) != '\n' && !feof(log))
			;
	/* Not on the consoles, and all of it. */
	textfile_write("/proc/sys/kernel/printk", "1", NULL);
	textfile_write("/proc/sys/kernel/printk_devkmsg", "on\n", NULL);
	ret = copy_to_kernel_log(log);
	fclose(log);
	if (!ret)
		ret = textfile_write(
			"/sys/module/printk/parameters/always_kmsg_dump", "Y",
			NULL);
	return ret;
}

static int has_backend(void)
{
	char *backend = textfile_read(BACKEND, NULL);
	int found = backend && backend[0] && strcmp(backend, NO_BACKEND);

	free(backend);
	return found;
}

void pstore_save_log(void)
{
	char words[COLLECTOR_WORDS];

	watchdog_step(STEP, LOG_STALL + WRITE_SECONDS);
	if (!has_backend()) {
		report(STEP,
		       "the machine has no store for the kernel log, which is lost");
		return;
	}
	if (mount("pstore", "/sys/fs/pstore", "pstore",
		  MS_NOSUID | MS_NODEV | MS_NOEXEC, MOUNT_OPTIONS))
		report(STEP, "cannot mount pstore: %s", strerror(errno));
	if (dump_kernel_log(STEP, LOG_DIRECTORY, LOG_STALL, words, NULL) ||
	    save_tail()) {
		report(STEP, "the kernel log cannot be saved there: %s",
		       words[0] ? words : strerror(errno));
		return;
	}
	unlink(LOG_FILE);
	watchdog_step(STEP, WRITE_SECONDS);
	report(STEP, "the end of the kernel log goes to pstore");
}
