// SPDX-License-Identifier: GPL-2.0
/*
 * Keep dm-crypt volume keys for the crash kernel, so that it can write the dump
 * to an encrypted volume without a passphrase.
 *
 * The same module serves both kernels. It saves keys in the running kernel:
 *
 *   registry.c     the list of needed keys, in configfs
 *   kexec_hook.c   the hooks on the kexec core
 *   save.c         the saved keys, from a load to an unload
 *   kexec_file_load_hook.c, segment.c
 *                  both if the core builds the crash image
 *   place.c        choosing a place in reserved memory for that
 *   prototypes.c   the prototypes of hooked functions, from the kernel's BTF
 *   kexec_load_hook.c, held.c
 *                  both if user space builds it
 *   load_count.c   the number of loads
 *   reuse.c        handing the keys of a loaded image back
 *   collect.c      getting the keys from keyrings
 *   dm_crypt_hook.c  the hooks on dm-crypt
 *   link.c         linking a volume's key into root's keyring when it is opened,
 *                  and wiping it when it is suspended
 *   root_keyring.c root's user keyring, for that and for reuse
 *   link_list.c    the list of the volumes for that, link=
 *
 * It restores and hides keys in the crash kernel:
 *
 *   restore.c      the files in configfs and sysfs
 *   saved_area.c   finding and mapping what was saved
 *   user_keys.c    making user keys of it
 *   vmcore.c       the memory that /proc/vmcore lists
 *   lazy_vmcore.c  a file with the same content, searched on access
 *   hide.c         hiding pages of /proc/vmcore that contain a key
 *   patterns.c     searching a page for keys
 *   free_pages.c   finding out if a page was free
 *   old_memory.c   the mapped memory of the crashed kernel
 *
 * area.c, the format of what is saved, serves both. arch.h is what differs
 * between architectures.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/crash_dump.h>
#include <linux/module.h>
#include <linux/stringify.h>

#include "area.h"
#include "dm_crypt_hook.h"
#include "kexec_hook.h"
#include "registry.h"
#include "restore.h"
#include "save.h"

/*
 * Install the wrappers last: nothing after them may fail, because the kernel
 * frees a module whose init fails without waiting for tasks inside a wrapper.
 * Key items rely on the wrappers, so allow them only then.
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
	dm_crypt_hook_init();
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
		pr_err("not needed: this kernel has its own crash_dm_crypt_keys\n");
		/* modprobe takes EEXIST to mean that the module is loaded. */
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
	dm_crypt_hook_exit();
	kexec_hook_exit();
	save_exit();
}

module_init(crash_dm_crypt_init);
module_exit(crash_dm_crypt_exit);

MODULE_DESCRIPTION("Keep dm-crypt volume keys for the crash kernel");
/* The version of the saved area, which both kernels have to agree on. */
MODULE_VERSION(__stringify(AREA_VERSION));
MODULE_LICENSE("GPL");
