/* SPDX-License-Identifier: GPL-2.0 */
/* What the hooks on kexec_file_load(2) and on kexec_load(2) have in common. */
#ifndef CRASH_DM_CRYPT_KEXEC_WRAP_H
#define CRASH_DM_CRYPT_KEXEC_WRAP_H

#include <linux/kexec.h>

#include "ftrace_hook.h"

/* Return the first argument of a hooked function that takes an image. */
static __always_inline struct kimage *image_argument(struct ftrace_regs *fregs)
{
	return (struct kimage *)ftrace_regs_get_argument(fregs, 0);
}

/*
 * Add @wrap, the hook in which a load saves keys. On failure log why. Return
 * -EOPNOTSUPP if the machine's memory is encrypted, or the error of
 * ftrace_hook_add(). May sleep.
 */
int kexec_wrap_begin(struct ftrace_hook *wrap);

#endif /* CRASH_DM_CRYPT_KEXEC_WRAP_H */
