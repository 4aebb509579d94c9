// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "capture/deadlines.h"
#include "capture/kernel_log.h"
#include "capture/pstore.h"
#include "capture/report.h"
#include "capture/steps.h"
#include "lib/dumps.h"
#include "lib/textfile.h"

#define STEP	      "pstore"
#define BACKEND	      "/sys/module/pstore/parameters/backend"
#define NO_BACKEND    "(null)"
#define LOG_DIRECTORY "/run"
#define LOG_FILE      LOG_DIRECTORY "/" DUMP_KERNEL_LOG
#define TAIL_BYTES    16384		 /* a store has some ten KiB */
#define MOUNT_OPTIONS "kmsg_bytes=32768" /* the tail, and what follows it */
#define LINE_BYTES    900		 /* the kernel takes at most 1024 */

/*
 * pstore saves this kernel's own log. With always_kmsg_dump it does so at each
 * restart, not only after a crash. So copy the tail into this kernel's log.
 */
static int copy_to_kernel_log(FILE *log, struct error *error)
{
	FILE *kernel_log = fopen("/dev/kmsg", "we");
	char *line = NULL;
	size_t capacity = 0;
	ssize_t length;

	if (!kernel_log)
		return error_set_errno(error, "/dev/kmsg");
	setlinebuf(kernel_log);
	fprintf(kernel_log,
		"kdump-crypt: the end of the crashed kernel's log:\n");
	while ((length = getline(&line, &capacity, log)) >= 0) {
		if (length > LINE_BYTES)
			strcpy(line + LINE_BYTES, "\n");
		fprintf(kernel_log, "| %s", line);
	}
	free(line);
	if (fclose(kernel_log))
		return error_set_errno(error, "/dev/kmsg");
	return 0;
}

static int save_tail(struct error *error)
{
	FILE *log = fopen(LOG_FILE, "re");
	int ret;

	if (!log)
		return error_set_errno(error, LOG_FILE);
	if (!fseek(log, -TAIL_BYTES, SEEK_END))
		while (getc(log) != '\n' && !feof(log))
			;
	/* Keep it off the consoles, and let the kernel log take all of it. */
	textfile_write("/proc/sys/kernel/printk", "1", NULL);
	textfile_write("/proc/sys/kernel/printk_devkmsg", "on\n", NULL);
	ret = copy_to_kernel_log(log, error);
	fclose(log);
	if (!ret)
		ret = textfile_write(
			"/sys/module/printk/parameters/always_kmsg_dump", "Y",
			error);
	return ret;
}

static bool has_backend(void)
{
	char *backend = textfile_read(BACKEND, NULL);
	bool found = backend && backend[0] && strcmp(backend, NO_BACKEND);

	free(backend);
	return found;
}

void pstore_save_log(void)
{
	struct error error;

	step_begin(STEP, PSTORE_SECONDS);
	if (!has_backend()) {
		report(STEP,
		       "the machine has no store for the kernel log, which is lost");
		return;
	}
	if (mount("pstore", "/sys/fs/pstore", "pstore",
		  MS_NOSUID | MS_NODEV | MS_NOEXEC, MOUNT_OPTIONS))
		report(STEP, "cannot mount pstore: %s", strerror(errno));
	if (kernel_log_write(STEP, LOG_DIRECTORY, &error) ||
	    save_tail(&error)) {
		report(STEP, "cannot save the kernel log: %s", error.reason);
		return;
	}
	unlink(LOG_FILE);
	step_begin(STEP, PSTORE_SECONDS);
	report(STEP, "the end of the kernel log goes to pstore");
}
