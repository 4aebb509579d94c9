// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>

#include "lib/boot_parameters.h"
#include "lib/text_list.h"
#include "lib/textfile.h"
#include "tool/arm/crash_image.h"
#include "tool/image/capture_image.h"
#include "tool/kexec/crash_command_line.h"
#include "tool/kexec/kernel_image.h"
#include "tool/keys/key_items.h"

#define MAX_EXPOSED 8 /* more would not fit into a command line of 2 KiB */

static void name_exposed(struct text_list *parameters,
			 const struct text_list *exposed)
{
	struct text_list named = {};
	char *names;
	size_t i;

	if (!exposed->count)
		return;
	for (i = 0; i < exposed->count && i < MAX_EXPOSED; i++)
		text_list_add(&named, exposed->items[i]);
	if (i < exposed->count)
		text_list_add(&named, "...");
	names = text_list_join(&named, ",");
	text_list_addf(parameters, BOOT_EXPOSED_VOLUMES "=%s", names);
	free(names);
	text_list_release(&named);
}

/* Return NULL if there are none. The caller frees the parameters. */
static char *append_parameters(const struct arming *arming)
{
	struct text_list parameters = {};
	char *joined;

	name_exposed(&parameters, &arming->secrets.exposed);
	if (arming->config.cpus > 1)
		text_list_addf(&parameters, "nr_cpus=%u", arming->config.cpus);
	if (arming->options->append)
		text_list_add(&parameters, arming->options->append);
	joined = text_list_join(&parameters, " ");
	text_list_release(&parameters);
	return joined;
}

/* Return NULL if it is too long, for example. The caller frees the line. */
static char *make_command_line(const struct arming *arming, struct error *error)
{
	char *running = textfile_read("/proc/cmdline", error);
	char *line, *append;

	if (!running)
		return NULL;
	append = append_parameters(arming);
	line = crash_command_line_make(running, append);
	if (crash_command_line_check(line, error)) {
		free(line);
		line = NULL;
	}
	free(append);
	free(running);
	return line;
}

int crash_image_make(struct crash_image *image, const struct arming *arming,
		     bool needs_module, struct messages *messages,
		     struct error *error)
{
	*image = (struct crash_image) {
		.kernel = kernel_image_choose(arming->options->kernel),
		.command_line = make_command_line(arming, error),
	};
	if (!image->command_line)
		return -1;
	image->version = kernel_image_version(image->kernel, error);
	if (!image->version)
		return -1;
	/* An upgraded module is renewed when all else is ready. */
	if (needs_module && key_items_check_module(image->version, error) &&
	    error->number != ESTALE)
		return -1;
	image->initramfs =
		(arming->options->keys.dry_run ?
			 capture_image_try :
			 capture_image_build)(image->version, &arming->targets,
					      &arming->config, messages, error);
	return image->initramfs ? 0 : -1;
}

void crash_image_release(struct crash_image *image)
{
	free(image->kernel);
	free(image->version);
	free(image->initramfs);
	free(image->command_line);
}
