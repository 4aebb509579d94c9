// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/keyring.h"
#include "lib/xalloc.h"
#include "tool/check/check_facts.h"
#include "tool/host/warnings.h"
#include "tool/kexec/crash_kernel.h"
#include "tool/kexec/kernel_image.h"

const char *facts_how_to_load(const struct facts *facts)
{
	return facts_armed(facts) && !facts->path_option &&
			       !facts->config_option ?
		       "type kdump-crypt reload" :
		       CHECK_LOAD;
}

void check_conclude(struct check *check, enum check_result result,
		    const char *remedy, const char *format, ...)
{
	va_list arguments;

	check->result = result;
	check->remedy = remedy ? xstrdup(remedy) : NULL;
	va_start(arguments, format);
	if (vasprintf(&check->text, format, arguments) < 0)
		errx(EXIT_FAILURE, "out of memory");
	va_end(arguments);
}

void check_fail_for_warnings(struct check *check, const char *remedy)
{
	char *reasons = warnings_take();

	check_fail(check, remedy, "%s",
		   reasons ?: "it failed without a reason");
	free(reasons);
}

static const struct {
	const char *name;
	void (*run)(struct check *check, struct facts *facts);
} table[] = {
	{ "configuration", check_configuration },
	{ "crash kernel", check_crash_kernel },
	{ "other tools", check_other_tools },
	{ "dump path", check_path },
	{ "key items", check_key_items },
	{ "saved keys", check_saved_keys },
	{ "volume key", check_volume_key },
	{ "modules", check_modules },
	{ "programs", check_programs },
	{ "initramfs", check_initramfs },
	{ "memory", check_memory },
	{ "free space", check_space },
	{ "clock", check_clock },
	{ "console", check_console },
};

#define TABLE_SIZE (sizeof(table) / sizeof(table[0]))

static void begin(struct facts *facts, const char *path, const char *config)
{
	struct error error;

	*facts = (struct facts) {
		.path_option = path,
		.config_option = config,
	};
	config_init(&facts->config);
	if (crash_kernel_is_loaded())
		armed_state_read(&facts->armed);
	facts->kernel = kernel_image_choose(facts->armed.kernel_option);
	if (facts_armed(facts))
		facts->version = xstrdup(facts->armed.kernel);
	else
		facts->version = kernel_image_version(facts->kernel);
	if (keyring_join_user_keyring(&error))
		warnx("%s", error.reason);
}

static void end(struct facts *facts)
{
	if (facts->image)
		capture_image_free(facts->image);
	free(facts->version);
	free(facts->kernel);
	targets_release(&facts->targets);
	armed_state_release(&facts->armed);
	config_release(&facts->config);
}

void checks_run(struct checks *checks, const char *path, const char *config)
{
	struct facts facts;
	size_t i;

	*checks = (struct checks) {
		.list = xrealloc(NULL, TABLE_SIZE * sizeof(*checks->list)),
	};
	begin(&facts, path, config);
	for (i = 0; i < TABLE_SIZE; i++) {
		struct check *check = &checks->list[checks->count];

		*check = (struct check) { .name = table[i].name };
		table[i].run(check, &facts);
		if (check->text)
			checks->count++;
	}
	end(&facts);
}

void checks_release(struct checks *checks)
{
	size_t i;

	for (i = 0; i < checks->count; i++) {
		free(checks->list[i].text);
		free(checks->list[i].remedy);
	}
	free(checks->list);
	memset(checks, 0, sizeof(*checks));
}

enum check_result checks_result(const struct checks *checks)
{
	enum check_result worst = CHECK_PASS;
	size_t i;

	for (i = 0; i < checks->count; i++)
		if (checks->list[i].result > worst)
			worst = checks->list[i].result;
	return worst;
}
