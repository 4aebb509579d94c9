/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_CONFIG_FILE_H
#define KDUMP_CRYPT_CONFIG_FILE_H

#include "lib/config.h"

/*
 * Read the configuration @file over what is in @config, or, where it is NULL,
 * the default one, which may be missing. Returns 0, or -1 after the reason was
 * printed.
 */
int config_file_read(struct config *config, const char *file);

/*
 * Where dumps may be: in @path, or where it is NULL in the path and the
 * fallback paths of the configuration. The caller releases @paths. Returns 0,
 * or -1 after the reason was printed.
 */
int config_file_dump_paths(struct text_list *paths, const char *path,
			   const char *file);

#endif /* KDUMP_CRYPT_CONFIG_FILE_H */
