// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage: load-race KERNEL KEYS ROUNDS
 * Let two processes load a crash kernel at the same moment, ROUNDS times. Check
 * that at least one load succeeds, that the other one succeeds or fails with
 * EBUSY, and that KEYS keys are saved after each round. Print how many rounds
 * had an EBUSY.
 */
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "tests/guest/common.h"

/* A round starts when both processes are ready for it. */
struct shared {
	atomic_long ready;
	atomic_int result[2];
	atomic_long done;
};

/* Spin, because waking up a sleeping process takes longer than a load. */
static void wait_for(atomic_long *counter, long value)
{
	while (atomic_load(counter) < value)
		;
}

static void one_load(struct shared *shared, int self, long round,
		     const char *kernel)
{
	atomic_fetch_add(&shared->ready, 1);
	wait_for(&shared->ready, 2 * round);
	atomic_store(&shared->result[self],
		     load_crash_kernel(kernel, NULL, ""));
	atomic_fetch_add(&shared->done, 1);
	wait_for(&shared->done, 2 * round);
}

static void check(const struct shared *shared, long keys, long round)
{
	int i, ok = 0;

	for (i = 0; i < 2; i++) {
		int result = atomic_load(&shared->result[i]);

		if (result && result != EBUSY)
			errx(1, "round %ld: %s", round, errno_name(result));
		ok += !result;
	}
	if (!ok)
		errx(1, "round %ld: both loads EBUSY", round);
	if (read_number("/sys/kernel/kexec_crash_loaded") != 1)
		errx(1, "round %ld: nothing loaded", round);
	if (read_number(ITEMS "saved") != keys)
		errx(1, "round %ld: %ld keys saved", round,
		     read_number(ITEMS "saved"));
}

int main(int argc, char **argv)
{
	long keys, rounds, round, busy = 0;
	struct shared *shared;
	pid_t other;

	if (argc != 4)
		errx(2, "usage: load-race KERNEL KEYS ROUNDS");
	keys = parse_number(argv[2]);
	rounds = parse_number(argv[3]);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		err(1, "mmap");
	other = fork();
	if (other < 0)
		err(1, "fork");
	if (!other) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (round = 1; round <= rounds; round++)
			one_load(shared, 1, round, argv[1]);
		_exit(0);
	}
	for (round = 1; round <= rounds; round++) {
		one_load(shared, 0, round, argv[1]);
		check(shared, keys, round);
		busy += atomic_load(&shared->result[0]) == EBUSY ||
			atomic_load(&shared->result[1]) == EBUSY;
	}
	printf("busy %ld\n", busy);
	return 0;
}
