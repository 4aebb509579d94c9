/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_GRUB_FILE_H
#define KDUMP_CRYPT_GRUB_FILE_H

#define GRUB_DIRECTORY "/etc/default/grub.d"
/* Read in the order of their names: behind those of others. */
#define GRUB_FILE "zz-kdump-crypt.cfg"

/*
 * The text, without its last newline, of the file that has GRUB reserve so
 * much, for the caller to free.
 */
char *grub_file_content(long long mebibytes);

#endif /* KDUMP_CRYPT_GRUB_FILE_H */
