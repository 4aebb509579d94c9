// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "lib/prefix.h"
#include "lib/xalloc.h"
#include "tool/host/sysfs.h"
#include "tool/storage/disk_drivers.h"

static void add_drivers(struct disk_drivers *drivers, const char *device)
{
	sysfs_add_drivers(&drivers->modules, device);
	sysfs_add_aliases(&drivers->aliases, device);
}

/* Without it the kernel tries to read from paths that the array keeps idle. */
static void add_device_handler(struct disk_drivers *drivers, const char *device)
{
	char *name = sysfs_read(device, "device/dh_state");
	char *module;

	if (name && strcmp(name, "detached")) {
		module = xasprintf("scsi_dh_%s", name);
		text_list_add_once(&drivers->modules, module);
		free(module);
	}
	free(name);
}

/* Return 1 if @entry is an NVMe controller, 0 if not, -1 on failure. */
static int add_controller_drivers(struct disk_drivers *drivers,
				  const char *entry, const char *disk,
				  struct error *error)
{
	char *transport = sysfs_read(entry, "transport");
	char *resolved = realpath(entry, NULL);
	int ret = 0;

	if (transport && strcmp(transport, "pcie")) {
		ret = error_set(
			error, 0,
			"%s is an NVMe disk over a network (%s), and the crash kernel has no network",
			disk, transport);
	} else if (transport && resolved) {
		add_drivers(drivers, resolved);
		ret = 1;
	}
	free(resolved);
	free(transport);
	return ret;
}

/*
 * In sysfs an NVMe disk that may have several controllers is not below any of
 * them. It is beside them, in the directory of their subsystem.
 */
static int add_nvme_drivers(struct disk_drivers *drivers, const char *device,
			    struct error *error)
{
	const char *disk = strrchr(device, '/') + 1;
	char *subsystem = xasprintf("%.*s", (int)(disk - 1 - device), device);
	struct text_list entries = {};
	int found = 0, ret = 0;
	size_t i;

	sysfs_list(&entries, subsystem);
	for (i = 0; i < entries.count && ret >= 0; i++) {
		char *entry = xasprintf("%s/%s", subsystem, entries.items[i]);

		ret = add_controller_drivers(drivers, entry, disk, error);
		found += ret;
		free(entry);
	}
	if (ret >= 0 && !found)
		ret = error_set(
			error, 0,
			"cannot find the controllers of the NVMe disk %s",
			disk);
	text_list_release(&entries);
	free(subsystem);
	return ret < 0 ? -1 : 0;
}

/* Devices that are not disks, by the beginning of their name. */
static const struct {
	const char *prefix;
	const char *description;
} other_devices[] = {
	{ "loop", "a loop device, which is a file on another filesystem" },
	{ "nbd", "a network block device" },
	{ "rbd", "a network block device" },
	{ "drbd", "a network block device (DRBD)" },
	{ "bcache", "a bcache device" },
	{ "zd", "a ZFS volume" },
	{ "zram", "memory" },
	{ "ram", "memory" },
	{ "pmem", "memory" },
};

/* Return NULL if @device is a disk that the crash kernel can use. */
static const char *describe_other_device(const char *device)
{
	const char *name = strrchr(device, '/') + 1;
	size_t i;

	for (i = 0; i < sizeof(other_devices) / sizeof(other_devices[0]); i++)
		if (starts_with(name, other_devices[i].prefix))
			return other_devices[i].description;
	/* The disks of iSCSI are below a session of their SCSI host. */
	if (strstr(device, "/session"))
		return "an iSCSI disk, and the crash kernel has no network";
	if (strstr(device, "/devices/virtual/"))
		return "not connected to a bus";
	return sysfs_has(device, "device") ? NULL : "a device without a driver";
}

int disk_add_drivers(struct disk_drivers *drivers, const char *device,
		     struct error *error)
{
	const char *other;

	if (strstr(device, "/virtual/nvme-subsystem/"))
		return add_nvme_drivers(drivers, device, error);
	other = describe_other_device(device);
	if (other)
		return error_set(
			error, 0,
			"%s is not on a disk that the crash kernel can use: it is %s",
			strrchr(device, '/') + 1, other);
	add_drivers(drivers, device);
	add_device_handler(drivers, device);
	return 0;
}
