// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/clock.h"
#include "capture/collector.h"
#include "capture/deadlines.h"
#include "capture/disk_space.h"
#include "capture/progress.h"
#include "capture/steps.h"
#include "lib/prefix.h"
#include "lib/run_program.h"
#include "lib/xalloc.h"

#define WORDS	  512
#define LAST_LINE "makedumpfile " /* "Failed.", "Completed." */

struct collector {
	const char *step;
	const char *file; /* that it writes */
	unsigned int stall;
	struct progress progress;
	off_t size;	   /* of the file, when it was looked at last */
	double last_alive; /* when it last printed something, or wrote */
	char line[WORDS];  /* what has come of the current line */
	size_t length;
	char words[WORDS]; /* the last line that was not about progress */
};

const char *collector_source(void)
{
	return access(CRASHED_MEMORY_LAZY, R_OK) ? CRASHED_MEMORY :
						   CRASHED_MEMORY_LAZY;
}

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
	    progress_parse(&collector->progress, collector->line, clock_now()))
		return;
	/* The exit status says the same as the very last line. */
	if (!starts_with(collector->line, LAST_LINE))
		strcpy(collector->words, collector->line);
}

static void note_alive(struct collector *collector)
{
	collector->last_alive = clock_now();
	step_begin(collector->step, collector->stall + KILL_MARGIN_SECONDS);
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
	progress_parse(&collector->progress, collector->line, clock_now());
	note_alive(collector);
}

static bool is_alive(void *context)
{
	struct collector *collector = context;
	off_t size = size_of(collector->file);

	if (size != collector->size)
		note_alive(collector);
	collector->size = size;
	progress_report(&collector->progress, collector->step, size);
	return clock_now() - collector->last_alive <= collector->stall;
}

/* Set the reason for what run_program() returned, if that is a failure. */
static int explain(const struct collector *collector, const char *name, int ret,
		   struct error *error)
{
	const char *words = collector->words;

	if (!ret)
		return 0;
	if (ret < 0 && error && error->number == ETIMEDOUT)
		return error_set(
			error, ETIMEDOUT,
			"%s made no progress for %u seconds and was killed",
			name, collector->stall);
	if (ret < 0)
		return -1;
	if (ret > 128)
		return error_set(error, 0, "%s was ended by signal %d%s", name,
				 ret - 128,
				 ret == 128 + SIGKILL ? " (out of memory?)" :
							"");
	return error_set(error, 0, "%s failed with status %d%s%s", name, ret,
			 words[0] ? ": " : "", words);
}

int collector_run(const char *step, char *const *arguments,
		  const char *directory, const char *output, unsigned int stall,
		  struct error *error)
{
	static char *const environment[] = { NULL };
	char *file = xasprintf("%s/%s", directory, output);
	struct collector collector = {
		.step = step,
		.file = file,
		.stall = stall,
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

	progress_init(&collector.progress, clock_now());
	note_alive(&collector);
	ret = run_program(&program, error);
	end_line(&collector);
	free(file);
	if (!explain(&collector, arguments[0], ret, error))
		return 0;
	return disk_space_explain(directory, error);
}
