// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage: fail-nth N load KERNEL COMMAND-LINE
 *        fail-nth N write FILE TEXT
 *        fail-nth N mkdir DIRECTORY
 *        fail-nth N module FILE PARAMETERS
 *        fail-nth N crypt NAME UUID SECTORS PARAMETERS
 * Run one operation whose Nth allocation fails, with fault injection's
 * /proc/thread-self/fail-nth. Print "OK" or the name of an errno, then "failed"
 * if there was an Nth allocation, or "done" if the operation has fewer.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <libdevmapper.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/guest/common.h"

#define FAIL_NTH "/proc/thread-self/fail-nth"

static int load(char **args)
{
	return load_crash_kernel(args[0], NULL, args[1]);
}

static int write_text(char **args)
{
	return write_once(args[0], args[1], strlen(args[1]));
}

static int make_directory(char **args)
{
	return mkdir(args[0], 0755) ? errno : 0;
}

static int load_module(char **args)
{
	int fd = open(args[0], O_RDONLY | O_CLOEXEC);
	int ret;

	if (fd < 0)
		return errno;
	ret = syscall(SYS_finit_module, fd, args[1], 0) ? errno : 0;
	close(fd);
	return ret;
}

static int create_crypt(char **args)
{
	struct dm_task *task = dm_task_create(DM_DEVICE_CREATE);
	int ret;

	/* The library first asks the kernel for its version, which can fail. */
	if (!task)
		return ENOMEM;
	if (!dm_task_set_name(task, args[0]) ||
	    !dm_task_set_uuid(task, args[1]) ||
	    !dm_task_add_target(task, 0, parse_number(args[2]), "crypt",
				args[3]))
		errx(1, "libdevmapper");
	ret = dm_task_run(task) ? 0 : dm_task_get_errno(task) ?: ENOMEM;
	dm_task_destroy(task);
	return ret;
}

static const struct operation {
	const char *name;
	int args;
	int (*run)(char **args);
} operations[] = {
	{ "load", 2, load },
	{ "write", 2, write_text },
	{ "mkdir", 1, make_directory },
	{ "module", 2, load_module },
	{ "crypt", 4, create_crypt },
};

static const struct operation *find_operation(const char *name, int args)
{
	size_t i;

	for (i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
		if (!strcmp(name, operations[i].name) &&
		    args == operations[i].args)
			return &operations[i];
	errx(2, "no operation %s with %d arguments", name, args);
}

int main(int argc, char **argv)
{
	const struct operation *operation;
	char left[16] = "";
	int ret, fd;

	if (argc < 4)
		errx(2, "usage: fail-nth N OPERATION ARGUMENT...");
	operation = find_operation(argv[2], argc - 3);
	parse_number(argv[1]);

	fd = open(FAIL_NTH, O_RDWR | O_CLOEXEC);
	if (fd < 0 || write(fd, argv[1], strlen(argv[1])) < 0)
		err(1, FAIL_NTH);
	ret = operation->run(argv + 3);
	/* Opening it again would count allocations of its own. */
	if (pread(fd, left, sizeof(left) - 1, 0) < 0 || write(fd, "0", 1) < 0)
		err(1, FAIL_NTH);
	printf("%s %s\n", errno_name(ret), atoi(left) ? "done" : "failed");
	return 0;
}
