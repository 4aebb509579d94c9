/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One change to the machine that setup makes and can undo. */
#ifndef KDUMP_CRYPT_CHANGE_H
#define KDUMP_CRYPT_CHANGE_H

#include <stdbool.h>
#include <sys/types.h>

enum change_kind {
	CHANGE_DIRECTORY,     /* make it */
	CHANGE_FILE,	      /* write it */
	CHANGE_LINE,	      /* add something to a line of a file */
	CHANGE_SERVICE,	      /* enable it */
	CHANGE_OTHER_SERVICE, /* disable it, because it is in the way */
};

/* The command to run after a file was written or removed. */
enum follow_up {
	NO_FOLLOW_UP,
	UPDATE_GRUB,
	DAEMON_RELOAD,	  /* only if systemd is running */
	UPDATE_INITRAMFS, /* the boot initramfs of each kernel, if it has one */
	KERNEL_INSTALL,	  /* the boot entry of each kernel */
};

struct change {
	enum change_kind kind;
	char *name;		  /* of the directory, file or unit */
	mode_t mode;		  /* of a directory; the record leaves it out */
	char *line;		  /* the line before the change */
	char *content;		  /* of a file or a line, without newline */
	enum follow_up follow_up; /* of a file or a line */
	bool finished;		  /* made, and its follow-up has run */
};

/* The caller releases the copy with change_release(). */
struct change change_copy(const struct change *change);
void change_release(struct change *change);

/* Describe how a change is made, or undone. The caller frees the text. */
char *change_describe(const struct change *change);
char *change_describe_undo(const struct change *change);

#endif /* KDUMP_CRYPT_CHANGE_H */
