/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_SERVICE_FILE_H
#define KDUMP_CRYPT_SERVICE_FILE_H

#include "lib/text_list.h"

#define SERVICE		  "kdump-crypt.service"
#define SERVICE_DIRECTORY "/etc/systemd/system/" SERVICE ".d"
#define SERVICE_FILE	  "setup.conf"

/*
 * Return the content, without the last newline, of a file that adds the settings
 * of this machine to the service: the mounts that contain @paths, and the
 * options --path and --config for load. NULL: without that option. The caller
 * frees it.
 */
char *service_file_content(const struct text_list *paths, const char *path,
			   const char *config);

#endif /* KDUMP_CRYPT_SERVICE_FILE_H */
