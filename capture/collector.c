// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "capture/collector.h"
#include "capture/progress.h"
#include "capture/report.h"
#include "capture/watchdog.h"
#include "lib/prefix.h"
#include "lib/run_program.h"
#include "lib/xalloc.h"

#define WATCHDOG_MARGIN	 60 /* seconds for the kill to take effect */
#define PROGRESS_SECONDS 2  /* between two reports of it */
#define LAST_LINE	 "makedumpfile " /* "Failed.", "Completed." */

struct collector {
	const char *step;
	const char *file; /* that it writes */
	unsigned int stall;
	struct progress progress;
	off_t size;	   /* of the file, when it was looked at last */
	double last_alive; /* when it last printed something, or wrote */
	char line[COLLECTOR_WORDS]; /* what has come of the current line */
	size_t length;
	char *words;
};

static off_t size_of(const char *file)
{
	struct stat status;

	return stat(file, &status) ? 0 : status.st_size;
}

static void end_line(struct collector *collector)
{
	collector->line[collector->length] = '\0';
	collector->length = 0;
	if (!collector->line[0] ||
	    progress_parse(&collector->progress, collector->line,
			   report_clock()))
		return;
	/* The exit status says the same as the very last line. */
	if (!starts_with(collector->line, LAST_LINE))
		strcpy(collector->words, collector->line);
}

static void note_alive(struct collector *collector)
{
	collector->last_alive = report_clock();
	watchdog_step(collector->step, collector->stall + WATCHDOG_MARGIN);
}

static void read_output(const char *text, size_t length, void *context)
{
	struct collector *collector = context;
	size_t i;

	for (i = 0; i < length; i++) {
		if (text[i] == '\r' || text[i] == '\n')
			end_line(collector);
		else if (collector->length < sizeof(collector->line) - 1)
			collector->line[collector->length++] = text[i];
	}
	/* A line about progress is ended only as the next one begins. */
	collector->line[collector->length] = '\0';
	progress_parse(&collector->progress, collector->line, report_clock());
	note_alive(collector);
}

static void report_progress(struct collector *collector)
{
	double now = report_clock();
	char line[128];

	if (now - collector->progress.last_time < PROGRESS_SECONDS)
		return;
	progress_format(&collector->progress, collector->size, now, line,
			sizeof(line));
	report(collector->step, "%s", line);
}

static bool is_alive(void *context)
{
	struct collector *collector = context;
	off_t size = size_of(collector->file);

	if (size != collector->size)
		note_alive(collector);
	collector->size = size;
	report_progress(collector);
	return report_clock() - collector->last_alive <= collector->stall;
}

int collector_run(const char *step, char *const *arguments,
		  const char *directory, const char *output, unsigned int stall,
		  char words[COLLECTOR_WORDS], struct error *error)
{
	static char *const environment[] = { NULL };
	char *file = xasprintf("%s/%s", directory, output);
	struct collector collector = {
		.step = step,
		.file = file,
		.stall = stall,
		.words = words,
	};
	const struct program program = {
		.arguments = arguments,
		.environment = environment,
		.directory = directory,
		.output = read_output,
		.output_has_errors = true,
		.tick = is_alive,
		.context = &collector,
	};
	int ret;

	words[0] = '\0';
	progress_init(&collector.progress, report_clock());
	note_alive(&collector);
	ret = run_program(&program, error);
	if (ret < 0 && error && error->number == ETIMEDOUT)
		error_set(error, ETIMEDOUT,
			  "%s made no progress for %u seconds and was killed",
			  arguments[0], stall);
	end_line(&collector);
	free(file);
	return ret;
}
