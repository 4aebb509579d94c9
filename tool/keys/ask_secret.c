// SPDX-License-Identifier: GPL-2.0-or-later
#include <bsd/readpassphrase.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/xalloc.h"
#include "tool/host/installed_program.h"
#include "tool/keys/ask_secret.h"

#define PROGRAM	 "systemd-ask-password"
#define TERMINAL "/dev/tty"

bool ask_secret_possible(void)
{
	int terminal = open(TERMINAL, O_RDWR | O_CLOEXEC);

	if (terminal >= 0)
		close(terminal);
	return terminal >= 0;
}

/* Return 0 or an errno, as posix_spawn(3) does. */
static int start(pid_t *process, const char *prompt, int output)
{
	char *arguments[] = { PROGRAM, "--timeout=0", "--", (char *)prompt,
			      NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none;
	int ret;

	/* Ctrl-C must end it, whatever this program blocks. */
	sigemptyset(&none);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	posix_spawn_file_actions_init(&actions);
	ret = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, TERMINAL,
					       O_RDWR, 0);
	if (!ret)
		ret = posix_spawn_file_actions_adddup2(&actions, output,
						       STDOUT_FILENO);
	if (!ret)
		ret = posix_spawnp(process, PROGRAM, &actions, &attributes,
				   arguments, environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	return ret;
}

/* Read straight into @secret: no other buffer gets a copy. */
static int read_secret(int input, char *secret, size_t size)
{
	size_t length = 0;
	ssize_t more;

	while (length < size) {
		more = read(input, secret + length, size - length);
		if (more < 0 && errno == EINTR)
			continue;
		if (more < 0)
			return -errno;
		if (!more)
			break;
		length += more;
	}
	if (length == size)
		return -EOVERFLOW;
	if (length && secret[length - 1] == '\n')
		length--;
	secret[length] = '\0';
	return 0;
}

static int wait_for(pid_t process)
{
	int status;

	while (waitpid(process, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -ECANCELED;
}

static int ask_with_program(const char *prompt, char *secret, size_t size)
{
	int ends[2], ret, status;
	pid_t process;

	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	ret = -start(&process, prompt, ends[1]);
	close(ends[1]);
	if (!ret) {
		ret = read_secret(ends[0], secret, size);
		close(ends[0]);
		status = wait_for(process);
		if (!ret)
			ret = status;
	} else {
		close(ends[0]);
	}
	if (ret)
		explicit_bzero(secret, size);
	return ret;
}

static int ask_directly(const char *prompt, char *secret, size_t size)
{
	char *line = xasprintf("%s ", prompt);
	int ret = readpassphrase(line, secret, size, RPP_REQUIRE_TTY) ? 0 :
									-errno;

	free(line);
	return ret;
}

int ask_secret(const char *prompt, char *secret, size_t size)
{
	return program_is_installed(PROGRAM) ?
		       ask_with_program(prompt, secret, size) :
		       ask_directly(prompt, secret, size);
}
