// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/xalloc.h"
#include "tests/unit/scratch.h"

#define LARGE	     (64 << 20) /* bytes */
#define HANDLER_EXIT 42

/* Have malloc() return NULL, as it does without the sanitizer. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

static char large_text[LARGE];

static void copy_text(void)
{
	free(xstrdup(large_text));
}

static void format_text(void)
{
	free(xasprintf("%s%s", large_text, large_text));
}

static void grow(void)
{
	free(xrealloc(xrealloc(NULL, 1), LARGE));
}

static void check(void)
{
	xcheck(NULL);
}

static void handle(void)
{
	_exit(HANDLER_EXIT);
}

static void ignore(void)
{
}

/* Return what became of a process that has no memory for @allocate. */
static int run(void (*allocate)(void), void (*handler)(void))
{
	const struct rlimit none = {};
	pid_t child = fork();
	int status;

	if (!child) {
		dup2(open("errors", O_WRONLY | O_CREAT, 0600), STDERR_FILENO);
		if (handler)
			xalloc_set_handler(handler);
		setrlimit(RLIMIT_CORE, &none);
		if (setrlimit(RLIMIT_AS, &none))
			_exit(3);
		allocate();
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static void assert_handled(void (*allocate)(void))
{
	int status = run(allocate, handle);

	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), HANDLER_EXIT);
}

static int set_up(void **state)
{
	memset(large_text, 'x', sizeof(large_text) - 1);
	return scratch_make(state);
}

static void test_memory(void **state)
{
	char *text = xstrdup("text"), *longer = xasprintf("%s%d", text, 1);

	assert_string_equal(longer, "text1");
	text = xrealloc(text, LARGE);
	assert_string_equal(text, "text");
	assert_ptr_equal(xcheck(text), text);
	free(text);
	free(longer);
}

static void test_handler(void **state)
{
	assert_handled(copy_text);
	assert_handled(format_text);
	assert_handled(grow);
	assert_handled(check);
}

static void test_no_handler(void **state)
{
	int status = run(copy_text, NULL);
	char line[256] = "";
	FILE *errors;

	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), EXIT_FAILURE);
	errors = fopen("errors", "r");
	while (fgets(line, sizeof(line), errors))
		if (strstr(line, ": out of memory\n"))
			break;
	fclose(errors);
	assert_non_null(strstr(line, ": out of memory\n"));
}

/* NULL is never returned, even if the handler is wrong. */
static void test_handler_that_returns(void **state)
{
	int status = run(copy_text, ignore);

	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
}

#define memory_test(test) \
	cmocka_unit_test_setup_teardown(test, set_up, scratch_remove)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		memory_test(test_memory),
		memory_test(test_handler),
		memory_test(test_no_handler),
		memory_test(test_handler_that_returns),
	};

	return cmocka_run_group_tests_name("xalloc", tests, NULL, NULL);
}
