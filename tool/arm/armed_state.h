/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the last load armed, kept until the machine goes down. The kernel knows
 * whether a crash kernel is loaded, but not for what.
 */
#ifndef KDUMP_CRYPT_ARMED_STATE_H
#define KDUMP_CRYPT_ARMED_STATE_H

#include "lib/text_list.h"

struct armed_state {
	char *path;			    /* where dumps go */
	char *kernel;			    /* version of the crash kernel */
	struct text_list luks_uuids;	    /* none: not encrypted */
	struct text_list hidden_luks_uuids; /* others, whose keys are hidden */
	struct text_list key_digests;	    /* of the volume keys of both */
	struct text_list filesystem_uuids;  /* of path and its fallbacks */
	char *initramfs;		    /* its initramfs_state() */
	/* What load was told, for reload; NULL: nothing. */
	char *config_option, *kernel_option, *append_option;
};

/* Returns 0, or -1 after the reason was printed. */
int armed_state_write(const struct armed_state *state);

/*
 * Returns 0, or -1 where nothing usable was written; @state is then empty. The
 * caller releases it with armed_state_release().
 */
int armed_state_read(struct armed_state *state);

void armed_state_release(struct armed_state *state);
void armed_state_remove(void);

/*
 * Keep others from loading and unloading until this program ends. Returns 0,
 * or -1 after the reason was printed.
 */
int armed_state_lock(void);

#endif /* KDUMP_CRYPT_ARMED_STATE_H */
