// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include "lib/keyring.h"
#include "tool/check/check_facts.h"
#include "tool/kexec/crash_kernel.h"
#include "tool/kexec/kernel_image.h"
#include "tool/setup/change_record.h"

void facts_init(struct facts *facts, const char *path, const char *config,
		struct text_list *warnings)
{
	struct error error;

	*facts = (struct facts) {
		.path_option = path,
		.config_option = config,
	};
	config_init(&facts->config);
	if (crash_kernel_is_loaded())
		armed_state_read(&facts->armed, NULL);
	recorded_options_read(&facts->recorded, CHANGE_RECORD, NULL);
	if (!facts_armed(facts))
		recorded_options_apply(&facts->recorded, &facts->path_option,
				       &facts->config_option);
	facts->kernel = kernel_image_choose(facts->armed.kernel_option);
	if (keyring_join_user_keyring(&error))
		text_list_add(warnings, error.reason);
}

void facts_release(struct facts *facts)
{
	if (facts->image)
		capture_image_free(facts->image);
	free(facts->kernel);
	targets_release(&facts->targets);
	armed_state_release(&facts->armed);
	recorded_options_release(&facts->recorded);
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
