// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tool/verbs/confirm.h"

bool confirm_possible(const char *outcome)
{
	if (isatty(STDIN_FILENO))
		return true;
	warnx("cannot ask for confirmation without a terminal, so %s: use --yes",
	      outcome);
	return false;
}

static bool agrees(const char *answer, const char *word)
{
	if (word)
		return !strcmp(answer, word);
	return answer[0] == 'y' || answer[0] == 'Y';
}

bool confirm(const char *question, const char *word, const char *outcome)
{
	char answer[16] = "";

	fputs(question, stdout);
	fflush(stdout);
	if (fgets(answer, sizeof(answer), stdin)) {
		answer[strcspn(answer, "\n")] = '\0';
		if (agrees(answer, word))
			return true;
	}
	warnx("%s", outcome);
	return false;
}
