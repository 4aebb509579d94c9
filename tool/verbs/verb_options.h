/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Read a verb's command line. The verb lists its options, and where to store
 * their values, in a table that ends with an empty entry:
 *
 *	const struct verb_option table[] = {
 *		{ "path", .text = &options.path },
 *		{ "json", .flag = &options.json },
 *		{ }
 *	};
 */
#ifndef KDUMP_CRYPT_VERB_OPTIONS_H
#define KDUMP_CRYPT_VERB_OPTIONS_H

#include <stdbool.h>

#include "lib/error.h"

/* Set exactly one of flag, text and number. Only a flag takes no argument. */
struct verb_option {
	const char *name;     /* without the dashes */
	bool *flag;	      /* set to true */
	const char **text;    /* set to the argument, which belongs to argv */
	unsigned int *number; /* set by parse_number(), which returns 0 or -1 */
	int (*parse_number)(const char *argument, unsigned int *number,
			    struct error *error);
};

struct verb_operands {
	int least, most;
	const char *what; /* for the message "VERB takes ..." */
};

/* Turn a macro for a number into text, for a usage text. */
#define TEXT_OF(macro)		 TEXT_OF_EXPANDED(macro)
#define TEXT_OF_EXPANDED(number) #number

/*
 * Read the arguments of the verb argv[0]. @options is NULL if the verb has no
 * option except --help, and @operands is NULL if it takes none. Return the
 * operands, which belong to argv, with a NULL after the last.
 *
 * --help or -h prints @usage, --version or -V prints the version, and both end
 * the program. Wrong usage ends it with verb_usage_error().
 */
char **verb_options_read(int argc, char **argv, const char *usage,
			 const struct verb_option *options,
			 const struct verb_operands *operands);

/*
 * Print the reason why the command line of @verb is wrong, and how to get help.
 * End the program with EXIT_USAGE.
 */
void verb_usage_error(const char *verb, const char *format, ...)
	__attribute__((noreturn, format(printf, 2, 3)));

/* Print the version of the tool. */
void verb_print_version(void);

#endif /* KDUMP_CRYPT_VERB_OPTIONS_H */
