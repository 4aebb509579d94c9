// SPDX-License-Identifier: GPL-2.0-or-later
#include <libgen.h>
#include <stdlib.h>
#include <string.h>

#include "lib/json.h"
#include "lib/textfile.h"
#include "lib/xalloc.h"
#include "tool/image/programs_record.h"

#define ABSENT "none"

static char *state_of(const char *name)
{
	return initramfs_state(name) ?: xstrdup(ABSENT);
}

/* @files are pairs: a name, and the state of that file. */
static bool are_unchanged(const struct text_list *files)
{
	size_t i;

	for (i = 0; i + 1 < files->count; i += 2) {
		char *state = state_of(files->items[i]);
		bool same = !strcmp(state, files->items[i + 1]);

		free(state);
		if (!same)
			return false;
	}
	return true;
}

bool programs_record_use(const char *file, const char *request,
			 struct initramfs *initramfs)
{
	char *text = textfile_read(file, NULL);
	json_object *root = text ? json_tokener_parse(text) : NULL;
	const char *recorded = json_get_text(root, "request");
	struct text_list files = {}, added = {};
	bool used = false;

	if (recorded && !strcmp(recorded, request) &&
	    !json_get_texts(&files, root, "files", NULL) &&
	    !json_get_texts(&added, root, "added", NULL) &&
	    are_unchanged(&files))
		used = initramfs_add_listed(initramfs, &added);
	text_list_release(&added);
	text_list_release(&files);
	json_object_put(root);
	free(text);
	return used;
}

static void add_directory(struct text_list *names, const char *name)
{
	char *copy = xstrdup(name);

	text_list_add_once(names, dirname(copy));
	free(copy);
}

static json_object *describe(const struct text_list *names)
{
	struct text_list files = {};
	json_object *array;
	size_t i;

	for (i = 0; i < names->count; i++) {
		char *state = state_of(names->items[i]);

		text_list_add(&files, names->items[i]);
		text_list_add(&files, state);
		free(state);
	}
	array = json_from_texts(&files);
	text_list_release(&files);
	return array;
}

void programs_record_write(const char *file, const char *request,
			   const struct initramfs *initramfs, size_t first,
			   const struct text_list *others)
{
	json_object *root = json_object_new_object();
	struct text_list added = {}, names = {};
	size_t i;

	initramfs_list(initramfs, first, &added, &names);
	for (i = names.count; i > 0; i--)
		add_directory(&names, names.items[i - 1]);
	for (i = 0; i < others->count; i++)
		text_list_add_once(&names, others->items[i]);
	json_object_object_add(root, "request",
			       json_object_new_string(request));
	json_object_object_add(root, "files", describe(&names));
	json_object_object_add(root, "added", json_from_texts(&added));
	textfile_replace(file, json_object_to_json_string(root), NULL);
	json_object_put(root);
	text_list_release(&names);
	text_list_release(&added);
}
