// SPDX-License-Identifier: GPL-2.0
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cc_platform.h>

#include "kexec_wrap.h"

/*
 * In guests with SEV or TDX, memremap() of reserved memory maps it decrypted
 * (Linux 6.12), so the crash kernel would read the saved keys wrongly. On hosts
 * with SME, so would a load that takes over the keys of the loaded image.
 */
static bool can_read_saved_keys(void)
{
	return !cc_platform_has(CC_ATTR_MEM_ENCRYPT);
}

int kexec_wrap_begin(struct ftrace_hook *wrap)
{
	if (!can_read_saved_keys()) {
		pr_err("no key can be saved: the machine's memory is encrypted (SEV, TDX, SME), and the crash kernel would read the keys wrongly\n");
		return -EOPNOTSUPP;
	}
	return ftrace_hook_add_wrap(wrap, "no key can be saved");
}
