// SPDX-License-Identifier: GPL-2.0-or-later
#include <blkid/blkid.h>
#include <stddef.h>

#include "lib/device_tag.h"
#include "lib/xalloc.h"

char *device_tag(const char *device, const char *tag)
{
	blkid_probe probe = blkid_new_probe_from_filename(device);
	const char *value;
	char *found = NULL;

	if (!probe)
		return NULL;
	if (!blkid_do_safeprobe(probe) &&
	    !blkid_probe_lookup_value(probe, tag, &value, NULL))
		found = xstrdup(value);
	blkid_free_probe(probe);
	return found;
}
