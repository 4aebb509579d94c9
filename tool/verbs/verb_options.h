/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What stands on the command line after a verb. A verb lists its options, and
 * where the value of each goes, in a table that ends with an empty entry:
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

/* One of flag, text and number is there; only a flag takes no argument. */
struct verb_option {
	const char *name;  /* without the dashes */
	bool *flag;	   /* set to true */
	const char **text; /* set to the argument, which stays argv's */
	/* Set by parse_number(): 0, or -1 after the reason was printed. */
	unsigned int *number;
	int (*parse_number)(const char *argument, unsigned int *number);
};

struct verb_operands {
	int least, most;
	const char *what; /* for "VERB takes ..." where there are others */
};

/* A number that a macro stands for, as a part of a usage text. */
#define TEXT_OF(macro)		 TEXT_OF_EXPANDED(macro)
#define TEXT_OF_EXPANDED(number) #number

/*
 * Read the arguments of the verb argv[0]. @operands is NULL for a verb that
 * takes none, @options is NULL for one with no option but --help. Returns the
 * operands, which are argv's, with a NULL after the last. Ends the program
 * after --help or -h with @usage on stdout, and with EXIT_USAGE after the
 * reason was printed.
 */
char **verb_options_read(int argc, char **argv, const char *usage,
			 const struct verb_option *options,
			 const struct verb_operands *operands);

#endif /* KDUMP_CRYPT_VERB_OPTIONS_H */
