/* SPDX-License-Identifier: GPL-2.0 */
/* A callback at the entry of a kernel function. */
#ifndef CRASH_DM_CRYPT_FTRACE_HOOK_H
#define CRASH_DM_CRYPT_FTRACE_HOOK_H

#include <linux/ftrace.h>
#include <linux/kexec.h>
#include <linux/kprobes.h>
#include <linux/module.h>

#include "arch.h"

struct ftrace_hook {
	const char *function;
	/* NULL, or the module that has the function. */
	const char *module;
	struct ftrace_ops ops;
	bool added;
	/* The rest is ftrace_hook.c's own. */
	struct kprobe probe;
	unsigned long address;
	int find_error;
};

#define FTRACE_HOOKS_MAX 8

/*
 * A hook that only watches. @callback must not sleep. With PERMANENT the kernel
 * refuses kernel.ftrace_enabled=0, which would silently disarm the hook.
 */
#define FTRACE_HOOK_WATCH(name, callback)             \
	{                                             \
		.function = name,                     \
		.ops.func = callback,                 \
		.ops.flags = FTRACE_OPS_FL_PERMANENT, \
	}

/*
 * A hook that redirects calls of a function in a module, which may be built into
 * the kernel. @callback calls ftrace_hook_redirect().
 */
#define FTRACE_HOOK_WRAP_IN(module_name, name, callback)               \
	{                                                              \
		.module = module_name,                                 \
		.function = name,                                      \
		.ops.func = callback,                                  \
		.ops.flags = FTRACE_OPS_FL_PERMANENT |                 \
			     FTRACE_OPS_FL_IPMODIFY | ARCH_WRAP_FLAGS, \
	}

/* The same for a function of the kernel. */
#define FTRACE_HOOK_WRAP(name, callback) \
	FTRACE_HOOK_WRAP_IN(NULL, name, callback)

/*
 * Look up the functions of at most FTRACE_HOOKS_MAX @hooks, before they are
 * added. ftrace_hook_add() returns what went wrong. May sleep.
 */
void ftrace_hooks_find(struct ftrace_hook *hooks, unsigned int count);

/*
 * Return 0 if the function of a hook was found, or may be found by name. Return
 * the errno and log it if not.
 */
int ftrace_hook_check(const struct ftrace_hook *hook);

/*
 * Return 0, also if the hook was added before, -ENOENT if there is no such
 * function, -EBUSY if somebody else, such as a live patch, redirects it, or
 * another errno, such as -ENODEV if ftrace has been killed. May sleep.
 */
int ftrace_hook_add(struct ftrace_hook *hook);

/*
 * The same for a wrapping hook. On failure log a message that begins with
 * @consequence.
 */
int ftrace_hook_add_wrap(struct ftrace_hook *hook, const char *consequence);

/*
 * Return when the callback does not run any more and cannot start. Do nothing
 * for a hook that was not added.
 */
void ftrace_hook_remove(struct ftrace_hook *hook);

/*
 * Add @count hooks in their order, or remove them in the opposite order. If one
 * cannot be added, none is, and its function is in the log.
 */
int ftrace_hooks_add(struct ftrace_hook *hooks, unsigned int count);
void ftrace_hooks_remove(struct ftrace_hook *hooks, unsigned int count);

/* Return the first argument of a hooked function that takes an image. */
static __always_inline struct kimage *image_argument(struct ftrace_regs *fregs)
{
	return (struct kimage *)ftrace_regs_get_argument(fregs, 0);
}

/*
 * For callbacks of a wrapping hook: run @wrapper instead of the function that is
 * being called, unless the caller is this module, that is, @wrapper itself.
 * Set *@original to the function. Calls at the same time set it, too: read it
 * with READ_ONCE(). On a CPU with IBT @wrapper may only call it through that
 * pointer if the function kept its ENDBR, as functions do whose address the
 * kernel takes somewhere.
 *
 * @wrapper runs with a reference on the module. It drops it as its very last
 * action, and removing the hook waits for the few instructions after that. It
 * must not tail-call the original: calls from this module are recognized by
 * their return address.
 */
static __always_inline void
ftrace_hook_redirect(unsigned long ip, unsigned long parent_ip,
		     struct ftrace_ops *ops, struct ftrace_regs *fregs,
		     void *wrapper, unsigned long *original)
{
	const struct ftrace_hook *hook =
		container_of(ops, struct ftrace_hook, ops);

	if (within_module(parent_ip, THIS_MODULE))
		return;
	/* This fails only while the module goes, when nobody relies on it. */
	if (!try_module_get(THIS_MODULE))
		return;

	WRITE_ONCE(*original, arch_function_start(ip, hook->address));
	arch_redirect(fregs, (unsigned long)wrapper);
}

#endif /* CRASH_DM_CRYPT_FTRACE_HOOK_H */
