// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture/child.h"
#include "capture/clock.h"
#include "capture/deadlines.h"
#include "capture/device.h"
#include "capture/probe.h"
#include "capture/report.h"
#include "capture/shared.h"
#include "lib/disk_identity.h"
#include "lib/prefix.h"
#include "lib/textfile.h"
#include "lib/xalloc.h"

#define DEVICES	   "/sys/class/block"
#define MAX_PROBES 8 /* at a time: each takes memory */

/* Shared with the child that reads the device. */
struct answer {
	char uuid[64];
	char member_uuid[64]; /* of a device of a Btrfs */
	char identity[960];   /* each text ends with a newline */
};

static struct probe {
	char *name;    /* in sysfs */
	char *device;  /* in /dev */
	char *version; /* differs after the device was changed or replaced */
	unsigned int likeness; /* to the recorded device, by its place */
	enum {
		WANTED,
		RUNNING,
		LATE, /* running for too long */
		ENDED
	} state;
	double first_begin, begin;
	struct child child;
	struct answer *answer;
	bool is_present;
} **probes;

static size_t count;

static char *attribute(const char *name, const char *file)
{
	char *path = xasprintf(DEVICES "/%s/%s", name, file);
	char *value = textfile_read(path, NULL);

	free(path);
	return value;
}

static char *version_of(const char *name)
{
	char *number = attribute(name, "dev"), *size = attribute(name, "size");
	char *disk = attribute(name, "diskseq");
	char *version;

	if (!disk)
		disk = attribute(name, "../diskseq");
	version = xasprintf("%s %s %s", number ?: "", size ?: "", disk ?: "");
	free(disk);
	free(size);
	free(number);
	return version;
}

static char *device_of(const char *name)
{
	char *mapping = attribute(name, "dm/name"), *device, *slash;

	if (mapping) {
		device = xasprintf("/dev/mapper/%s", mapping);
		free(mapping);
		if (!access(device, F_OK))
			return device;
		free(device);
	}
	device = xasprintf("/dev/%s", name);
	while ((slash = strchr(device, '!')))
		*slash = '/';
	return device;
}

/*
 * LVM's own devices have a suffix after the ID, or a name that LVM reserves. They
 * are not to be written to.
 */
static bool is_internal(const char *name)
{
	char *uuid = attribute(name, "dm/uuid");
	char *mapping = attribute(name, "dm/name") ?: xstrdup("");
	bool internal = uuid && starts_with(uuid, "LVM-") &&
			(strchr(uuid + strlen("LVM-"), '-') ||
			 strstr(mapping, "_rimage_") ||
			 strstr(mapping, "_mimage_"));

	free(mapping);
	free(uuid);
	return internal;
}

static bool is_empty(const char *name)
{
	char *size = attribute(name, "size");
	bool empty = !size || !strcmp(size, "0");

	free(size);
	return empty;
}

static struct probe *find(const char *name)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (!strcmp(probes[i]->name, name))
			return probes[i];
	return NULL;
}

static struct probe *add(const char *name)
{
	struct probe *probe = xcheck(calloc(1, sizeof(*probe)));

	probe->name = xstrdup(name);
	probe->answer = shared_memory(sizeof(*probe->answer));
	probes = xrealloc(probes, (count + 1) * sizeof(struct probe *));
	probes[count++] = probe;
	return probe;
}

static bool is_running(const struct probe *probe)
{
	return probe->state == RUNNING || probe->state == LATE;
}

static void update(const char *name)
{
	struct probe *probe = find(name) ?: add(name);
	char *version = version_of(name);

	if (!probe->version || strcmp(probe->version, version)) {
		if (is_running(probe))
			child_give_up(&probe->child);
		free(probe->device);
		probe->device = device_of(name);
		free(probe->version);
		probe->version = xstrdup(version);
		probe->state = WANTED;
		probe->first_begin = clock_now();
	}
	free(version);
	probe->is_present = true;
	/* It may need some time before it can be read. Try less and less often. */
	if (probe->state == ENDED && !probe->answer->uuid[0] &&
	    clock_now() - probe->begin >=
		    RETRY_SECONDS + probe->begin - probe->first_begin)
		probe->state = WANTED;
}

