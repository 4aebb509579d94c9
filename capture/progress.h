/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The progress of the dump: how much is done, how fast, and the time left. */
#ifndef KDUMP_CRYPT_PROGRESS_H
#define KDUMP_CRYPT_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

struct progress {
	int permille;	      /* copied pages per 1000; -1: not known */
	int first_permille;   /* the first value of permille that was known */
	double first_time;    /* the time of that value, in seconds */
	double last_time;     /* the time of the last report, in seconds */
	long long last_bytes; /* the bytes that were written at that time */
};

/* @now is in seconds. */
void progress_init(struct progress *progress, double now);

/* Set the progress to @permille of 1000. @now is in seconds. */
void progress_set(struct progress *progress, int permille, double now);

/*
 * Return true if @line, without its newline, is a progress line of makedumpfile.
 * If it is about copying pages, set the progress. @now is in seconds.
 */
bool progress_parse(struct progress *progress, const char *line, double now);

/* Format a line: percent, bytes written, rate, time left. */
void progress_format(struct progress *progress, long long bytes, double now,
		     char *line, size_t size);

/*
 * Report the progress as part of @step, unless that was done just before.
 * @bytes are written.
 */
void progress_report(struct progress *progress, const char *step,
		     long long bytes);

#endif /* KDUMP_CRYPT_PROGRESS_H */
