/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How far the dump has come: by what makedumpfile prints and has written. */
#ifndef KDUMP_CRYPT_PROGRESS_H
#define KDUMP_CRYPT_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

struct progress {
	int permille;	    /* of the pages to be copied; -1: not known */
	int first_permille; /* when it was first known */
	double first_time;
	double last_time;     /* of the last line about it, */
	long long last_bytes; /* and the size then */
};

void progress_init(struct progress *progress, double now);

/* So much of a thousand is done. @now is in seconds. */
void progress_set(struct progress *progress, int permille, double now);

/*
 * Whether @line, without its line end, is about the progress of makedumpfile,
 * of which that of copying is taken up. @now is in seconds.
 */
bool progress_parse(struct progress *progress, const char *line, double now);

/* A line for people: percent, what was written, rate, time left. */
void progress_format(struct progress *progress, long long bytes, double now,
		     char *line, size_t size);

#endif /* KDUMP_CRYPT_PROGRESS_H */
