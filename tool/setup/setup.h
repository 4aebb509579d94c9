/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What makes a machine ready, step by step. A step looks at the machine, prints
 * what it sees, and adds what it wants changed; nothing is changed before all
 * have looked. Each returns 0, or -1 after the reason was printed why the
 * machine cannot be made ready.
 */
#ifndef KDUMP_CRYPT_SETUP_H
#define KDUMP_CRYPT_SETUP_H

#include <stdbool.h>

#include "lib/config.h"
#include "tool/setup/change.h"
#include "tool/storage/target.h"

struct setup {
	const char *path_option; /* NULL: that of the configuration */
	char *config_option;	 /* absolute; NULL: the default */
	struct config config;
	char *path;		 /* where dumps go, resolved */
	struct targets targets;	 /* of the paths, as far as they exist */
	struct changes recorded; /* what earlier setups changed */
	struct changes wanted;
	struct text_list by_hand; /* what a person has to do */
	bool needs_reboot;
};

int setup_path(struct setup *setup);
int setup_module(struct setup *setup);
int setup_memory(struct setup *setup);
int setup_link(struct setup *setup);
int setup_other_tools(struct setup *setup);
int setup_service(struct setup *setup);

/* The part of setup_link() for kernels that need no module. */
void setup_crypttab(struct setup *setup);

/* A line of what a step sees. */
void setup_print(const char *title, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The directory that it is in is made, too, where it is missing. */
int setup_want_file(struct setup *setup, const char *directory,
		    const char *name, const char *content,
		    enum follow_up follow_up);

#endif /* KDUMP_CRYPT_SETUP_H */
