// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage: hammer SEED PROCESSES ROUNDS KERNEL
 * Start processes that concurrently make, remove, write and read key items,
 * switch reuse, and load and unload crash kernels, ROUNDS times each. The seed
 * determines what each process does in which order. Then remove all items and
 * the crash kernel, and print how often each kind of call succeeded and failed.
 * The status is 1 if a call had a result that it must not have.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/guest/common.h"

/* More than the limit, so that ENOSPC occurs. */
#define NAMES 160
/* Logon keys hammer:0, hammer:1 ..., which the test has made. */
#define KEYS 4

enum call {
	MAKE,
	REMOVE,
	WRITE,
	READ,
	STATE,
	REUSE,
	LOAD,
	UNLOAD,
	CALLS
};

static const struct {
	const char *name;
	unsigned int weight;
	int errnos[5]; /* the call may fail with these */
} calls[CALLS] = {
	/* configfs: EBUSY or EAGAIN if another process uses the same item. */
	[MAKE] = { "mkdir", 40, { EEXIST, ENOSPC, EBUSY, EAGAIN } },
	[REMOVE] = { "rmdir", 10, { ENOENT, EBUSY, EAGAIN } },
	[WRITE] = { "write", 20, { ENOENT } },
	[READ] = { "read", 10, { ENOENT } },
	[STATE] = { "state", 5, { 0 } },
	[REUSE] = { "reuse", 2, { EINVAL } },
	/* EINVAL: an item has no description. ENOKEY: no key has it. */
	[LOAD] = { "load", 8, { EBUSY, EINVAL, ENOKEY } },
	[UNLOAD] = { "unload", 2, { EBUSY } },
};

struct tally {
	atomic_long good, bad;
};

static uint64_t random_below(uint64_t *state, uint64_t limit)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (*state >> 33) % limit;
}

static enum call choose(uint64_t *state)
{
	unsigned int total = 0, at, i;

	for (i = 0; i < CALLS; i++)
		total += calls[i].weight;
	at = random_below(state, total);
	for (i = 0; at >= calls[i].weight; i++)
		at -= calls[i].weight;
	return i;
}

static int read_text(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length;
	int ret = 0;

	if (fd < 0)
		return errno;
	length = read(fd, text, size - 1);
	if (length < 0)
		ret = errno;
	else
		text[length] = '\0';
	close(fd);
	return ret;
}

/* Write the description of a key, sometimes after another description. */
static int write_description(const char *item, uint64_t *state)
{
	char path[256], text[256];
	size_t length = 1 + random_below(state, 140);
	int ret = 0;

	snprintf(path, sizeof(path), "%s/description", item);
	switch (random_below(state, 16)) {
	case 0: /* lengths around the limit */
		memset(text, 'x', length);
		ret = write_once(path, text, length);
		if (ret == (length > 128 ? EINVAL : 0))
			ret = 0;
		else if (ret != ENOENT)
			errx(1, "%zu bytes: %s", length, errno_name(ret));
		break;
	case 1:
		ret = write_once(path, "hammer:no-key", 13);
		break;
	}
	if (ret)
		return ret;
	length = snprintf(text, sizeof(text), "hammer:%d",
			  (int)random_below(state, KEYS));
	return write_once(path, text, length);
}

/* Check that this reads one whole description, or an empty one. */
static int read_description(const char *item)
{
	char path[256], text[256] = "";
	size_t length;
	int ret;

	snprintf(path, sizeof(path), "%s/description", item);
	ret = read_text(path, text, sizeof(text));
	if (ret)
		return ret;
	length = strlen(text);
	if (!length || text[length - 1] != '\n' ||
	    (strncmp(text, "hammer:", 7) && strspn(text, "x") != length - 1))
		errx(1, "%s: %s", path, text);
	return 0;
}

static int read_state(void)
{
	long count = read_number(ITEMS "count");
	long saved = read_number(ITEMS "saved");
	long reuse = read_number(ITEMS "reuse");

	if (count < 0 || count > 128 || saved < 0 || saved > 128 || reuse < 0 ||
	    reuse > 1)
		errx(1, "count %ld, saved %ld, reuse %ld", count, saved, reuse);
	return 0;
}

static int make_item(const char *item, uint64_t *state)
{
	int ret;

	if (mkdir(item, 0755))
		return errno;
	ret = write_description(item, state);
	/* Another process may have removed the item already. */
	return ret == ENOENT ? 0 : ret;
}

static int do_call(enum call call, uint64_t *state, const char *kernel)
{
	char item[128];

	snprintf(item, sizeof(item), ITEMS "item%d",
		 (int)random_below(state, NAMES));
	switch (call) {
	case MAKE:
		return make_item(item, state);
	case REMOVE:
		return rmdir(item) ? errno : 0;
	case WRITE:
		return write_description(item, state);
	case READ:
		return read_description(item);
	case STATE:
		return read_state();
	case REUSE:
		return write_once(ITEMS "reuse",
				  random_below(state, 2) ? "1" : "0", 1);
	case LOAD:
		return load_crash_kernel(kernel, NULL, "");
	case UNLOAD:
		return unload_crash_kernel();
	default:
		return EINVAL;
	}
}

static bool may_happen(enum call call, int ret)
{
	size_t i;

	for (i = 0; i < sizeof(calls[0].errnos) / sizeof(int); i++)
		if (ret == calls[call].errnos[i])
			return true;
	return !ret;
}

static void hammer(uint64_t seed, long rounds, const char *kernel,
		   struct tally *tallies)
{
	uint64_t state = seed;
	long round;

	for (round = 0; round < rounds; round++) {
		enum call call = choose(&state);
		int ret = do_call(call, &state, kernel);

		if (!may_happen(call, ret))
			errx(1, "seed %lu round %ld: %s: %s", (long)seed, round,
			     calls[call].name, errno_name(ret));
		atomic_fetch_add(ret ? &tallies[call].bad : &tallies[call].good,
				 1);
	}
}

static void clean_up(void)
{
	char item[128];
	int i, ret;

	for (i = 0; i < NAMES; i++) {
		snprintf(item, sizeof(item), ITEMS "item%d", i);
		if (rmdir(item) && errno != ENOENT)
			err(1, "rmdir %s", item);
	}
	ret = unload_crash_kernel();
	if (ret)
		errx(1, "unload: %s", errno_name(ret));
}

int main(int argc, char **argv)
{
	long seed, processes, rounds, i;
	struct tally *tallies;
	int status, failed = 0;

	if (argc != 5)
		errx(2, "usage: hammer SEED PROCESSES ROUNDS KERNEL");
	seed = parse_number(argv[1]);
	processes = parse_number(argv[2]);
	rounds = parse_number(argv[3]);
	tallies = mmap(NULL, CALLS * sizeof(*tallies), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (tallies == MAP_FAILED)
		err(1, "mmap");
	for (i = 0; i < processes; i++) {
		pid_t child = fork();

		if (child < 0)
			err(1, "fork");
		if (!child) {
			hammer((uint64_t)seed * 1000 + i, rounds, argv[4],
			       tallies);
			_exit(0);
		}
	}
	while (wait(&status) > 0)
		failed |= status;
	clean_up();
	for (i = 0; i < CALLS; i++)
		printf("%s %ld %ld\n", calls[i].name,
		       atomic_load(&tallies[i].good),
		       atomic_load(&tallies[i].bad));
	return failed ? 1 : 0;
}
