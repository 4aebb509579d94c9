/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_CAPTURE_BTRFS_H
#define KDUMP_CRYPT_CAPTURE_BTRFS_H

#include "lib/text_list.h"

/*
 * Tell the kernel that these are the devices of a Btrfs, so that it can be
 * mounted from any of them. The mount fails if that does not work.
 */
void btrfs_announce(const struct text_list *devices);

#endif /* KDUMP_CRYPT_CAPTURE_BTRFS_H */
