// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "lib/xalloc.h"
#include "tool/host/sysfs.h"
#include "tool/image/watchdogs.h"

/* Where the kernel's build puts the modules of watchdogs. */
#define DRIVERS "/drivers/watchdog/"

/* Intel's management engine does not let another kernel feed its watchdog. */
#define CANNOT_TAKE_OVER "mei_wdt"

/* The buses with watchdogs whose devices exist before any driver is loaded. */
static const char *const buses[] = { "acpi", "pci", "platform" };

/*
 * Watchdogs that are part of another device: their own device does not exist
 * before the other's driver is loaded. The first such part that a machine has
 * is the one that has its watchdog.
 */
static const struct {
	const char *watchdog;
	const char *parent;
} parts[] = {
	{ "iTCO_wdt", "intel_pmc_bxt" },
	{ "iTCO_wdt", "lpc_ich" },
	{ "iTCO_wdt", "i2c_i801" },
	{ "ie6xx_wdt", "lpc_sch" },
	/* The BMC has a watchdog, which the capture program stops. */
	{ "ipmi_devintf", "ipmi_si" },
	{ "ipmi_devintf", "ipmi_ssif" },
};

/* What udev loads for the devices of the machine. */
struct drivers {
	struct text_list all;
	struct text_list of_watchdogs;
};

static void add_driver(const char *name, const char *file, void *context)
{
	struct drivers *drivers = context;

	text_list_add_once(&drivers->all, name);
	if (strstr(file, DRIVERS))
		text_list_add_once(&drivers->of_watchdogs, name);
}

static void add_aliases(struct text_list *aliases, const char *bus,
			const char *sysfs)
{
	char *directory = xasprintf("%s/bus/%s/devices", sysfs, bus);
	struct text_list devices = {};
	size_t i;

	sysfs_list(&devices, directory);
	for (i = 0; i < devices.count; i++) {
		char *device = xasprintf("%s/%s", directory, devices.items[i]);
		char *alias = sysfs_read(device, "modalias");

		if (alias && *alias)
			text_list_add_once(aliases, alias);
		free(alias);
		free(device);
	}
	text_list_release(&devices);
	free(directory);
}

static void find_drivers(struct drivers *drivers,
			 struct kernel_modules *modules, const char *sysfs)
{
	struct text_list aliases = {};
	size_t i;

	*drivers = (struct drivers) {};
	for (i = 0; i < sizeof(buses) / sizeof(buses[0]); i++)
		add_aliases(&aliases, buses[i], sysfs);
	for (i = 0; i < aliases.count; i++)
		kernel_modules_for_device(modules, aliases.items[i], add_driver,
					  drivers);
	text_list_release(&aliases);
}

static void add_parts(struct text_list *names, const struct text_list *drivers)
{
	size_t i;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (text_list_has(names, parts[i].watchdog) ||
		    !text_list_has(drivers, parts[i].parent))
			continue;
		text_list_add(names, parts[i].watchdog);
		text_list_add_once(names, parts[i].parent);
	}
}

/* Their drivers may have been loaded by name, and need not be for a device. */
static void add_registered(struct text_list *names, const char *sysfs)
{
	char *directory = xasprintf("%s/class/watchdog", sysfs);
	struct text_list watchdogs = {};
	size_t i;

	sysfs_list(&watchdogs, directory);
	for (i = 0; i < watchdogs.count; i++) {
		char *link = xasprintf("%s/%s", directory, watchdogs.items[i]);
		char *device = realpath(link, NULL);
		struct text_list drivers = {};
		size_t j;

		if (device)
			sysfs_add_drivers(&drivers, device);
		if (!text_list_has(&drivers, CANNOT_TAKE_OVER))
			for (j = 0; j < drivers.count; j++)
				text_list_add_once(names, drivers.items[j]);
		text_list_release(&drivers);
		free(device);
		free(link);
	}
	text_list_release(&watchdogs);
	free(directory);
}

void watchdogs_find(struct text_list *names, struct kernel_modules *modules,
		    const char *sysfs)
{
	struct drivers drivers;
	size_t i;

	find_drivers(&drivers, modules, sysfs);
	add_parts(names, &drivers.all);
	for (i = 0; i < drivers.of_watchdogs.count; i++)
		text_list_add_once(names, drivers.of_watchdogs.items[i]);
	add_registered(names, sysfs);
	text_list_sort(names);
	text_list_release(&drivers.of_watchdogs);
	text_list_release(&drivers.all);
}
