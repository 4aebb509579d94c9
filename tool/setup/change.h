/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Changes to the machine that can be taken back. Each is recorded before it is
 * made, so that an interrupted one can be taken back, too. What somebody else
 * made, or has changed since, is never touched.
 */
#ifndef KDUMP_CRYPT_CHANGE_H
#define KDUMP_CRYPT_CHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum change_kind {
	CHANGE_DIRECTORY,     /* made */
	CHANGE_FILE,	      /* written */
	CHANGE_LINE,	      /* of a file, with something added to it */
	CHANGE_SERVICE,	      /* enabled */
	CHANGE_OTHER_SERVICE, /* disabled, as it would be in the way */
};

/* What has to run once a file was written, or is gone. */
enum follow_up {
	NO_FOLLOW_UP,
	UPDATE_GRUB,
	DAEMON_RELOAD,	  /* of systemd, where that is running */
	UPDATE_INITRAMFS, /* those of boot, where there are any */
};

struct change {
	enum change_kind kind;
	char *name;		  /* of the directory, file or unit */
	mode_t mode;		  /* of a directory; not recorded */
	char *line;		  /* what it was */
	char *content;		  /* of a file or of a line, without newline */
	enum follow_up follow_up; /* of a file or of a line */
	bool finished;		  /* its follow-up, too */
};

/* All zero are none. */
struct changes {
	struct change *list;
	size_t count;
};

void changes_release(struct changes *changes);

/*
 * Add a change to those that are wanted, unless it is made already. A file is
 * written where there is none, or where it is the one that is recorded. Returns
 * 0, or -1 after it was printed that another one is there.
 */
void change_want_directory(struct changes *wanted, const char *name,
			   mode_t mode);
int change_want_file(struct changes *wanted, const struct changes *recorded,
		     const char *name, const char *content,
		     enum follow_up follow_up);
void change_want_service(struct changes *wanted, const char *name);
void change_want_other_service(struct changes *wanted, const char *name);

/*
 * Add the change of @line, one of the file @name, to @content, which is the
 * same with something added; nobody looks whether it is made.
 */
void change_want_line(struct changes *wanted, const char *name,
		      const char *line, const char *content,
		      enum follow_up follow_up);

/* Add what was recorded of that file and then interrupted. */
void change_want_unfinished(struct changes *wanted,
			    const struct changes *recorded, const char *name);

/* What it takes to make a change or to take it back, for the caller to free. */
char *change_describe(const struct change *change);
char *change_describe_undo(const struct change *change);

/*
 * The changes in the file @record; none where it does not exist. Returns 0, or
 * -1 after the reason was printed. The caller releases them with
 * changes_release().
 */
int changes_read(struct changes *recorded, const char *record);

/*
 * Make a change, and add it to @recorded and to the file @record. Returns 0,
 * or -1 after the reason was printed; everything is then as it was.
 */
int change_make(const struct change *change, struct changes *recorded,
		const char *record);

/*
 * Take the recorded change of that index back, and remove it from @recorded
 * and from the file @record. Returns 0, or -1 after the reason was printed; it
 * then stays recorded.
 */
int change_undo(struct changes *recorded, size_t index, const char *record);

#endif /* KDUMP_CRYPT_CHANGE_H */
