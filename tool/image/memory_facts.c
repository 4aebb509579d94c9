// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <stdlib.h>

#include "tool/image/capture_image.h"
#include "tool/image/memory_facts.h"
#include "tool/kexec/crash_kernel.h"
#include "tool/kexec/kernel_image.h"

/* Returns the version for the caller to free, or NULL with the reason printed. */
static char *look_at_kernel(struct memory_facts *facts, const char *file)
{
	struct error error;
	char *version = kernel_image_version(file, &error);

	facts->kernel = version ? kernel_image_memory(file, &error) : -1;
	if (facts->kernel >= 0)
		return version;
	warnx("%s", error.reason);
	free(version);
	return NULL;
}

static int look_at_initramfs(struct memory_facts *facts, const char *version,
			     const struct targets *targets,
			     const struct config *config)
{
	char *file = capture_image_build(version, targets, config);
	int ret = file ? initramfs_measure(&facts->initramfs, file) : -1;

	free(file);
	return ret;
}

int memory_facts_find(struct memory_facts *facts, const char *kernel,
		      const struct targets *targets,
		      const struct config *config)
{
	char *file = kernel_image_choose(kernel);
	char *version = look_at_kernel(facts, file);
	int ret = version ? look_at_initramfs(facts, version, targets, config) :
			    -1;

	facts->encrypted = targets->volume_count;
	facts->machine = crash_kernel_machine_memory();
	free(version);
	free(file);
	return ret;
}
