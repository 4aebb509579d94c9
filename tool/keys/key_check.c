// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <libdevmapper.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/xalloc.h"
#include "tool/keys/key_check.h"
#include "tool/keys/volume_header.h"
#include "tool/keys/volume_key.h"

#define COMPARED 4096 /* bytes; no sector is larger */
#define SECTOR	 512
#define TRIES	 5 /* the volume may be written to in between */

/* A device that goes in a moment, which nobody is to look at. */
#define UDEV_FLAGS                              \
	(DM_UDEV_DISABLE_SUBSYSTEM_RULES_FLAG | \
	 DM_UDEV_DISABLE_DISK_RULES_FLAG | DM_UDEV_DISABLE_OTHER_RULES_FLAG)

__attribute__((format(printf, 5, 6))) static void
drop_message(int level, const char *file, int line, int error,
	     const char *format, ...)
{
	(void)level;
	(void)file;
	(void)line;
	(void)error;
	(void)format;
}

/* Returns 0, or a positive errno. */
static int run_task(struct dm_task *task, bool prepared)
{
	uint32_t cookie = 0;
	int error = 0;

	if (!prepared || !dm_task_set_cookie(task, &cookie, UDEV_FLAGS))
		error = ENOMEM;
	else if (!dm_task_run(task))
		error = dm_task_get_errno(task) ?: EINVAL;
	dm_udev_wait(cookie);
	return error;
}

/* Returns 0 with the number of its node in @minor_number, or an errno. */
static int create_mapping(const char *name, const char *parameters,
			  unsigned int *minor_number)
{
	struct dm_task *task = dm_task_create(DM_DEVICE_CREATE);
	struct dm_info info;
	int error;

	if (!task)
		return ENOMEM;
	error = run_task(task,
			 dm_task_set_name(task, name) && dm_task_set_ro(task) &&
				 dm_task_add_target(task, 0, COMPARED / SECTOR,
						    "crypt", parameters));
	if (!error && !dm_task_get_info(task, &info))
		error = EIO;
	if (!error)
		*minor_number = info.minor;
	dm_task_destroy(task);
	return error;
}

/* What still has it open keeps it until then. */
static void remove_mapping(const char *name)
{
	struct dm_task *task = dm_task_create(DM_DEVICE_REMOVE);
	int error = ENOMEM;

	if (task) {
		error = run_task(task, dm_task_set_name(task, name) &&
					       dm_task_deferred_remove(task));
		dm_task_destroy(task);
	}
	if (error)
		warnx("cannot remove the device %s: %s", name, strerror(error));
}

/*
 * Open the start of the volume, decrypted with the key. The mapping goes as
 * that is closed, however this program ends. Returns -1 with errno set.
 */
static int open_mapping(const char *parameters)
{
	char *name = xasprintf("kdump-crypt-check-%d", getpid());
	unsigned int minor_number;
	sigset_t all, before;
	int error, fd = -1;
	char *file;

	/* Nothing may come between that leaves it behind. */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	dm_log_with_errno_init(drop_message);
	error = create_mapping(name, parameters, &minor_number);
	if (!error) {
		file = xasprintf("/dev/dm-%u", minor_number);
		fd = open(file, O_RDONLY | O_DIRECT | O_CLOEXEC);
		error = errno;
		free(file);
		remove_mapping(name);
	}
	dm_log_with_errno_init(NULL);
	sigprocmask(SIG_SETMASK, &before, NULL);
	free(name);
	errno = error;
	return fd;
}

/* Returns 1 where both have the same content, 0 where not, -1: see errno. */
static int compare(int one, int other)
{
	_Alignas(COMPARED) char one_content[COMPARED], other_content[COMPARED];
	bool same = false;
	int tries;

	for (tries = 0; tries < TRIES && !same; tries++) {
		if (pread(one, one_content, COMPARED, 0) != COMPARED ||
		    pread(other, other_content, COMPARED, 0) != COMPARED)
			return -1;
		same = !memcmp(one_content, other_content, COMPARED);
	}
	return same;
}

static int compare_with_mapping(const struct target_volume *volume,
				const char *parameters)
{
	int mapping, fd, error, same;

	mapping = open_mapping(parameters);
	/* It is not even one of the right length. */
	if (mapping < 0)
		return errno == EINVAL ? 0 : -1;
	fd = open(volume->mapping, O_RDONLY | O_DIRECT | O_CLOEXEC);
	same = fd < 0 ? -1 : compare(fd, mapping);
	error = errno;
	if (fd >= 0)
		close(fd);
	close(mapping);
	errno = error;
	return same;
}

int key_check(const struct target_volume *volume)
{
	char *description = volume_key_description(volume->luks_uuid);
	char *parameters =
		volume_mapping_parameters(volume->device, description);
	int same = 0;

	if (parameters) {
		same = compare_with_mapping(volume, parameters);
		if (same < 0)
			warn("cannot try the key %s on %s", description,
			     volume->device);
		else if (!same)
			warnx("the key %s in root's keyring is not that of the LUKS volume on %s: type keyctl invalidate %%logon:%s, and load again",
			      description, volume->device, description);
	}
	free(parameters);
	free(description);
	return same > 0 ? 0 : -1;
}
