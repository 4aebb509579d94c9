// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/elf_headers.h"
#include "lib/run_program.h"
#include "lib/xalloc.h"
#include "tool/image/needed_files.h"

#define LINE_SIZE     256 /* the kernel looks at no more of a script's first line */
#define BLANKS	      " \t"
#define OUTPUT_SIZE   512
#define START_SECONDS 30

/* x86-64 psABI, "Program Interpreter" */
#define DYNAMIC_LOADER "/lib64/ld-linux-x86-64.so.2"
#define LOADER_CACHE   "/etc/ld.so.cache"

struct visitor {
	void (*visit)(const char *file, void *context);
	void *context;
};

/*
 * Return the path in a line of the dynamic loader: "name => path (address)",
 * "path (address)" for the loader itself, or a name without a path for what the
 * kernel maps itself.
 */
static char *path_in(char *line)
{
	char *arrow = strstr(line, "=> ");
	char *path = arrow ? arrow + 3 : line + strspn(line, "\t ");
	char *end = strstr(path, " (");

	if (path[0] != '/' || !end)
		return NULL;
	*end = '\0';
	return path;
}

static void visit_line(char *line, void *context)
{
	const struct visitor *visitor = context;
	char *path = path_in(line);

	if (path)
		visitor->visit(path, visitor->context);
}

/* Return true if the loader finds a library only because of its cache. */
static bool needs_cache(const char *program)
{
	char *arguments[] = { DYNAMIC_LOADER, "--inhibit-cache", "--list",
			      (char *)program, NULL };
	char *environment[] = { NULL };
	const struct program check = {
		.arguments = arguments,
		.environment = environment,
		.log = "/dev/null",
	};

	return run_program(&check, NULL) != 0;
}

struct output {
	char text[OUTPUT_SIZE];
	size_t length;
};

static void take_output(const char *text, size_t length, void *context)
{
	struct output *output = context;
	size_t room = OUTPUT_SIZE - 1 - output->length;

	if (length > room)
		length = room;
	memcpy(output->text + output->length, text, length);
	output->length += length;
}

static int start(char *const *arguments, struct error *error)
{
	char *environment[] = { NULL };
	struct output output = {};
	const struct program program = {
		.arguments = arguments,
		.environment = environment,
		.output = take_output,
		.output_has_errors = true,
		.seconds = START_SECONDS,
		.context = &output,
	};
	int ret = run_program(&program, error);

	if (ret <= 0)
		return ret;
	output.text[strcspn(output.text, "\n")] = '\0';
	return error_set(error, 0, "exit status %d: %s", ret,
			 *output.text ? output.text : "it prints no reason");
}

/*
 * The loader looks where it will look in the crash kernel, so it must not see
 * LD_LIBRARY_PATH. The cache names
 * the libraries in the other directories of ld.so.conf. It changes often, and
 * then a new image is needed, so it is only used if it has to be.
 */
static int visit_libraries(const char *program, struct visitor *visitor,
			   struct error *error)
{
	bool cached = needs_cache(program);
	char *with_cache[] = { "/usr/bin/env",	"-i", DYNAMIC_LOADER, "--list",
			       (char *)program, NULL };
	char *without[] = { "/usr/bin/env",
			    "-i",
			    DYNAMIC_LOADER,
			    "--inhibit-cache",
			    "--list",
			    (char *)program,
			    NULL };
	int ret;

	/* The loader says which library is missing. */
	if (cached && start(with_cache + 2, error))
		return error_prefix(error, "%s cannot be started", program);
	ret = run_program_for_each_line(cached ? with_cache : without,
					visit_line, visitor, error);
	if (!ret && cached)
		visitor->visit(LOADER_CACHE, visitor->context);
	if (!ret)
		return 0;
	if (ret > 0)
		error_set(error, 0, "%s failed with exit status %d",
			  DYNAMIC_LOADER, ret);
	return error_prefix(error, "cannot find out which libraries %s needs",
			    program);
}

/* Return true if the kernel starts the dynamic loader for it. */
static bool is_dynamic(int fd)
{
	unsigned int index = 0;
	Elf64_Phdr segment;

	return elf_headers_next(fd, PT_INTERP, &index, &segment);
}

int needed_files_start(const char *program, const char *argument,
		       struct error *error)
{
	char *with_cache[] = { DYNAMIC_LOADER, (char *)program,
			       (char *)argument, NULL };
	char *without[] = { DYNAMIC_LOADER, "--inhibit-cache", (char *)program,
			    (char *)argument, NULL };
	int fd = open(program, O_RDONLY | O_CLOEXEC);
	bool dynamic;
	int ret;

	if (fd < 0)
		return error_set_errno(error, "%s", program);
	dynamic = is_dynamic(fd);
	close(fd);
	if (!dynamic)
		ret = start(with_cache + 1, error);
	else
		ret = start(needs_cache(program) ? with_cache : without, error);
	if (ret)
		error_prefix(
			error,
			"%s does not start as in the crash kernel, install it again",
			program);
	return ret;
}

/*
 * Return "/bin/sh" for a script that begins with "#! /bin/sh -e". Return NULL
 * if it is no script. The caller frees it.
 */
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

int needed_files_for_each(const char *program,
			  void (*visit)(const char *file, void *context),
			  void *context, struct error *error)
{
	struct visitor visitor = { visit, context };
	int fd = open(program, O_RDONLY | O_CLOEXEC), ret = 0;
	bool dynamic;
	char *interpreter;

	if (fd < 0)
		return error_set_errno(error, "%s", program);
	dynamic = is_dynamic(fd);
	interpreter = find_interpreter(fd);
	close(fd);

	if (interpreter)
		visit(interpreter, context);
	if (interpreter || dynamic)
		ret = visit_libraries(interpreter ?: program, &visitor, error);
	free(interpreter);
	return ret;
}
