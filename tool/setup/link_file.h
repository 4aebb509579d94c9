/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What modprobe(8) is told, so that the module takes the keys of volumes as
 * they are opened: see modprobe.d(5), and crash_dm_crypt(4) for the options.
 */
#ifndef KDUMP_CRYPT_LINK_FILE_H
#define KDUMP_CRYPT_LINK_FILE_H

#define LINK_DIRECTORY "/etc/modprobe.d"
#define LINK_FILE      "kdump-crypt.conf"

/* @uuids are separated by commas. For the caller to free. */
char *link_file_content(const char *uuids);

#endif /* KDUMP_CRYPT_LINK_FILE_H */
