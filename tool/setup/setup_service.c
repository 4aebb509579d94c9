// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/xalloc.h"
#include "tool/host/installed_program.h"
#include "tool/setup/service_file.h"
#include "tool/setup/setup.h"

/* A control character in a path may end a line of a unit file. */
static bool fits_a_line(const char *path)
{
	for (; *path; path++)
		if (iscntrl((unsigned char)*path))
			return false;
	return true;
}

static int check_paths(const struct text_list *paths, const char *config,
		       struct error *error)
{
	size_t i;

	for (i = 0; i < paths->count; i++)
		if (!fits_a_line(paths->items[i]))
			break;
	if (i == paths->count && (!config || fits_a_line(config)))
		return 0;
	return error_set(
		error, EINVAL,
		"a path with a control character cannot be passed to a service: use another path");
}

/* A fallback path counts even if it is missing now: it may be back at boot. */
static void add_fallback_paths(struct text_list *paths,
			       const struct text_list *fallback_paths)
{
	size_t i;

	for (i = 0; i < fallback_paths->count; i++) {
		char *resolved = realpath(fallback_paths->items[i], NULL);

		text_list_add(paths, resolved ?: fallback_paths->items[i]);
		free(resolved);
	}
}

static int want_service(struct setup *setup, struct error *error)
{
	struct text_list paths = {};
	char *content;
	int ret;

	text_list_add(&paths, setup->path);
	add_fallback_paths(&paths, &setup->config.fallback_paths);
	ret = check_paths(&paths, setup->config_option, error);
	if (!ret) {
		content = service_file_content(&paths,
					       setup->path_option ?
						       setup->path :
						       NULL,
					       setup->config_option);
		ret = setup_want_file(setup, SERVICE_DIRECTORY, SERVICE_FILE,
				      content, DAEMON_RELOAD, error);
		free(content);
	}
	text_list_release(&paths);
	if (!ret)
		change_want_service(&setup->wanted, SERVICE);
	return ret;
}

int setup_service(struct setup *setup, struct error *error)
{
	const char *missing = NULL;

	if (!program_is_installed("systemctl"))
		missing = "systemd is not installed";
	else if (access(UNITDIR "/" SERVICE, F_OK))
		missing = UNITDIR "/" SERVICE " is not installed";
	if (!missing) {
		setup_report(setup, "Service", SERVICE);
		return want_service(setup, error);
	}
	setup_report(setup, "Service", "none, %s", missing);
	text_list_addf(
		&setup->manual_steps,
		"have kdump-crypt load run at boot, after the volume of the dump path is mounted");
	return 0;
}
