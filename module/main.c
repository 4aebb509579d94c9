// SPDX-License-Identifier: GPL-2.0
/*
 * Keeps dm-crypt volume keys for the crash kernel, so that a crash dump can be
 * written to an encrypted volume without a passphrase.
 *
 * The same module serves both kernels: a running one, where keys are named and
 * saved, and a crash kernel, where they are restored.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/crash_dump.h>
#include <linux/module.h>
#include <linux/stringify.h>

#include "area.h"
#include "kexec_hook.h"
#include "link.h"
#include "registry.h"
#include "restore.h"
#include "save.h"

/*
 * A wrapped function must not be followed by anything that fails: a module
 * whose init fails is freed without waiting for who is inside a wrapper. So
 * the wrappers come last, and only then can items be made, which rely on them.
 */
static int running_kernel_init(void)
{
	int ret;

	ret = save_init();
	if (ret)
		return ret;
	ret = registry_init();
	if (ret)
		goto exit_save;
	ret = kexec_hook_init();
	if (ret)
		goto exit_registry;
	link_init();
	registry_open();
	return 0;

exit_registry:
	registry_exit();
exit_save:
	save_exit();
	return ret;
}

static int __init crash_dm_crypt_init(void)
{
	int ret = is_kdump_kernel() ? restore_init() : running_kernel_init();

	if (ret == -EEXIST) {
		pr_err("not needed: this kernel has crash_dm_crypt_keys of its own\n");
		/* modprobe takes EEXIST for a module that is there already. */
		ret = -EBUSY;
	}
	return ret;
}

static void __exit crash_dm_crypt_exit(void)
{
	if (is_kdump_kernel()) {
		restore_exit();
		return;
	}
	registry_exit();
	link_exit();
	kexec_hook_exit();
	save_exit();
}

module_init(crash_dm_crypt_init);
module_exit(crash_dm_crypt_exit);

MODULE_DESCRIPTION("Keeps dm-crypt volume keys for the crash kernel");
/* The same module has to be in the crash kernel, as far as that matters. */
MODULE_VERSION(__stringify(AREA_VERSION));
MODULE_LICENSE("GPL");
