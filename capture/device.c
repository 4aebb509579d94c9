// SPDX-License-Identifier: GPL-2.0-or-later
#include <blkid/blkid.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "capture/deadlines.h"
#include "capture/device.h"

#define KERNEL_EVENTS 1 /* multicast group of the kernel's uevents */

/* Use a new cache each time, as libblkid keeps its entries for minutes. */
void device_find_all(struct text_list *devices, const char *uuid)
{
	blkid_dev_iterate iterator;
	blkid_cache cache;
	blkid_dev device;

	if (blkid_get_cache(&cache, "/dev/null"))
		return;
	blkid_probe_all(cache);
	iterator = blkid_dev_iterate_begin(cache);
	blkid_dev_set_search(iterator, "UUID", uuid);
	while (!blkid_dev_next(iterator, &device))
		text_list_add(devices, blkid_dev_devname(device));
	blkid_dev_iterate_end(iterator);
	blkid_put_cache(cache);
}

bool device_has(const char *device, const char *uuid)
{
	blkid_probe probe = blkid_new_probe_from_filename(device);
	const char *value;
	bool found;

	if (!probe)
		return false;
	found = !blkid_do_safeprobe(probe) &&
		!blkid_probe_lookup_value(probe, "UUID", &value, NULL) &&
		!strcmp(value, uuid);
	blkid_free_probe(probe);
	return found;
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
