// SPDX-License-Identifier: GPL-2.0-or-later
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/xalloc.h"
#include "tool/verbs/commands.h"
#include "tool/verbs/verb_options.h"

/*
 * getopt_long() returns this number for the first option of a verb. It is
 * greater than any character. The other options get the numbers after it,
 * because getopt_long() accepts an ambiguous abbreviation if all options that
 * it may mean return the same number.
 */
#define FIRST_OPTION 256

static struct option *make_long_options(const struct verb_option *options)
{
	struct option *list;
	size_t count = 0, i;

	while (options && options[count].name)
		count++;
	list = xrealloc(NULL, (count + 3) * sizeof(*list));
	for (i = 0; i < count; i++)
		list[i] = (struct option) {
			.name = options[i].name,
			.has_arg = options[i].flag ? no_argument :
						     required_argument,
			.val = FIRST_OPTION + i,
		};
	list[count] = (struct option) { "help", no_argument, NULL, 'h' };
	list[count + 1] = (struct option) { "version", no_argument, NULL, 'V' };
	list[count + 2] = (struct option) {};
	return list;
}

static void print_how_to_get_help(const char *verb)
{
	fprintf(stderr, "try 'kdump-crypt %s --help'\n", verb);
}

void verb_usage_error(const char *verb, const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "kdump-crypt %s: ", verb);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	print_how_to_get_help(verb);
	exit(EXIT_USAGE);
}

void verb_print_version(void)
{
	puts("kdump-crypt " VERSION);
}

static void store(const struct verb_option *option, const char *argument,
		  const char *verb)
{
	struct error error;

	if (option->flag)
		*option->flag = true;
	else if (option->text)
		*option->text = argument;
	else if (option->parse_number(argument, option->number, &error))
		verb_usage_error(verb, "--%s: %s", option->name, error.reason);
}

/* Return the exit status to end the program with, or -1 to go on. */
static int read_options(int argc, char **argv, const char *usage,
			const struct verb_option *options,
			const struct option *long_options)
{
	const char *verb = argv[0];
	char *prefix = xasprintf("kdump-crypt %s", verb);
	int option, status = -1;

	/* getopt_long() begins its messages with that. */
	argv[0] = prefix;
	while (status < 0 && (option = getopt_long(argc, argv, "hV",
						   long_options, NULL)) != -1) {
		if (option == 'h') {
			fputs(usage, stdout);
			status = EXIT_SUCCESS;
		} else if (option == 'V') {
			verb_print_version();
			status = EXIT_SUCCESS;
		} else if (option < FIRST_OPTION) {
			print_how_to_get_help(verb);
			status = EXIT_USAGE;
		} else {
			store(&options[option - FIRST_OPTION], optarg, verb);
		}
	}
	argv[0] = (char *)verb;
	free(prefix);
	return status;
}

static void check_operands(const char *verb, char **given, int count,
			   const struct verb_operands *operands)
{
	if (!operands && count)
		verb_usage_error(verb, "%s takes no argument: \"%s\"", verb,
				 given[0]);
	if (operands && (count < operands->least || count > operands->most))
		verb_usage_error(verb, "%s takes %s", verb, operands->what);
}

char **verb_options_read(int argc, char **argv, const char *usage,
			 const struct verb_option *options,
			 const struct verb_operands *operands)
{
	struct option *long_options = make_long_options(options);
	int status = read_options(argc, argv, usage, options, long_options);

	free(long_options);
	if (status >= 0)
		exit(status);
	check_operands(argv[0], argv + optind, argc - optind, operands);
	return argv + optind;
}
