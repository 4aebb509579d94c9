// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>

#include "capture/clock.h"
#include "capture/progress.h"
#include "capture/report.h"
#include "lib/prefix.h"

#define MIB		(1024.0 * 1024)
#define REPORT_SECONDS	2  /* between two reports */
#define ENOUGH_PERMILLE 50 /* to judge from: the first pages are special */

void progress_init(struct progress *progress, double now)
{
	*progress = (struct progress) { .permille = -1, .last_time = now };
}

void progress_set(struct progress *progress, int permille, double now)
{
	if (progress->permille < 0) {
		progress->first_permille = permille;
		progress->first_time = now;
	}
	progress->permille = permille;
}

/* A line is like "Copying data           : [ 45.3 %] /  eta: 3s". */
bool progress_parse(struct progress *progress, const char *line, double now)
{
	const char *bracket = strstr(line, ": [");
	unsigned int percent, tenth;
	int end = 0;

	if (!bracket ||
	    sscanf(bracket, ": [%3u.%1u %%]%n", &percent, &tenth, &end) != 2 ||
	    !end || percent > 100)
		return false;
	if (!starts_with(line, "Copying data"))
		return true;
	progress_set(progress, percent * 10 + tenth, now);
	return true;
}

/* Return seconds. Return a negative number if they cannot be judged yet. */
static double time_left(const struct progress *progress, double now)
{
	int done = progress->permille - progress->first_permille;

	if (progress->permille < 0 || done < ENOUGH_PERMILLE)
		return -1;
	return (now - progress->first_time) * (1000 - progress->permille) /
	       done;
}

static int format_time(char *text, size_t size, double seconds)
{
	unsigned long whole = seconds + 0.5;

	if (whole < 60)
		return snprintf(text, size, "%lu s", whole);
	if (whole < 3600)
		return snprintf(text, size, "%lu min %lu s", whole / 60,
				whole % 60);
	return snprintf(text, size, "%lu h %lu min", whole / 3600,
			whole % 3600 / 60);
}

void progress_format(struct progress *progress, long long bytes, double now,
		     char *line, size_t size)
{
	double seconds = now - progress->last_time;
	double rate = seconds > 0 ? (bytes - progress->last_bytes) / seconds :
				    0;
	double left = time_left(progress, now);
	char percent[16] = "", remaining[48] = "";

	if (progress->permille >= 0)
		snprintf(percent, sizeof(percent), "%d.%d %%, ",
			 progress->permille / 10, progress->permille % 10);
	if (left >= 0) {
		strcpy(remaining, ", ");
		format_time(remaining + 2, sizeof(remaining) - 8, left);
		strcat(remaining, " left");
	}
	snprintf(line, size, "%s%.1f MiB so far, %.1f MiB/s%s", percent,
		 bytes / MIB, rate / MIB, remaining);
	progress->last_time = now;
	progress->last_bytes = bytes;
}

void progress_report(struct progress *progress, const char *step,
		     long long bytes)
{
	double now = clock_now();
	char line[128];

	if (now - progress->last_time < REPORT_SECONDS)
		return;
	progress_format(progress, bytes, now, line, sizeof(line));
	report(step, "%s", line);
}
