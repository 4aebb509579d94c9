/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_RESERVATION_H
#define KDUMP_CRYPT_RESERVATION_H

#define RESERVE_BY_REBOOT \
	"reboot, and if that does not help, run kdump-crypt setup"
#define RESERVE_BY_SETUP "run kdump-crypt setup, then reboot"

/*
 * Return what has to be done so that enough memory is reserved for a crash
 * kernel: one of these two. Return NULL if @reserved is enough, in bytes, of
 * which @needed are needed; 0: how much is not known. @file is that of
 * kernel_parameter_file().
 */
const char *reservation_remedy(long long reserved, long long needed,
			       const char *file);

/*
 * Return a warning that memory is reserved, but too little, and what to do.
 * Return NULL if that is not so. The caller frees the text.
 */
char *reservation_shortage(long long reserved, long long needed,
			   const char *file);

#endif /* KDUMP_CRYPT_RESERVATION_H */
