// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <linux/btrfs.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "capture/btrfs.h"

#define CONTROL "/dev/btrfs-control"

void btrfs_announce(const struct text_list *devices)
{
	int control = open(CONTROL, O_RDWR | O_CLOEXEC);
	size_t i;

	if (control < 0)
		return;
	for (i = 0; i < devices->count; i++) {
		struct btrfs_ioctl_vol_args device = {};

		snprintf(device.name, sizeof(device.name), "%s",
			 devices->items[i]);
		ioctl(control, BTRFS_IOC_SCAN_DEV, &device);
	}
	close(control);
}
