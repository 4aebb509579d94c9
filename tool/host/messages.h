/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The progress and the warnings of a function that runs for a while. The verb
 * that calls it shows the progress at once and the warnings afterwards.
 */
#ifndef KDUMP_CRYPT_MESSAGES_H
#define KDUMP_CRYPT_MESSAGES_H

#include "lib/text_list.h"

struct messages {
	void (*progress)(const char *line); /* shows a line */
	struct text_list warnings;	    /* the caller releases them */
};

#endif /* KDUMP_CRYPT_MESSAGES_H */
