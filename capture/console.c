// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "capture/console.h"
#include "capture/deadlines.h"

#define CONSOLES     "/proc/consoles"
#define MAX_CONSOLES 8
#define NAME_SIZE    64

static int consoles[MAX_CONSOLES];
static unsigned int count;
static char terminal[NAME_SIZE] = "/dev/console";

static void add(const char *name, const char *flags)
{
	char file[NAME_SIZE];
	int fd;

	snprintf(file, sizeof(file), "/dev/%s", name);
	fd = open(file, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	/* A console without a terminal, such as netconsole, has no device. */
	if (fd < 0)
		return;
	consoles[count++] = fd;
	if (strchr(flags, 'C'))
		strcpy(terminal, file);
}

void console_open(void)
{
	FILE *stream = fopen(CONSOLES, "re");
	char line[256], name[32], flags[16];

	if (!stream)
		return;
	while (count)
		close(consoles[--count]);
	/* A line is like "ttyS0                -W- (EC p a)    4:64". */
	while (count < MAX_CONSOLES && fgets(line, sizeof(line), stream))
		if (sscanf(line, "%31s %*s (%15[^)])", name, flags) == 2)
			add(name, flags);
	fclose(stream);
}

static void print(int fd, const char *text)
{
	struct pollfd ready = { .fd = fd, .events = POLLOUT };
	size_t left = strlen(text);

	/* A console that nobody reads must not stop the capture. */
	while (left && poll(&ready, 1, CONSOLE_SECONDS * 1000) == 1) {
		ssize_t written = write(fd, text, left);

		if (written <= 0)
			return;
		text += written;
		left -= written;
	}
}

void console_print(const char *text)
{
	unsigned int i;

	if (!count)
		print(STDOUT_FILENO, text);
	for (i = 0; i < count; i++)
		print(consoles[i], text);
}

const char *console_terminal(void)
{
	return terminal;
}
