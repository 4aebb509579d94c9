/* SPDX-License-Identifier: GPL-2.0 */
/* One kernel function with a callback of ours at its entry. */
#ifndef CRASH_DM_CRYPT_FTRACE_HOOK_H
#define CRASH_DM_CRYPT_FTRACE_HOOK_H

#include <asm/ibt.h>
#include <linux/ftrace.h>
#include <linux/module.h>

struct ftrace_hook {
	const char *function;
	struct ftrace_ops ops;
	bool added;
};

/*
 * A hook that only watches: @callback must not sleep. PERMANENT keeps
 * kernel.ftrace_enabled=0 from disarming it without a word.
 */
#define FTRACE_HOOK_WATCH(name, callback)             \
	{                                             \
		.function = name,                     \
		.ops.func = callback,                 \
		.ops.flags = FTRACE_OPS_FL_PERMANENT, \
	}

/* A hook that redirects calls with ftrace_hook_redirect(). */
#define FTRACE_HOOK_WRAP(name, callback)                                       \
	{                                                                      \
		.function = name,                                              \
		.ops.func = callback,                                          \
		.ops.flags = FTRACE_OPS_FL_PERMANENT | FTRACE_OPS_FL_IPMODIFY, \
	}

/*
 * Returns an errno where there is no such function, where somebody else, such
 * as a live patch, may redirect it, or where ftrace is off.
 */
int ftrace_hook_add(struct ftrace_hook *hook);

/*
 * Returns when the callback does not run any more and cannot start. Does
 * nothing for a hook that was not added.
 */
void ftrace_hook_remove(struct ftrace_hook *hook);

/*
 * For callbacks of a wrapping hook: let @wrapper run in place of the function
 * that is being called, except where the caller is this module, that is,
 * @wrapper itself. *@original is set to the function. It may be called through
 * that pointer on a CPU with IBT only where it kept its ENDBR, as functions do
 * whose address the kernel takes somewhere.
 *
 * @wrapper runs with a reference on the module, which it drops as its very
 * last action; removing the hook waits for what is left of it then. It must
 * not tail-call the original: this module's calls are known by their return
 * address.
 */
static __always_inline void ftrace_hook_redirect(unsigned long ip,
						 unsigned long parent_ip,
						 struct ftrace_regs *fregs,
						 void *wrapper,
						 unsigned long *original)
{
	if (within_module(parent_ip, THIS_MODULE))
		return;
	/* Fails only while the module goes: nobody relies on it any more. */
	if (!try_module_get(THIS_MODULE))
		return;

	/* ftrace's call stands behind the ENDBR. */
	WRITE_ONCE(*original, ip - ENDBR_INSN_SIZE);
	ftrace_regs_set_instruction_pointer(fregs, (unsigned long)wrapper);
}

#endif /* CRASH_DM_CRYPT_FTRACE_HOOK_H */
