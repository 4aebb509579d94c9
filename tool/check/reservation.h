/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_RESERVATION_H
#define KDUMP_CRYPT_RESERVATION_H

#define RESERVE_BY_REBOOT \
	"reboot, and if that does not help, run kdump-crypt setup"
#define RESERVE_BY_SETUP "run kdump-crypt setup, then reboot"

/*
 * Return what has to be done so that memory is reserved for a crash kernel:
 * one of these two. Return NULL if @reserved, in bytes, is not 0. @grub_file is
 * the file by which setup reserves memory at the next boot.
 */
const char *reservation_remedy(long long reserved, const char *grub_file);

#endif /* KDUMP_CRYPT_RESERVATION_H */
