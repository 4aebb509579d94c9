// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage: churn NAME ROUNDS
 * Make and remove a key item ROUNDS times, and write and read its description in
 * between. If there are 128 other items, each attempt is refused instead. Print
 * how many rounds made an item and how many were refused.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/guest/common.h"

#define DESCRIPTION "churn:it"

static void write_and_read(const char *item)
{
	char path[256], text[256] = "";
	int ret, fd;

	snprintf(path, sizeof(path), "%s/description", item);
	ret = write_once(path, DESCRIPTION, strlen(DESCRIPTION));
	if (ret)
		errx(1, "write %s: %s", path, errno_name(ret));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
		err(1, "read %s", path);
	close(fd);
	if (strcmp(text, DESCRIPTION "\n"))
		errx(1, "%s: read back as %s", path, text);
}

int main(int argc, char **argv)
{
	long rounds, made = 0, refused = 0;
	char item[128];

	if (argc != 3)
		errx(2, "usage: churn NAME ROUNDS");
	snprintf(item, sizeof(item), ITEMS "%s", argv[1]);
	for (rounds = parse_number(argv[2]); rounds > 0; rounds--) {
		if (mkdir(item, 0755)) {
			if (errno != ENOSPC)
				err(1, "mkdir %s", item);
			refused++;
			continue;
		}
		made++;
		write_and_read(item);
		if (rmdir(item))
			err(1, "rmdir %s", item);
	}
	printf("made %ld refused %ld\n", made, refused);
	return 0;
}
