/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Print what is loaded, or would be, the way that status and load print it. */
#ifndef KDUMP_CRYPT_ARMED_TEXT_H
#define KDUMP_CRYPT_ARMED_TEXT_H

#include <stdbool.h>

#include "tool/arm/armed_state.h"

/* Print a line. Print nothing if @value is NULL. */
void armed_text_field(const char *title, const char *value);

/* Print a line for each of @values. */
void armed_text_fields(const char *title, const struct text_list *values);

/* Print where the dump goes. With @verbose, print all UUIDs. */
void armed_text_target(const struct armed_state *armed, bool verbose);

/* Print what the crash kernel is loaded from. */
void armed_text_files(const struct armed_state *armed);

/* Print when it was loaded, and by whom. */
void armed_text_loader(const struct armed_state *armed);

/* Print the size of the reserved memory, and the size that is needed. */
void armed_text_memory(const struct armed_state *armed, long long reserved);

/* Print that it was armed, in a sentence. */
void armed_text_armed(const struct armed_state *armed);

#endif /* KDUMP_CRYPT_ARMED_TEXT_H */
