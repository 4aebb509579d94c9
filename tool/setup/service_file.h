/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_SERVICE_FILE_H
#define KDUMP_CRYPT_SERVICE_FILE_H

#include "lib/text_list.h"
#include "tool/setup/change_list.h"

#define SERVICE		  "kdump-crypt.service"
#define SERVICE_DIRECTORY "/etc/systemd/system/" SERVICE ".d"
#define SERVICE_FILE	  "setup.conf"

/*
 * Return the content, without the last newline, of a file that adds the settings
 * of this machine to the service: the mounts that contain @paths, and the
 * options --path and --config for load. NULL: without that option. The service
 * cannot start without the mount of the first path; it waits for those of the
 * others, but does not need them. The caller frees the content.
 */
char *service_file_content(const struct text_list *paths, const char *path,
			   const char *config);

/*
 * Find the options --path and --config of an earlier setup, in the recorded
 * content of that file. NULL: it did not get that option. The caller frees both.
 */
void service_file_recorded_options(const struct changes *recorded, char **path,
				   char **config);

#endif /* KDUMP_CRYPT_SERVICE_FILE_H */
