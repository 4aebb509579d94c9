// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stdlib.h>

#include "lib/xalloc.h"
#include "tool/check/check.h"

void check_conclude(struct check *check, enum check_result result,
		    const char *remedy, const char *format, ...)
{
	va_list arguments;

	check->result = result;
	check->remedy = remedy ? xstrdup(remedy) : NULL;
	va_start(arguments, format);
	check->text = xvasprintf(format, arguments);
	va_end(arguments);
}

void check_fail_for(struct check *check, const char *remedy,
		    const struct error *error, const struct text_list *warnings)
{
	char *before = warnings ? text_list_join(warnings, "; ") : NULL;

	check_fail(check, remedy, "%s%s%s", before ?: "", before ? "; " : "",
		   error->reason);
	free(before);
}

void check_release(struct check *check)
{
	free(check->text);
	free(check->remedy);
}
