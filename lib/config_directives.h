/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The directives of the configuration file, for config.c only. */
#ifndef KDUMP_CRYPT_CONFIG_DIRECTIVES_H
#define KDUMP_CRYPT_CONFIG_DIRECTIVES_H

#include "lib/config.h"

struct config_directive {
	const char *name;
	/* Return NULL, or what is wrong with the value. */
	const char *(*set)(struct config *config, const char *value);
	/* Return the value, or NULL if there is none. The caller frees it. */
	char *(*get)(const struct config *config);
};

extern const struct config_directive config_directives[CONFIG_DIRECTIVE_COUNT];

/* Return what is wrong with a directive that is not in the list. */
const char *config_directive_why_unknown(const char *name);

#endif /* KDUMP_CRYPT_CONFIG_DIRECTIVES_H */
