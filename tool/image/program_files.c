// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/elf_headers.h"
#include "lib/xalloc.h"
#include "tool/image/program_files.h"
#include "tool/image/shared_objects.h"

#define LINE_SIZE 256 /* as much of a script's first line as counts */
#define BLANKS	  " \t"

/* Return true if the kernel would start the dynamic loader for it. */
static bool is_dynamic(int fd)
{
	unsigned int index = 0;
	Elf64_Phdr segment;

	return elf_headers_next(fd, PT_INTERP, &index, &segment);
}

/* "#! /bin/sh -e" has /bin/sh, for the caller to free; NULL: no script. */
static char *find_interpreter(int fd)
{
	char line[LINE_SIZE + 1] = "", *name = line + 2;

	if (pread(fd, line, LINE_SIZE, 0) < 2 || strncmp(line, "#!", 2))
		return NULL;
	line[strcspn(line, "\n")] = '\0';
	name += strspn(name, BLANKS);
	name[strcspn(name, BLANKS)] = '\0';
	return xstrdup(name);
}

int program_files_for_each(const char *program,
			   void (*visit)(const char *file, void *context),
			   void *context)
{
	int fd = open(program, O_RDONLY | O_CLOEXEC), ret = 0;
	bool dynamic;
	char *interpreter;

	if (fd < 0) {
		warn("%s", program);
		return -1;
	}
	dynamic = is_dynamic(fd);
	interpreter = find_interpreter(fd);
	close(fd);

	if (interpreter)
		visit(interpreter, context);
	if (interpreter || dynamic)
		ret = shared_objects_for_each(interpreter ?: program, visit,
					      context);
	free(interpreter);
	return ret;
}
