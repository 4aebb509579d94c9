/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lock that lets one process at a time load, unload or set up. */
#ifndef KDUMP_CRYPT_ARMED_LOCK_H
#define KDUMP_CRYPT_ARMED_LOCK_H

#include "lib/error.h"

#define ARMED_LOCK_SECONDS 60

/*
 * Keep other processes from loading and unloading until armed_unlock(), or until
 * this program ends. Wait up to @seconds for a process that does that now, and call @progress once with
 * a line that names it. Return 0, or -1 with the number EWOULDBLOCK if that
 * process does not end in time.
 */
int armed_lock(unsigned int seconds, void (*progress)(const char *line),
	       struct error *error);

/* Give the lock back, if this program has it. */
void armed_unlock(void);

#endif /* KDUMP_CRYPT_ARMED_LOCK_H */
