/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The record of what the last load armed. It is kept until the machine goes
 * down, because the kernel only knows that a crash kernel is loaded.
 */
#ifndef KDUMP_CRYPT_ARMED_STATE_H
#define KDUMP_CRYPT_ARMED_STATE_H

#include "lib/error.h"
#include "lib/text_list.h"

/* One of the directories that the crash kernel may write the dump to. */
struct armed_target {
	char *path;	  /* without symbolic links */
	char *given_path; /* absolute, as load got it; NULL: not known */
	char *filesystem_uuid;
	char *filesystem_device; /* the first, e.g. /dev/dm-0 */
	struct text_list below;	 /* see armed_target.c */
};

struct armed_state {
	char *path;			    /* where dumps go */
	char *kernel;			    /* version of the crash kernel */
	struct armed_target *targets;	    /* path, then the fallback paths */
	size_t target_count;		    /* 0: not known */
	struct text_list luks_uuids;	    /* none: not encrypted */
	struct text_list hidden_luks_uuids; /* others, whose keys are hidden */
	struct text_list key_digests;	    /* of the volume keys of both */
	char *initramfs;		    /* its initramfs_state() */
	long long loads; /* crash_kernel_loads() of this load; -1: unknown */
	char *kernel_file, *initramfs_file;
	char *command_line; /* of the crash kernel, without the module's part */
	long long needed;   /* bytes of reserved memory; 0: not known */
	/* When it was loaded, in seconds since 1970, and who did that. */
	long long time;
	long long pid;
	char *command, *unit; /* NULL: not known, and not a unit of systemd */
	/* The options of load, for reload. NULL: not given. */
	char *config_option, *kernel_option, *append_option;
};

/*
 * A load writes the new record before it, when a full disk can still stop it,
 * and puts it in place of the old one after it. Until then the old one is what
 * armed_state_read() reads. armed_state_discard() removes the new one if the
 * load failed. If the program is killed before it can do either, @loads tells
 * armed_state_read() which of the two is of the loaded crash kernel. Return 0 or
 * -1.
 */
int armed_state_stage(const struct armed_state *state, struct error *error);
int armed_state_commit(struct error *error);
void armed_state_discard(void);

/*
 * Read the record. Return 0, or -1 if there is no complete one; @state is then
 * empty. The caller releases @state with armed_state_release().
 */
int armed_state_read(struct armed_state *state, struct error *error);

void armed_state_release(struct armed_state *state);

/* Append an empty target. It belongs to @state. */
struct armed_target *armed_state_add_target(struct armed_state *state);

/* Add the UUID of each target's filesystem. The caller releases @uuids. */
void armed_state_filesystems(struct text_list *uuids,
			     const struct armed_state *state);

/* Add what is below the targets. The caller releases @layers. */
void armed_state_layers(struct text_list *layers,
			const struct armed_state *state);

/* Remove the record, if there is one. Return 0 or -1. */
int armed_state_remove(struct error *error);

/*
 * The keys may have been handed back to the keyring, so remember whose they are
 * until they are used or removed. In place of armed_state_remove().
 */
int armed_state_keep(struct error *error);

/*
 * Add the LUKS UUIDs of the keys that were handed back. The caller releases the
 * list.
 */
void armed_state_read_kept(struct text_list *luks_uuids);
void armed_state_forget_kept(void);

#endif /* KDUMP_CRYPT_ARMED_STATE_H */
