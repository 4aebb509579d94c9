/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The journal of dm-integrity below a LUKS volume (luksFormat --integrity). */
#ifndef KDUMP_CRYPT_INTEGRITY_JOURNAL_H
#define KDUMP_CRYPT_INTEGRITY_JOURNAL_H

#include "tool/storage/block_stack.h"

/*
 * Return the size of the journal of an open volume in bytes. dm-integrity has all
 * of it in memory. Return 0 if there is none, or if it is not known. For root.
 */
long long integrity_journal_size(const struct luks_volume *volume);

/* The same for the device-mapper parameters of a dm-integrity device. */
long long integrity_journal_parse(const char *parameters);

#endif /* KDUMP_CRYPT_INTEGRITY_JOURNAL_H */
