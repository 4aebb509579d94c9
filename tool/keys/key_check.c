// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <libdevmapper.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/xalloc.h"
#include "tool/host/sysfs.h"
#include "tool/keys/key_check.h"
#include "tool/keys/volume_header.h"
#include "tool/keys/volume_key.h"

#define COMPARED 4096 /* bytes; no sector is larger */
#define SECTOR	 512
#define TRIES	 5 /* somebody may write to the volume in between */

/* The device is removed at once: keep udev's rules from doing anything with it. */
#define UDEV_FLAGS                              \
	(DM_UDEV_DISABLE_DM_RULES_FLAG |        \
	 DM_UDEV_DISABLE_SUBSYSTEM_RULES_FLAG | \
	 DM_UDEV_DISABLE_DISK_RULES_FLAG | DM_UDEV_DISABLE_OTHER_RULES_FLAG)

/* libdevmapper logs keys of the wrong length, which are no failure here. */
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

static int fail(struct error *error, int number)
{
	return error_set(error, number, "%s", strerror(number));
}

static int run_task(struct dm_task *task, bool prepared, struct error *error)
{
	uint32_t cookie = 0;
	int number = 0;

	if (!prepared || !dm_task_set_cookie(task, &cookie, UDEV_FLAGS))
		number = ENOMEM;
	else if (!dm_task_run(task))
		number = dm_task_get_errno(task) ?: EINVAL;
	return number ? fail(error, number) : 0;
}

/* Set @minor_number to that of the mapping's device node. */
static int create_mapping(const char *name, const char *parameters,
			  unsigned int *minor_number, struct error *error)
{
	struct dm_task *task = dm_task_create(DM_DEVICE_CREATE);
	struct dm_info info;
	int ret;

	if (!task)
		return fail(error, ENOMEM);
	ret = run_task(task,
		       dm_task_set_name(task, name) && dm_task_set_ro(task) &&
			       dm_task_add_target(task, 0, COMPARED / SECTOR,
						  "crypt", parameters),
		       error);
	if (!ret && !dm_task_get_info(task, &info))
		ret = fail(error, EIO);
	if (!ret)
		*minor_number = info.minor;
	dm_task_destroy(task);
	return ret;
}

/* A mapping that is still open goes when it is closed. */
static int remove_mapping(const char *name, struct error *error)
{
	struct dm_task *task = dm_task_create(DM_DEVICE_REMOVE);
	int ret;

	if (!task)
		return fail(error, ENOMEM);
	ret = run_task(task,
		       dm_task_set_name(task, name) &&
			       dm_task_deferred_remove(task),
		       error);
	dm_task_destroy(task);
	return ret;
}

static int open_device(unsigned int minor_number, struct error *error)
{
	char *file = xasprintf("/dev/dm-%u", minor_number);
	int fd = open(file, O_RDONLY | O_DIRECT | O_CLOEXEC);

	if (fd < 0)
		fail(error, errno);
	free(file);
	return fd;
}

static int open_and_remove(const char *name, const char *parameters,
			   struct text_list *warnings, struct error *error)
{
	struct error removal;
	unsigned int minor_number = 0;
	int fd;

	if (create_mapping(name, parameters, &minor_number, error))
		return -1;
	fd = open_device(minor_number, error);
	if (remove_mapping(name, &removal))
		text_list_addf(warnings, "cannot remove the device %s: %s",
			       name, removal.reason);
	return fd;
}

/*
 * Open the start of the volume, decrypted with the key. The kernel removes the
 * mapping when the file descriptor is closed, however this program ends.
 * error->number is EINVAL if the key has the wrong length.
 */
static int open_mapping(const char *parameters, struct text_list *warnings,
			struct error *error)
{
	char *name = xasprintf("kdump-crypt-check-%d", getpid());
	int synchronous = dm_udev_get_sync_support();
	sigset_t all, before;
	int fd;

	/* A signal between creating and removing would leave the device behind. */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	dm_log_with_errno_init(drop_message);
	/* Do not wait for udev, which may be stuck. */
	dm_udev_set_sync_support(0);
	fd = open_and_remove(name, parameters, warnings, error);
	dm_udev_set_sync_support(synchronous);
	dm_log_with_errno_init(NULL);
	sigprocmask(SIG_SETMASK, &before, NULL);
	free(name);
	return fd;
}

static int read_start(int fd, char content[COMPARED], struct error *error)
{
	ssize_t got = pread(fd, content, COMPARED, 0);

	if (got == COMPARED)
		return 0;
	return fail(error, got < 0 ? errno : EIO);
}

static int compare(int one, int other, bool *same, struct error *error)
{
	_Alignas(COMPARED) char one_content[COMPARED], other_content[COMPARED];
	int tries;

	*same = false;
	for (tries = 0; tries < TRIES && !*same; tries++) {
		if (read_start(one, one_content, error) ||
		    read_start(other, other_content, error))
			return -1;
		*same = !memcmp(one_content, other_content, COMPARED);
	}
	return 0;
}

static int compare_with_volume(const struct luks_volume *volume, int mapping,
			       bool *same, struct error *error)
{
	int fd = open(volume->mapping, O_RDONLY | O_DIRECT | O_CLOEXEC), ret;

	if (fd < 0)
		return fail(error, errno);
	ret = compare(fd, mapping, same, error);
	close(fd);
	return ret;
}

static int try_key(const struct luks_volume *volume, const char *parameters,
		   bool *same, struct text_list *warnings, struct error *error)
{
	struct error reason;
	int mapping, ret;

	mapping = open_mapping(parameters, warnings, &reason);
	if (mapping < 0) {
		/* A key of the wrong length is another key. */
		*same = false;
		if (reason.number == EINVAL)
			return 0;
		return error_set(error, reason.number, "%s", reason.reason);
	}
	ret = compare_with_volume(volume, mapping, same, &reason);
	close(mapping);
	/* Authenticated encryption notices that the key is another one. */
	if (!ret || reason.number == EILSEQ)
		return 0;
	return error_set(error, reason.number, "%s", reason.reason);
}

/* Return what the open volume lies on. The caller frees the name. */
static char *find_lower(const struct luks_volume *volume)
{
	char *directory = xasprintf("/sys/class/block/%s/slaves",
				    strrchr(volume->mapping, '/') + 1);
	struct text_list names = {};
	char *lower;

	sysfs_list(&names, directory);
	lower = names.count == 1 ? sysfs_device_file(names.items[0]) :
				   xstrdup(volume->device);
	text_list_release(&names);
	free(directory);
	return lower;
}

int key_check(const struct luks_volume *volume, struct text_list *warnings,
	      struct error *error)
{
	char *description = volume_key_description(volume->luks_uuid);
	char *lower = find_lower(volume);
	char *parameters = volume_mapping_parameters(volume->device, lower,
						     description, error);
	bool same;
	int ret = -1;

	if (parameters) {
		ret = try_key(volume, parameters, &same, warnings, error);
		if (ret)
			error_prefix(error, "cannot try the key %s on %s",
				     description, volume->device);
		else if (!same)
			ret = error_set(
				error, EKEYREJECTED,
				"the key %s in root's keyring is not that of the LUKS volume on %s: run keyctl invalidate %%logon:%s, and load again",
				description, volume->device, description);
	}
	free(parameters);
	free(lower);
	free(description);
	return ret;
}
