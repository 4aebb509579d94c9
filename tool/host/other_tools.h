/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Other tools that load a crash kernel at boot. Only one crash kernel can be
 * loaded: the last loader wins.
 */
#ifndef KDUMP_CRYPT_OTHER_TOOLS_H
#define KDUMP_CRYPT_OTHER_TOOLS_H

#include "lib/text_list.h"

/* Add the enabled services of such tools. */
void other_tools_find(struct text_list *services);

/*
 * Return the enabled services as one text. Return NULL if there is none. The
 * caller frees it.
 */
char *other_tools_describe(void);

#endif /* KDUMP_CRYPT_OTHER_TOOLS_H */
