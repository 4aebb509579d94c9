/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Other tools that load a crash kernel at boot: there is room for one, and the
 * last that is loaded is the one that runs after a crash.
 */
#ifndef KDUMP_CRYPT_OTHER_TOOLS_H
#define KDUMP_CRYPT_OTHER_TOOLS_H

#include "lib/text_list.h"

/* Add the services of such tools that are enabled. */
void other_tools_find(struct text_list *services);

/* The same, as a text for the caller to free; NULL where there is none. */
char *other_tools_describe(void);

#endif /* KDUMP_CRYPT_OTHER_TOOLS_H */