static void update_all(void)
{
	DIR *stream = opendir(DEVICES);
	struct dirent *entry;
	size_t i;

	for (i = 0; i < count; i++)
		probes[i]->is_present = false;
	while (stream && (entry = readdir(stream)))
		if (entry->d_name[0] != '.' && !is_empty(entry->d_name) &&
		    !is_internal(entry->d_name))
			update(entry->d_name);
	if (stream)
		closedir(stream);
}

static int read_device(void *context)
{
	const struct probe *probe = context;
	struct answer *answer = probe->answer;
	struct text_list identity = {};
	char *text, *uuid, *member_uuid;

	disk_identity_read(&identity, probe->device, "/sys");
	text = text_list_join(&identity, "\n");
	snprintf(answer->identity, sizeof(answer->identity), "%s", text ?: "");
	uuid = device_uuid(probe->device);
	snprintf(answer->uuid, sizeof(answer->uuid), "%s", uuid ?: "");
	member_uuid = device_member_uuid(probe->device);
	snprintf(answer->member_uuid, sizeof(answer->member_uuid), "%s",
		 member_uuid ?: "");
	return 0;
}

static void start(struct probe *probe)
{
	memset(probe->answer, 0, sizeof(*probe->answer));
	probe->begin = clock_now();
	probe->state = RUNNING;
	if (child_start(&probe->child, read_device, probe)) {
		read_device(probe);
		probe->state = ENDED;
	}
}

static void wait_for(struct probe *probe)
{
	double left = probe->begin + PROBE_PATIENCE_SECONDS - clock_now();
	int status;

	if (child_wait(&probe->child, left > 0 ? left : 0, &status)) {
		probe->state = ENDED;
	} else if (probe->state == RUNNING) {
		probe->state = LATE;
		report("device", "%s does not answer: going on meanwhile",
		       probe->device);
	}
}

static void judge_places(const struct text_list *recorded)
{
	size_t i;

	for (i = 0; i < count; i++) {
		struct text_list place = {};

		disk_identity_read_place(&place, probes[i]->device, "/sys");
		probes[i]->likeness = disk_identity_score(recorded, &place);
		text_list_release(&place);
	}
}

static int by_likeness(const void *one, const void *other)
{
	const struct probe *const *first = one, *const *second = other;

	return ((*first)->likeness < (*second)->likeness) -
	       ((*first)->likeness > (*second)->likeness);
}

/* Wait for the first that is running, in order, if there are as many as that. */
static void wait_for_less_than(size_t running)
{
	size_t i, found = 0;

	for (i = 0; i < count; i++)
		found += probes[i]->state == RUNNING;
	for (i = 0; i < count && found >= running; i++)
		if (probes[i]->state == RUNNING) {
			wait_for(probes[i]);
			found--;
		}
}

void probe_all(const struct text_list *recorded)
{
	size_t i;

	update_all();
	judge_places(recorded);
	qsort(probes, count, sizeof(struct probe *), by_likeness);
	for (i = 0; i < count; i++) {
		if (probes[i]->state == LATE)
			wait_for(probes[i]);
		if (!probes[i]->is_present || probes[i]->state != WANTED)
			continue;
		wait_for_less_than(MAX_PROBES);
		start(probes[i]);
	}
	wait_for_less_than(1);
}

void probe_find_all(struct text_list *devices)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (probes[i]->is_present && probes[i]->state == ENDED)
			text_list_add(devices, probes[i]->device);
}

void probe_find(struct text_list *devices, const char *uuid)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (probes[i]->is_present && probes[i]->state == ENDED &&
		    (!strcmp(probes[i]->answer->uuid, uuid) ||
		     !strcmp(probes[i]->answer->member_uuid, uuid)))
			text_list_add(devices, probes[i]->device);
}

void probe_identity(struct text_list *identity, const char *device)
{
	char copy[sizeof(probes[0]->answer->identity)], *state, *text;
	size_t i;

	for (i = 0; i < count; i++) {
		if (strcmp(probes[i]->device, device))
			continue;
		memcpy(copy, probes[i]->answer->identity, sizeof(copy));
		for (text = strtok_r(copy, "\n", &state); text;
		     text = strtok_r(NULL, "\n", &state))
			text_list_add(identity, text);
	}
}
