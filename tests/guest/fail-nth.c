// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage: fail-nth [STEP...] -- STEP -- [STEP...]
 * Run the steps again and again. In the first run the first allocation of the
 * step between the dashes fails, in the second run its second allocation, and so
 * on, with fault injection's /proc/thread-self/fail-nth. Print for each run its
 * number, "OK" or the name of an errno, "failed" if there was such an allocation
 * or "done" if the step has fewer, and what the last steps print. The end is a
 * run in which no allocation fails.
 *
 * Everything runs in this process, because a kernel with checkers takes a second
 * to start a program. Each step is a verb with its arguments:
 *   load KERNEL COMMAND-LINE           write FILE TEXT
 *   mkdir DIRECTORY                    rmdir DIRECTORY
 *   module FILE PARAMETERS             unload-module NAME
 *   crypt NAME UUID SECTORS PARAMETERS remove-device NAME
 *   keys PREFIX LENGTH COUNT           clear-keys (of the user keyring)
 *   put FILE ADDRESS (into memory)
 * and those that print:
 *   cat FILE   lines FILE   count-keys   is-zero ADDRESS SIZE (of memory)
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <keyutils.h>
#include <libdevmapper.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/guest/common.h"

#define FAIL_NTH  "/proc/thread-self/fail-nth"
#define MAX_STEPS 8
#define MAX_BYTES (1 << 20) /* of files and memory */

static char bytes[MAX_BYTES + 1];

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

