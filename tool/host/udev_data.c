// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/textfile.h"
#include "lib/xalloc.h"
#include "tool/host/sysfs.h"
#include "tool/host/udev_data.h"

#define DATA "/run/udev/data"

bool udev_data_exists(void)
{
	return !access(DATA, F_OK);
}

char *udev_data_read(const char *device, const char *name)
{
	char *number = sysfs_read(device, "dev");
	char *file = xasprintf(DATA "/b%s", number ?: "");
	char *property = xasprintf("\nE:%s=", name);
	char *data = textfile_read(file, NULL);
	const char *found = data ? strstr(data, property) : NULL;
	char *value = NULL;

	if (found) {
		found += strlen(property);
		value = xasprintf("%.*s", (int)strcspn(found, "\n"), found);
	}
	free(data);
	free(property);
	free(file);
	free(number);
	return value;
}
