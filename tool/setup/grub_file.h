/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_GRUB_FILE_H
#define KDUMP_CRYPT_GRUB_FILE_H

#define GRUB_DIRECTORY "/etc/default/grub.d"
/* GRUB reads these files in the order of their names: this one comes last. */
#define GRUB_FILE "zz-kdump-crypt.cfg"
#define GRUB_PATH GRUB_DIRECTORY "/" GRUB_FILE

/*
 * Return the content, without the last newline, of a file that makes GRUB
 * reserve this amount of memory. The caller frees it.
 */
char *grub_file_content(long long mebibytes);

#endif /* KDUMP_CRYPT_GRUB_FILE_H */
