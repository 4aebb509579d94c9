// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/dump_info.h"
#include "lib/json.h"
#include "lib/utc.h"
#include "lib/xalloc.h"

#define PANIC	  "Kernel panic - not syncing: "
#define PANIC_END "end " PANIC /* again, if no crash kernel ran */

static const struct text_field {
	const char *name;
	size_t offset;
	bool optional;
} text_fields[] = {
	{ "host", offsetof(struct dump_info, host), false },
	{ "version", offsetof(struct dump_info, version), false },
	{ "kernel", offsetof(struct dump_info, kernel), true },
	{ "panic", offsetof(struct dump_info, panic), true },
	{ "collector", offsetof(struct dump_info, collector), true },
	{ "reason", offsetof(struct dump_info, reason), true },
};

static const struct size_field {
	const char *name;
	size_t offset;
} size_fields[] = {
	{ "memory_bytes", offsetof(struct dump_info, memory_bytes) },
	{ "kernel_log_bytes", offsetof(struct dump_info, kernel_log_bytes) },
	{ "vmcore_bytes", offsetof(struct dump_info, vmcore_bytes) },
};

#define TEXT_FIELD_COUNT (sizeof(text_fields) / sizeof(text_fields[0]))
#define SIZE_FIELD_COUNT (sizeof(size_fields) / sizeof(size_fields[0]))

static char **text_of(struct dump_info *info, size_t field)
{
	return (char **)((char *)info + text_fields[field].offset);
}

static int64_t *size_of(struct dump_info *info, size_t field)
{
	return (int64_t *)((char *)info + size_fields[field].offset);
}

void dump_info_add_step(struct dump_info *info, const char *name,
			double seconds)
{
	info->steps = xrealloc(info->steps,
			       (info->step_count + 1) * sizeof(*info->steps));
	info->steps[info->step_count++] = (struct dump_step) {
		.name = xstrdup(name),
		.seconds = seconds,
	};
}

double dump_info_seconds(const struct dump_info *info)
{
	double seconds = 0;
	size_t i;

	for (i = 0; i < info->step_count; i++)
		seconds += info->steps[i].seconds;
	return seconds;
}

bool dump_info_is_unfiltered(const struct dump_info *info)
{
	return info->collector && !strcmp(info->collector, DUMP_UNFILTERED);
}

static json_object *steps_to_json(const struct dump_info *info)
{
	json_object *steps = xcheck(json_object_new_array());
	size_t i;

	for (i = 0; i < info->step_count; i++) {
		json_object *step = xcheck(json_object_new_object());
		char *seconds = xasprintf("%.2f", info->steps[i].seconds);

		json_object_object_add(step, "name",
				       json_object_new_string(
					       info->steps[i].name));
		json_object_object_add(
			step, "seconds",
			json_object_new_double_s(info->steps[i].seconds,
						 seconds));
		json_object_array_add(steps, step);
		free(seconds);
	}
	return steps;
}

static void add_keys(json_object *root, const struct dump_info *info)
{
	if (info->keys == DUMP_KEYS_UNKNOWN)
		return;
	json_object_object_add(root, "keys_hidden",
			       json_object_new_boolean(info->keys ==
						       DUMP_KEYS_HIDDEN));
	json_object_object_add(root, "hidden_pages",
			       json_object_new_int64(info->hidden_pages));
	json_object_object_add(root, "unreadable_pages",
			       json_object_new_int64(info->unreadable_pages));
}

json_object *dump_info_to_json(const struct dump_info *info)
{
	struct dump_info *fields = (struct dump_info *)info;
	json_object *root = xcheck(json_object_new_object());
	char *when = utc_for_json(info->time);
	size_t i;

	json_object_object_add(root, "format",
			       json_object_new_int(DUMP_INFO_FORMAT));
	json_object_object_add(root, "time", json_object_new_string(when));
	free(when);
	json_object_object_add(root, "complete",
			       json_object_new_boolean(info->complete));
	for (i = 0; i < TEXT_FIELD_COUNT; i++)
		if (*text_of(fields, i))
			json_object_object_add(root, text_fields[i].name,
					       json_object_new_string(
						       *text_of(fields, i)));
	for (i = 0; i < SIZE_FIELD_COUNT; i++)
		json_object_object_add(root, size_fields[i].name,
				       json_object_new_int64(
					       *size_of(fields, i)));
	json_object_object_add(root, "unfiltered",
			       json_object_new_boolean(
				       dump_info_is_unfiltered(info)));
	add_keys(root, info);
	json_object_object_add(root, "steps", steps_to_json(info));
	return root;
}

static int read_texts(struct dump_info *info, json_object *root,
		      struct error *error)
{
	size_t i;

	for (i = 0; i < TEXT_FIELD_COUNT; i++) {
		const char *value = json_get_text(root, text_fields[i].name);

		if (value)
			*text_of(info, i) = xstrdup(value);
		else if (!text_fields[i].optional)
			return json_set_invalid(error, text_fields[i].name);
	}
	return 0;
}

static int read_sizes(struct dump_info *info, json_object *root,
		      struct error *error)
{
	size_t i;

	for (i = 0; i < SIZE_FIELD_COUNT; i++) {
		json_object *value =
			json_get(root, size_fields[i].name, json_type_int);

		if (!value || json_object_get_int64(value) < 0)
			return json_set_invalid(error, size_fields[i].name);
		*size_of(info, i) = json_object_get_int64(value);
	}
	return 0;
}

static int read_pages(int64_t *count, json_object *value, const char *name,
		      struct error *error)
{
	if (!value || json_object_get_int64(value) < 0)
		return json_set_invalid(error, name);
	*count = json_object_get_int64(value);
	return 0;
}

