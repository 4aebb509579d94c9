// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/scratch.h"
#include "tool/arm/armed_lock.h"

static char *shown;

static void show(const char *line)
{
	assert_null(shown);
	shown = strdup(line);
}

static void hold(int ready, unsigned int seconds)
{
	int directory = open("run/kdump-crypt", O_RDONLY | O_DIRECTORY);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (directory < 0 || flock(directory, LOCK_EX))
		_exit(1);
	if (write(ready, "x", 1) == 1)
		sleep(seconds);
	_exit(0);
}

/* Return a process that holds the lock for @seconds. */
static pid_t start_holder(unsigned int seconds)
{
	int ends[2];
	char ready;
	pid_t child;

	make_directory("run/kdump-crypt");
	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (!child)
		hold(ends[1], seconds);
	close(ends[1]);
	assert_int_equal(read(ends[0], &ready, 1), 1);
	close(ends[0]);
	return child;
}

static void end(pid_t child)
{
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);
}

static void test_nobody_else(void **state)
{
	make_directory("run");
	assert_int_equal(armed_lock(0, show, NULL), 0);
	assert_true(is_there("run/kdump-crypt"));
	assert_null(shown);
}

static void test_unlock(void **state)
{
	int directory;

	make_directory("run");
	assert_int_equal(armed_lock(0, show, NULL), 0);
	directory = open("run/kdump-crypt", O_RDONLY | O_DIRECTORY);
	assert_int_equal(flock(directory, LOCK_EX | LOCK_NB), -1);
	armed_unlock();
	armed_unlock();
	assert_int_equal(flock(directory, LOCK_EX | LOCK_NB), 0);
	close(directory);
	assert_int_equal(armed_lock(0, show, NULL), 0);
}

static void test_wait(void **state)
{
	pid_t child = start_holder(1);

	assert_int_equal(armed_lock(60, show, NULL), 0);
	assert_null(shown);
	end(child);
}

static void test_long_wait(void **state)
{
	pid_t child = start_holder(3);
	char *expected = format("(PID %d)", child);

	assert_int_equal(armed_lock(60, show, NULL), 0);
	assert_non_null(shown);
	assert_non_null(strstr(shown, "Waiting up to 60 s for another "));
	if (is_there("/proc/locks"))
		assert_non_null(strstr(shown, expected));
	free(shown);
	shown = NULL;
	free(expected);
	end(child);
}

static void test_deadline(void **state)
{
	pid_t child = start_holder(60);
	struct error error;

	assert_int_equal(armed_lock(1, show, &error), -1);
	assert_int_equal(error.number, EWOULDBLOCK);
	assert_non_null(strstr(error.reason, "another kdump-crypt"));
	assert_non_null(strstr(
		error.reason,
		" did not end within 1 s: wait until it ends, or stop it, and try again"));
	assert_null(shown);
	end(child);
}

/* Without a run directory there is no lock. */
static void test_no_place(void **state)
{
	struct error error;

	assert_int_equal(armed_lock(0, show, &error), -1);
	assert_string_equal(
		error.reason,
		"cannot make run/kdump-crypt: No such file or directory");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		scratch_test(test_nobody_else), scratch_test(test_unlock),
		scratch_test(test_wait),	scratch_test(test_long_wait),
		scratch_test(test_deadline),	scratch_test(test_no_place),
	};

	return cmocka_run_group_tests_name("armed_lock", tests, NULL, NULL);
}
