/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_SERVICE_FILE_H
#define KDUMP_CRYPT_SERVICE_FILE_H

#include "lib/text_list.h"

#define SERVICE		  "kdump-crypt.service"
#define SERVICE_DIRECTORY "/etc/systemd/system/" SERVICE ".d"
#define SERVICE_FILE	  "setup.conf"

/*
 * The text, without its last newline, of the file that adds to the service what
 * is this machine's: the mounts that @paths are on, and load's options --path
 * and --config, NULL where there is none. For the caller to free.
 */
char *service_file_content(const struct text_list *paths, const char *path,
			   const char *config);

#endif /* KDUMP_CRYPT_SERVICE_FILE_H */
