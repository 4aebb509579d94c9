// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/xalloc.h"
#include "tool/host/boot_loader.h"

/* https://systemd.io/BOOT_LOADER_INTERFACE */
#define VENDOR "4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"

#define ATTRIBUTES_SIZE 4
#define MAX_SIZE	512

/* The text is UTF-16; only ASCII characters are expected. */
static char *read_variable(const char *directory, const char *name)
{
	char *file = xasprintf("%s/%s-" VENDOR, directory, name);
	unsigned char data[MAX_SIZE];
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	ssize_t size = fd < 0 ? -1 : read(fd, data, sizeof(data)), i;
	char *text = NULL;

	if (size > ATTRIBUTES_SIZE) {
		text = xrealloc(NULL, size);
		for (i = 0; ATTRIBUTES_SIZE + 2 * i + 1 < size; i++)
			text[i] = data[ATTRIBUTES_SIZE + 2 * i];
		text[i] = '\0';
	}
	if (fd >= 0)
		close(fd);
	free(file);
	return text;
}

char *boot_loader_name(const char *directory)
{
	return read_variable(directory, "LoaderInfo") ?:
		       read_variable(directory, "StubInfo");
}
