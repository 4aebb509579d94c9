/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_SHARED_H
#define KDUMP_CRYPT_SHARED_H

#include <stddef.h>

/*
 * Return zeroed memory that this process shares with the children that it starts
 * later. It is never freed. If there is none, the memory is not shared: what a
 * child does is then unknown to its parent.
 */
void *shared_memory(size_t size);

#endif /* KDUMP_CRYPT_SHARED_H */
