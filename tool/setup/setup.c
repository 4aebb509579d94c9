// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stdlib.h>

#include "lib/xalloc.h"
#include "tool/setup/service_file.h"
#include "tool/setup/setup.h"

typedef int (*setup_step)(struct setup *setup, struct error *error);

/* In this order: a later step uses what an earlier one found. */
static const setup_step steps[] = {
	/* Find the filesystems and LUKS volumes of the dump paths. */
	setup_path,
	/* Check that the kernel module is installed. */
	setup_module,
	/* Make GRUB reserve memory for the crash kernel. */
	setup_memory,
	/* Have the volume keys taken when the volumes are opened. */
	setup_link,
	/* Disable other tools that load a crash kernel. */
	setup_other_tools,
	/* Enable the service that arms at boot. */
	setup_service,
};

#define STEP_COUNT (sizeof(steps) / sizeof(steps[0]))

static void report_earlier(struct setup *setup, const char *option,
			   const char *value)
{
	setup_report(
		setup, "Kept",
		"%s %s from an earlier setup (run setup with %s to change it)",
		option, value, option);
}

int setup_choose_options(struct setup *setup, const char *path,
			 const char *config, struct error *error)
{
	service_file_recorded_options(&setup->recorded, &setup->path_option,
				      &setup->config_option);
	if (path) {
		free(setup->path_option);
		setup->path_option = xstrdup(path);
	} else if (setup->path_option) {
		report_earlier(setup, "--path", setup->path_option);
	}
	if (config) {
		free(setup->config_option);
		setup->config_option = realpath(config, NULL);
		if (!setup->config_option)
			return error_set_errno(error, "cannot read %s", config);
	} else if (setup->config_option) {
		report_earlier(setup, "--config", setup->config_option);
	}
	return 0;
}

int setup_look(struct setup *setup, struct error *error)
{
	size_t i;

	for (i = 0; i < STEP_COUNT; i++)
		if (steps[i](setup, error))
			return -1;
	return 0;
}

void setup_release(struct setup *setup)
{
	free(setup->path_option);
	free(setup->config_option);
	config_release(&setup->config);
	free(setup->path);
	targets_release(&setup->targets);
	changes_release(&setup->recorded);
	changes_release(&setup->wanted);
	text_list_release(&setup->manual_steps);
}

void setup_report(struct setup *setup, const char *title, const char *format,
		  ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	text = xvasprintf(format, arguments);
	va_end(arguments);
	setup->report(title, text);
	free(text);
}

int setup_want_file(struct setup *setup, const char *directory,
		    const char *name, const char *content,
		    enum follow_up follow_up, struct error *error)
{
	char *file = xasprintf("%s/%s", directory, name);
	int ret;

	change_want_directory(&setup->wanted, directory, 0755);
	ret = change_want_file(&setup->wanted, &setup->recorded, file, content,
			       follow_up, error);
	free(file);
	return ret;
}
