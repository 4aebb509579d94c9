// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/elf_headers.h"
#include "lib/run_program.h"
#include "lib/xalloc.h"
#include "tool/host/architecture.h"
#include "tool/image/needed_files.h"

#define LINE_SIZE     256 /* the kernel looks at no more of a script's first line */
#define BLANKS	      " \t"
#define START_SECONDS 30

#define LOADER_CACHE "/etc/ld.so.cache"

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

static void append(const char *text, size_t length, void *context)
{
	char **output = context;
	char *longer = xasprintf("%s%.*s", *output ?: "", (int)length, text);

	free(*output);
	*output = longer;
}

/*
 * Return what the loader says if it looks where it will look in the crash
 * kernel, without LD_LIBRARY_PATH. Return NULL if it lacks a library then. The
 * caller frees the text.
 */
static char *list_without_cache(const char *program)
{
	char *arguments[] = { DYNAMIC_LOADER, "--inhibit-cache", "--list",
			      (char *)program, NULL };
	char *environment[] = { NULL };
	char *output = NULL;
	const struct program loader = {
		.arguments = arguments,
		.environment = environment,
		.output = append,
		.output_has_errors = true,
		.context = &output,
	};

	if (!run_program(&loader, NULL))
		return output;
	free(output);
	return NULL;
}

/* On failure error->reason has the first line that the program printed. */
static int start(char *const *arguments, struct error *error)
{
	char *environment[] = { NULL };
	char *output = NULL;
	const struct program program = {
		.arguments = arguments,
		.environment = environment,
		.output = append,
		.output_has_errors = true,
		.seconds = START_SECONDS,
		.context = &output,
	};
	int ret = run_program(&program, error);

	if (output)
		output[strcspn(output, "\n")] = '\0';
	if (ret > 0)
		ret = error_set(error, 0, "exit status %d: %s", ret,
				output && *output ? output :
						    "it prints no reason");
	free(output);
	return ret;
}

static int list_with_cache(const char *program, struct visitor *visitor,
			   struct error *error)
{
	char *arguments[] = { "/usr/bin/env",  "-i", DYNAMIC_LOADER, "--list",
			      (char *)program, NULL };
	int ret;

	/* The loader says which library is missing. */
	if (start(arguments + 2, error))
		return error_prefix(error, "%s cannot be started", program);
	ret = run_program_for_each_line(arguments, visit_line, visitor, error);
	if (!ret) {
		visitor->visit(LOADER_CACHE, visitor->context);
		return 0;
	}
	if (ret > 0)
		error_set(error, 0, "%s failed with exit status %d",
			  DYNAMIC_LOADER, ret);
	return error_prefix(error, "cannot find out which libraries %s needs",
			    program);
}

/*
 * The loader's cache names the libraries in the other directories of
 * ld.so.conf. The cache changes often, and then a new image is needed, so it is only used if it has to be.
 */
static int visit_libraries(const char *program, struct visitor *visitor,
			   struct error *error)
{
	char *output = list_without_cache(program), *line, *state;

	if (!output)
		return list_with_cache(program, visitor, error);
	for (line = strtok_r(output, "\n", &state); line;
	     line = strtok_r(NULL, "\n", &state))
		visit_line(line, visitor);
	free(output);
	return 0;
}

/* Return true if the kernel starts the dynamic loader for it. */
static bool is_dynamic(int fd)
{
	unsigned int index = 0;
	Elf64_Phdr segment;

	return elf_headers_next(fd, PT_INTERP, &index, &segment);
}

static bool needs_cache(const char *program)
{
	char *output = list_without_cache(program);

	free(output);
	return !output;
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