static int remove_directory(char **args)
{
	return rmdir(args[0]) && errno != ENOENT ? errno : 0;
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

static int unload_module(char **args)
{
	return syscall(SYS_delete_module, args[0], O_NONBLOCK) &&
			       errno != ENOENT ?
		       errno :
		       0;
}

static int run_task(struct dm_task *task)
{
	int ret = dm_task_run(task) ? 0 : dm_task_get_errno(task) ?: ENOMEM;

	dm_task_destroy(task);
	return ret;
}

static int create_crypt(char **args)
{
	struct dm_task *task = dm_task_create(DM_DEVICE_CREATE);

	/* The library first asks the kernel for its version, which can fail. */
	if (!task)
		return ENOMEM;
	if (!dm_task_set_name(task, args[0]) ||
	    !dm_task_set_uuid(task, args[1]) ||
	    !dm_task_add_target(task, 0, parse_number(args[2]), "crypt",
				args[3]))
		errx(1, "libdevmapper");
	return run_task(task);
}

static int remove_device(char **args)
{
	struct dm_task *task = dm_task_create(DM_DEVICE_REMOVE);
	int ret;

	if (!task || !dm_task_set_name(task, args[0]))
		errx(1, "libdevmapper");
	ret = run_task(task);
	return ret == ENXIO ? 0 : ret;
}

static int make_keys(char **args)
{
	long length = parse_number(args[1]), count = parse_number(args[2]), i;
	char description[256];

	if (length > MAX_BYTES)
		return EINVAL;
	memset(bytes, 'k', length);
	for (i = 0; i < count; i++) {
		snprintf(description, sizeof(description), "%s%ld", args[0], i);
		if (add_key("logon", description, bytes, length,
			    KEY_SPEC_USER_KEYRING) < 0)
			return errno;
	}
	return 0;
}

static int clear_keys(char **args)
{
	(void)args;
	return keyctl_clear(KEY_SPEC_USER_KEYRING) < 0 ? errno : 0;
}

/* Read at most @size bytes of a file. Files of the kernel give less at a time. */
static size_t read_file(const char *path, off_t start, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t length = 0;
	ssize_t got;

	if (fd < 0)
		err(1, "%s", path);
	while ((got = pread(fd, bytes + length, size - length,
			    start + length)) > 0)
		length += got;
	if (got < 0)
		err(1, "%s", path);
	close(fd);
	bytes[length] = '\0';
	return length;
}

static int put_into_memory(char **args)
{
	size_t length = read_file(args[0], 0, MAX_BYTES);
	int fd = open("/dev/mem", O_WRONLY | O_CLOEXEC);

	if (fd < 0 ||
	    pwrite(fd, bytes, length, parse_number(args[1])) != (ssize_t)length)
		err(1, "/dev/mem");
	close(fd);
	return 0;
}

static int show_file(char **args)
{
	read_file(args[0], 0, MAX_BYTES);
	bytes[strcspn(bytes, "\n")] = '\0';
	printf(" %s", bytes);
	return 0;
}

static int count_lines(char **args)
{
	size_t length = read_file(args[0], 0, MAX_BYTES), lines = 0, i;

	for (i = 0; i < length; i++)
		lines += bytes[i] == '\n';
	printf(" %zu", lines);
	return 0;
}

static int count_keys(char **args)
{
	long length = keyctl_read(KEY_SPEC_USER_KEYRING, NULL, 0);

	(void)args;
	if (length < 0)
		return errno;
	printf(" %zu", length / sizeof(key_serial_t));
	return 0;
}

static int is_zero(char **args)
{
	size_t size = parse_number(args[1]), i;

	if (size > MAX_BYTES ||
	    read_file("/dev/mem", parse_number(args[0]), size) != size)
		return EINVAL;
	for (i = 0; i < size && !bytes[i]; i++)
		;
	printf(" %s", i == size ? "zero" : "data");
	return 0;
}

static const struct verb {
	const char *name;
	int args;
	int (*run)(char **args); /* return 0 or an errno */
} verbs[] = {
	{ "load", 2, load },
	{ "write", 2, write_text },
	{ "mkdir", 1, make_directory },
	{ "rmdir", 1, remove_directory },
	{ "module", 2, load_module },
	{ "unload-module", 1, unload_module },
	{ "crypt", 4, create_crypt },
	{ "remove-device", 1, remove_device },
	{ "keys", 3, make_keys },
	{ "clear-keys", 0, clear_keys },
	{ "put", 2, put_into_memory },
	{ "cat", 1, show_file },
	{ "lines", 1, count_lines },
	{ "count-keys", 0, count_keys },
	{ "is-zero", 2, is_zero },
};

struct steps {
	struct step {
		const struct verb *verb;
		char **args;
	} list[MAX_STEPS];
	int count;
};

static const struct verb *find_verb(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (!strcmp(name, verbs[i].name))
			return &verbs[i];
	errx(2, "no verb %s", name);
}

/* Parse the steps up to "--" or the end. Return what follows. */
static char **parse_steps(char **word, struct steps *steps)
{
	while (*word && strcmp(*word, "--")) {
		const struct verb *verb = find_verb(*word++);
		int i;

		if (steps->count == MAX_STEPS)
			errx(2, "too many steps");
		steps->list[steps->count++] = (struct step) { verb, word };
		for (i = 0; i < verb->args; i++)
			if (!*word++)
				errx(2, "%s: an argument is missing",
				     verb->name);
	}
	return *word ? word + 1 : word;
}

static void run_all(const struct steps *steps)
{
	int i, ret;

	for (i = 0; i < steps->count; i++) {
		ret = steps->list[i].verb->run(steps->list[i].args);
		if (ret)
			errx(1, "%s: %s", steps->list[i].verb->name,
			     errno_name(ret));
	}
}

/* Return true if the step had that many allocations. */
static bool inject(int fd, long nth, const struct step *step)
{
	char text[24], left[24] = "";
	int ret;

	snprintf(text, sizeof(text), "%ld", nth);
	if (write(fd, text, strlen(text)) < 0)
		err(1, FAIL_NTH);
	ret = step->verb->run(step->args);
	/* Opening it again would count allocations of its own. */
	if (pread(fd, left, sizeof(left) - 1, 0) < 0 || write(fd, "0", 1) < 0)
		err(1, FAIL_NTH);
	printf("%ld %s %s", nth, errno_name(ret),
	       atoi(left) ? "done" : "failed");
	return !atoi(left);
}

int main(int argc, char **argv)
{
	struct steps before = {}, step = {}, after = {};
	bool failed = true;
	int fd = open(FAIL_NTH, O_RDWR | O_CLOEXEC);
	long nth;

	if (fd < 0)
		err(1, FAIL_NTH);
	parse_steps(parse_steps(parse_steps(argv + 1, &before), &step), &after);
	if (argc < 2 || step.count != 1)
		errx(2, "usage: fail-nth [STEP...] -- STEP -- [STEP...]");
	setlinebuf(stdout);
	for (nth = 1; failed; nth++) {
		run_all(&before);
		failed = inject(fd, nth, &step.list[0]);
		run_all(&after);
		putchar('\n');
	}
	return 0;
}
