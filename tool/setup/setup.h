/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Make a machine ready, step by step. A step looks at the machine, reports what
 * it sees, and adds the changes that it wants. Nothing is changed before all
 * steps have looked.
 *
 * To add a step, write its function, declare it here, and add it to the table
 * in setup.c.
 */
#ifndef KDUMP_CRYPT_SETUP_H
#define KDUMP_CRYPT_SETUP_H

#include <stdbool.h>

#include "lib/error.h"
#include "tool/host/config.h"
#include "tool/host/messages.h"
#include "tool/setup/change_list.h"
#include "tool/storage/targets.h"

struct setup {
	char *path_option;   /* NULL: the path of the configuration */
	char *config_option; /* absolute; NULL: the default */
	const char *kernel;  /* file of one that will boot as well, or NULL */
	struct config config;
	/* Called for each thing that a step sees, such as "Dump path". */
	void (*report)(const char *title, const char *text);
	struct messages messages; /* of steps that take their time */
	char *path;		  /* where dumps go, resolved */
	struct targets targets;	  /* of the paths that exist */
	struct changes recorded;  /* what earlier setups changed */
	struct changes wanted;
	struct text_list manual_steps; /* for a person; no full stops */
	bool needs_reboot;
};

/*
 * Set the options of @setup, which must have its recorded changes. An option
 * that is NULL now is that of an earlier setup, if it had one; report that.
 * error->number is an errno.
 */
int setup_choose_options(struct setup *setup, const char *path,
			 const char *config, struct error *error);

/*
 * Run all steps. Return 0, or -1 if the machine cannot be made ready. The
 * caller makes the changes that are wanted, and releases @setup with
 * setup_release() in both cases.
 */
int setup_look(struct setup *setup, struct error *error);

void setup_release(struct setup *setup);

/* The steps. Each returns 0, or -1 if the machine cannot be made ready. */
int setup_path(struct setup *setup, struct error *error);
int setup_module(struct setup *setup, struct error *error);
int setup_memory(struct setup *setup, struct error *error);
int setup_link(struct setup *setup, struct error *error);
int setup_other_tools(struct setup *setup, struct error *error);
int setup_service(struct setup *setup, struct error *error);

/* The part of setup_link() for kernels that need no module. */
void setup_crypttab(struct setup *setup);

/* Report what a step sees. */
void setup_report(struct setup *setup, const char *title, const char *format,
		  ...) __attribute__((format(printf, 3, 4)));

/* Want a file, and the directory that contains it. */
int setup_want_file(struct setup *setup, const char *directory,
		    const char *name, const char *content,
		    enum follow_up follow_up, struct error *error);

#endif /* KDUMP_CRYPT_SETUP_H */
