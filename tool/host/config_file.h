/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_CONFIG_FILE_H
#define KDUMP_CRYPT_CONFIG_FILE_H

#include "lib/error.h"
#include "tool/host/config.h"

/*
 * Read the configuration @file into @config. If @file is NULL, read the default
 * file, which may be missing. Directives that the file does not contain keep
 * their value. The reason names the file and the line. Add a text to @warnings
 * for each directive that only kdump-utils has. @warnings may be NULL.
 */
int config_file_read(struct config *config, const char *file,
		     struct text_list *warnings, struct error *error);

/*
 * List the directories that dumps may be in. They are @only alone, or, if it is
 * NULL, the path and the fallback paths of the configuration @file. @path, if it
 * is not NULL, is in place of the path there. The caller releases @paths, also
 * on failure.
 */
int config_file_dump_paths(struct text_list *paths, const char *only,
			   const char *path, const char *file,
			   struct error *error);

#endif /* KDUMP_CRYPT_CONFIG_FILE_H */
