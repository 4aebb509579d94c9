/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_MACHINE_STATUS_H
#define KDUMP_CRYPT_MACHINE_STATUS_H

#include <stdbool.h>

#include "tool/arm/armed_state.h"

/* Would a crash leave a dump, and where? */
struct machine_status {
	struct armed_state state; /* empty: load has not armed */
	long long reserved;	  /* bytes */
	long long saved;	  /* keys; -1: the kernel does not say */
	char *problem;		  /* NULL: armed */
	char *change; /* why the machine has to be armed again; NULL: it has not */
	bool is_still_armed;	   /* the change is a warning, and no problem */
	struct text_list warnings; /* what may go wrong all the same */
};

/* The caller releases it with machine_status_release(). */
void machine_status_read(struct machine_status *status);
void machine_status_release(struct machine_status *status);

/*
 * Return the status in one line, such as "armed: a crash dump goes to /var/crash".
 * The caller frees it.
 */
char *machine_status_line(const struct machine_status *status);

#endif /* KDUMP_CRYPT_MACHINE_STATUS_H */
