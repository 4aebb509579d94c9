// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include "tool/image/capture_image.h"
#include "tool/image/memory_facts.h"
#include "tool/kexec/crash_kernel.h"
#include "tool/kexec/kernel_image.h"
#include "tool/keys/integrity_journal.h"

int memory_facts_measure(struct memory_facts *facts, const char *kernel,
			 const char *initramfs, const struct targets *targets,
			 const struct config *config, struct error *error)
{
	size_t i;

	*facts = (struct memory_facts) {
		.kernel = kernel_image_memory(kernel, error),
		.machine = crash_kernel_machine_memory(),
		.encrypted = targets->volume_count,
		.cpus = config->cpus,
	};
	for (i = 0; i < targets->volume_count; i++)
		facts->journals += integrity_journal_size(targets->volumes[i]);
	if (facts->kernel < 0)
		return -1;
	return initramfs_measure_once(&facts->initramfs, initramfs, error);
}

long long memory_facts_needed(const char *kernel, const char *initramfs,
			      const struct targets *targets,
			      const struct config *config)
{
	struct memory_estimate estimate;
	struct memory_facts facts;

	if (memory_facts_measure(&facts, kernel, initramfs, targets, config,
				 NULL))
		return 0;
	memory_estimate(&estimate, &facts);
	return estimate.total;
}

int memory_facts_find(struct memory_facts *facts, const char *kernel,
		      const struct targets *targets,
		      const struct config *config, struct messages *messages,
		      struct error *error)
{
	char *file = kernel_image_choose(kernel);
	char *version = kernel_image_version(file, error);
	char *initramfs = NULL;
	int ret = -1;

	if (version)
		initramfs = capture_image_build(version, targets, config,
						messages, error);
	if (initramfs)
		ret = memory_facts_measure(facts, file, initramfs, targets,
					   config, error);
	free(initramfs);
	free(version);
	free(file);
	return ret;
}
