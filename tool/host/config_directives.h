/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The directives of the configuration: their names, checks and values. */
#ifndef KDUMP_CRYPT_CONFIG_DIRECTIVES_H
#define KDUMP_CRYPT_CONFIG_DIRECTIVES_H

#include "tool/host/config.h"

/*
 * Set the directive @name, which is in @line of @file, to @value. If @line is 0,
 * @file is not a file but says who set it. Return NULL, or what is wrong with
 * it, such as "must be yes or no". Then @config does not change.
 */
const char *config_set(struct config *config, const char *name,
		       const char *value, const char *file, unsigned int line);

/*
 * Return NULL, or a warning if kdump-utils knows this directive, or this value
 * of it, and kdump-crypt ignores it. The caller frees it.
 */
char *config_foreign(const char *name, const char *value);

/*
 * Call @visit for each directive. The value is written as in the file, or NULL
 * if the directive has no value. The origin is "/etc/kdump-crypt.conf:3", for
 * example, or "default".
 */
void config_for_each(const struct config *config,
		     void (*visit)(const char *name, const char *value,
				   const char *origin, void *context),
		     void *context);

#endif /* KDUMP_CRYPT_CONFIG_DIRECTIVES_H */
