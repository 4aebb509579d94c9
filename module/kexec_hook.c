// SPDX-License-Identifier: GPL-2.0
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cc_platform.h>
#include <linux/kexec.h>

#include "arch.h"
#include "ftrace_hook.h"
#include "held.h"
#include "kexec_file_load_hook.h"
#include "kexec_hook.h"
#include "kexec_load_hook.h"
#include "load_count.h"
#include "registry.h"
#include "segment.h"

static bool may_carry_keys(const struct kimage *image)
{
	return (ARCH_SAVES_SEGMENT && image->file_mode) || held_load_has_keys();
}

static void warn_without_keys(void)
{
	unsigned int count = registry_count();

	if (count)
		pr_warn("a crash kernel is being loaded in a way that carries no keys (for kexec_load(2) see \"parameter\" in crash_dm_crypt(4)): it cannot unlock the volumes of the %u key items\n",
			count);
}

/* The core calls the function several times for an image. */
static void notrace watch_begin(unsigned long ip, unsigned long parent_ip,
				struct ftrace_ops *ops,
				struct ftrace_regs *fregs)
{
	struct kimage *image = image_argument(fregs);

	if (image->type != KEXEC_TYPE_CRASH)
		return;
	if (ARCH_SAVES_SEGMENT)
		kexec_file_load_hook_allocates(image);
	if (load_count_begin(image) && !may_carry_keys(image))
		warn_without_keys();
}

static void notrace watch_free(unsigned long ip, unsigned long parent_ip,
			       struct ftrace_ops *ops,
			       struct ftrace_regs *fregs)
{
	struct kimage *image = image_argument(fregs);

	if (ARCH_SAVES_SEGMENT)
		segment_image_gone(image);
	held_image_gone(image);
}

/* Like those of each way, they are added before any load is wrapped. */
static struct ftrace_hook watches[] = {
	FTRACE_HOOK_WATCH("kimage_alloc_control_pages", watch_begin),
	FTRACE_HOOK_WATCH("kimage_free", watch_free),
};

/*
 * In guests with SEV or TDX, memremap() of reserved memory maps it decrypted
 * (Linux 6.12), so the crash kernel would read the saved keys wrongly. On hosts
 * with SME, so would a load that takes over the keys of the loaded image.
 */
static bool can_read_saved_keys(void)
{
	return !cc_platform_has(CC_ATTR_MEM_ENCRYPT);
}

int kexec_hook_begin(void)
{
	int ret = 0;

	if (!can_read_saved_keys()) {
		pr_err("no key can be saved: the machine's memory is encrypted (SEV, TDX, SME), and the crash kernel would read the keys wrongly\n");
		return -EOPNOTSUPP;
	}
	if (ARCH_SAVES_SEGMENT)
		ret = kexec_file_load_hook_begin();
	if (!ret && held_is_ready())
		ret = kexec_load_hook_begin();
	return ret;
}

void kexec_hook_end(void)
{
	if (ARCH_SAVES_SEGMENT)
		kexec_file_load_hook_end();
	kexec_load_hook_end();
}

static void exit_ways(void)
{
	kexec_load_hook_exit();
	if (ARCH_SAVES_SEGMENT)
		kexec_file_load_hook_exit();
}

int kexec_hook_init(void)
{
	int ret;

	ret = ARCH_SAVES_SEGMENT ? kexec_file_load_hook_init() :
				   kexec_load_hook_init();
	if (ret)
		return ret;
	ftrace_hooks_find(watches, ARRAY_SIZE(watches));
	ret = ftrace_hooks_add(watches, ARRAY_SIZE(watches));
	if (ret)
		exit_ways();
	return ret;
}

void kexec_hook_exit(void)
{
	kexec_hook_end();
	ftrace_hooks_remove(watches, ARRAY_SIZE(watches));
	exit_ways();
}