/* Dumps of older versions lack these fields, or the last one. */
static int read_keys(struct dump_info *info, json_object *root,
		     struct error *error)
{
	json_object *pages = json_get(root, "hidden_pages", json_type_int);
	json_object *hidden;

	if (!json_object_object_get_ex(root, "keys_hidden", &hidden))
		return 0;
	if (!json_object_is_type(hidden, json_type_boolean))
		return json_set_invalid(error, "keys_hidden");
	info->keys = json_object_get_boolean(hidden) ? DUMP_KEYS_HIDDEN :
						       DUMP_KEYS_EXPOSED;
	if (read_pages(&info->hidden_pages, pages, "hidden_pages", error))
		return -1;
	if (!json_object_object_get_ex(root, "unreadable_pages", NULL))
		return 0;
	pages = json_get(root, "unreadable_pages", json_type_int);
	return read_pages(&info->unreadable_pages, pages, "unreadable_pages",
			  error);
}

static int read_time(struct dump_info *info, json_object *root,
		     struct error *error)
{
	const char *value = json_get_text(root, "time");
	struct tm utc = { 0 };
	const char *end;

	if (!value)
		return json_set_invalid(error, "time");
	end = strptime(value, UTC_FOR_JSON, &utc);
	if (!end || *end)
		return json_set_invalid(error, "time");
	info->time = timegm(&utc);
	return 0;
}

static int read_steps(struct dump_info *info, json_object *root,
		      struct error *error)
{
	json_object *steps = json_get(root, "steps", json_type_array);
	size_t i;

	if (!steps)
		return json_set_invalid(error, "steps");
	for (i = 0; i < json_object_array_length(steps); i++) {
		json_object *step = json_object_array_get_idx(steps, i);
		json_object *seconds;
		const char *name;

		if (!json_object_is_type(step, json_type_object))
			return json_set_invalid(error, "steps");
		name = json_get_text(step, "name");
		seconds = json_get(step, "seconds", json_type_double);
		if (!name || !seconds ||
		    !isfinite(json_object_get_double(seconds)))
			return json_set_invalid(error, "steps");
		dump_info_add_step(info, name, json_object_get_double(seconds));
	}
	return 0;
}

static int read_all(struct dump_info *info, json_object *root,
		    struct error *error)
{
	json_object *format = json_get(root, "format", json_type_int);
	json_object *complete = json_get(root, "complete", json_type_boolean);

	if (!json_object_is_type(root, json_type_object))
		return error_set(error, EINVAL,
				 "the dump's information is not a JSON object");
	if (!format || json_object_get_int64(format) != DUMP_INFO_FORMAT)
		return json_set_invalid(error, "format");
	if (!complete)
		return json_set_invalid(error, "complete");
	info->complete = json_object_get_boolean(complete);
	if (read_texts(info, root, error) || read_sizes(info, root, error) ||
	    read_time(info, root, error) || read_keys(info, root, error) ||
	    read_steps(info, root, error))
		return -1;
	return 0;
}

int dump_info_from_json(struct dump_info *info, const char *json,
			struct error *error)
{
	json_object *root = json_tokener_parse(json);
	int ret;

	memset(info, 0, sizeof(*info));
	ret = read_all(info, root, error);
	json_object_put(root);
	if (ret)
		dump_info_release(info);
	return ret;
}

void dump_info_release(struct dump_info *info)
{
	size_t i;

	for (i = 0; i < TEXT_FIELD_COUNT; i++)
		free(*text_of(info, i));
	for (i = 0; i < info->step_count; i++)
		free(info->steps[i].name);
	free(info->steps);
	memset(info, 0, sizeof(*info));
}

static int write_file(int directory, json_object *root)
{
	int file, ret;

	/* An interrupted write may have left a file. */
	unlinkat(directory, DUMP_INFO_UNFINISHED, 0);
	file = openat(directory, DUMP_INFO_UNFINISHED,
		      O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (file < 0)
		return -1;
	errno = 0;
	ret = json_object_to_fd(file, root, JSON_C_TO_STRING_PRETTY);
	if (!ret && write(file, "\n", 1) != 1)
		ret = -1;
	if (!ret)
		ret = fsync(file);
	if (close(file))
		ret = -1;
	if (ret && !errno)
		errno = EIO;
	return ret;
}

int dump_info_write(const struct dump_info *info, const char *directory,
		    struct error *error)
{
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	json_object *root;
	int ret;

	if (fd < 0)
		return error_set_errno(error, "cannot open %s", directory);
	root = dump_info_to_json(info);
	ret = write_file(fd, root);
	json_object_put(root);
	if (!ret)
		ret = renameat(fd, DUMP_INFO_UNFINISHED, fd, DUMP_INFO_FILE);
	if (!ret)
		ret = fsync(fd);
	if (ret) {
		error_set_errno(error, "cannot write %s/%s", directory,
				DUMP_INFO_FILE);
		unlinkat(fd, DUMP_INFO_UNFINISHED, 0);
	}
	close(fd);
	return ret;
}

static void keep_plain_text(char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}

char *dump_info_find_panic(FILE *log)
{
	char *line = NULL, *panic = NULL;
	size_t capacity = 0;

	while (getline(&line, &capacity, log) >= 0) {
		char *message = strstr(line, PANIC);

		if (!message || strstr(line, PANIC_END))
			continue;
		message += strlen(PANIC);
		message[strcspn(message, "\n")] = '\0';
		/* Anyone may log such a line; the kernel's is the last one. */
		free(panic);
		panic = xstrdup(message);
		keep_plain_text(panic);
	}
	free(line);
	return panic;
}
