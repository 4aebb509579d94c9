// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/xalloc.h"
#include "tool/verbs/commands.h"
#include "tool/verbs/verb_options.h"

/*
 * What getopt_long() returns for the first option of a verb. It is no character.
 * The other options get the numbers after it, because getopt_long() does not
 * find an abbreviation ambiguous if its options return the same number.
 */
#define FIRST_OPTION 256

static struct option *make_long_options(const struct verb_option *options)
{
	struct option *list;
	size_t count = 0, i;

	while (options && options[count].name)
		count++;
	list = xrealloc(NULL, (count + 2) * sizeof(*list));
	for (i = 0; i < count; i++)
		list[i] = (struct option) {
			.name = options[i].name,
			.has_arg = options[i].flag ? no_argument :
						     required_argument,
			.val = FIRST_OPTION + i,
		};
	list[count] = (struct option) { "help", no_argument, NULL, 'h' };
	list[count + 1] = (struct option) {};
	return list;
}

static int store_number(const struct verb_option *option, const char *argument)
{
	struct error error;
	int ret = option->parse_number(argument, option->number, &error);

	if (ret)
		warnx("--%s: %s", option->name, error.reason);
	return ret;
}

static int store(const struct verb_option *option, const char *argument)
{
	if (option->flag)
		*option->flag = true;
	else if (option->text)
		*option->text = argument;
	else
		return store_number(option, argument);
	return 0;
}

/* Return the exit status to end the program with, or -1 to go on. */
static int read_options(int argc, char **argv, const char *usage,
			const struct verb_option *options,
			const struct option *long_options)
{
	int option;

	while ((option = getopt_long(argc, argv, "h", long_options, NULL)) !=
	       -1) {
		if (option == 'h') {
			fputs(usage, stdout);
			return EXIT_SUCCESS;
		}
		if (option < FIRST_OPTION) {
			fputs(usage, stderr);
			return EXIT_USAGE;
		}
		if (store(&options[option - FIRST_OPTION], optarg))
			return EXIT_USAGE;
	}
	return -1;
}

static void check_operands(const char *verb, char **given, int count,
			   const struct verb_operands *operands)
{
	if (!operands && count)
		errx(EXIT_USAGE, "%s takes no argument: \"%s\"", verb,
		     given[0]);
	if (operands && (count < operands->least || count > operands->most))
		errx(EXIT_USAGE, "%s takes %s", verb, operands->what);
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
