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

static void find_by_tag(struct text_list *devices, blkid_cache cache,
			const char *tag, const char *uuid)
{
	blkid_dev_iterate iterator = blkid_dev_iterate_begin(cache);
	blkid_dev device;

	blkid_dev_set_search(iterator, tag, uuid);
	while (!blkid_dev_next(iterator, &device))
		text_list_add(devices, blkid_dev_devname(device));
	blkid_dev_iterate_end(iterator);
}

/* Use a new cache each time, as libblkid keeps its entries for minutes. */
void device_find_all(struct text_list *devices, const char *uuid)
{
	blkid_cache cache;

	if (blkid_get_cache(&cache, "/dev/null"))
		return;
	blkid_probe_all(cache);
	find_by_tag(devices, cache, "UUID", uuid);
	find_by_tag(devices, cache, "UUID_SUB", uuid);
	blkid_put_cache(cache);
}

static bool has_tag(blkid_probe probe, const char *tag, const char *uuid)
{
	const char *value;

	return !blkid_probe_lookup_value(probe, tag, &value, NULL) &&
	       !strcmp(value, uuid);
}

bool device_has(const char *device, const char *uuid)
{
	blkid_probe probe = blkid_new_probe_from_filename(device);
	bool found;

	if (!probe)
		return false;
	found = !blkid_do_safeprobe(probe) &&
		(has_tag(probe, "UUID", uuid) ||
		 has_tag(probe, "UUID_SUB", uuid));
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
