// SPDX-License-Identifier: GPL-2.0-or-later
#include <linux/netlink.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "capture/deadlines.h"
#include "capture/device.h"
#include "lib/device_tag.h"
#include "lib/xalloc.h"

#define KERNEL_EVENTS 1 /* multicast group of the kernel's uevents */

char *device_uuid(const char *device)
{
	return device_tag(device, "UUID");
}

char *device_member_uuid(const char *device)
{
	return device_tag(device, "UUID_SUB");
}

bool device_has(const char *device, const char *uuid)
{
	char *found = device_uuid(device), *member = device_member_uuid(device);
	bool has = (found && !strcmp(found, uuid)) ||
		   (member && !strcmp(member, uuid));

	free(member);
	free(found);
	return has;
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
