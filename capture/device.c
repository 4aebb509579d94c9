// SPDX-License-Identifier: GPL-2.0-or-later
#include <blkid/blkid.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stddef.h>
#include <sys/socket.h>
#include <unistd.h>

#include "capture/deadlines.h"
#include "capture/device.h"
#include "lib/xalloc.h"

#define KERNEL_EVENTS 1 /* multicast group of the kernel's uevents */

/* Use a new cache each time, as libblkid keeps its entries for minutes. */
char *device_find(const char *uuid)
{
	blkid_cache cache;
	blkid_dev device;
	char *name = NULL;

	if (blkid_get_cache(&cache, "/dev/null"))
		return NULL;
	blkid_probe_all(cache);
	device = blkid_find_dev_with_tag(cache, "UUID", uuid);
	if (device)
		name = xstrdup(blkid_dev_devname(device));
	blkid_put_cache(cache);
	return name;
}

int device_open_events(void)
{
	struct sockaddr_nl address = {
		.nl_family = AF_NETLINK,
		.nl_groups = KERNEL_EVENTS,
	};
	int events = socket(AF_NETLINK,
			    SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
			    NETLINK_KOBJECT_UEVENT);

	if (events >= 0 &&
	    bind(events, (struct sockaddr *)&address, sizeof(address))) {
		close(events);
		return -1;
	}
	return events;
}

void device_wait_event(int events)
{
	/* Without a socket this only waits, as poll() ignores fd -1. */
	struct pollfd ready = { .fd = events, .events = POLLIN };
	char event[4096];

	poll(&ready, 1, EVENT_SECONDS * 1000); /* events may get lost */
	while (events >= 0 && recv(events, event, sizeof(event), 0) > 0)
		;
}
