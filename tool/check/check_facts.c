// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <stdlib.h>

#include "lib/keyring.h"
#include "lib/xalloc.h"
#include "tool/check/check_facts.h"
#include "tool/host/warnings.h"
#include "tool/kexec/crash_kernel.h"
#include "tool/kexec/kernel_image.h"

void facts_init(struct facts *facts, const char *path, const char *config)
{
	struct error error;

	*facts = (struct facts) {
		.path_option = path,
		.config_option = config,
	};
	config_init(&facts->config);
	if (crash_kernel_is_loaded())
		armed_state_read(&facts->armed, NULL);
	facts->kernel = kernel_image_choose(facts->armed.kernel_option);
	if (facts_armed(facts))
		facts->version = xstrdup(facts->armed.kernel);
	else
		facts->version = kernel_image_version(facts->kernel, NULL);
	if (keyring_join_user_keyring(&error))
		warnx("%s", error.reason);
}

void facts_release(struct facts *facts)
{
	if (facts->image)
		capture_image_free(facts->image);
	free(facts->version);
	free(facts->kernel);
	targets_release(&facts->targets);
	armed_state_release(&facts->armed);
	config_release(&facts->config);
}

bool facts_armed(const struct facts *facts)
{
	return facts->armed.path;
}

bool facts_have_keys(const struct facts *facts)
{
	return facts->are_loaded && facts->targets.volume_count;
}

const char *facts_how_to_load(const struct facts *facts)
{
	return facts_armed(facts) && !facts->path_option &&
			       !facts->config_option ?
		       "run kdump-crypt reload" :
		       CHECK_LOAD;
}

void check_fail_for_warnings(struct check *check, const char *remedy)
{
	char *reasons = warnings_take();

	check_fail(check, remedy, "%s",
		   reasons ?: "it failed without a reason");
	free(reasons);
}
