// SPDX-License-Identifier: GPL-2.0
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <asm/syscall.h>
#include <linux/capability.h>
#include <linux/kexec.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched.h>

#include "arch.h"
#include "ftrace_hook.h"
#include "held.h"
#include "kexec_load_hook.h"
#include "registry.h"

/* The system call kexec_load(2), with the registers of user space. */
typedef long (*load_fn)(const struct pt_regs *regs);

/* It may be called through a pointer, as the kernel's table does. */
static load_fn original_load;

/* Loads with keys, one at a time. */
static DEFINE_MUTEX(load_lock);

static bool loads_crash_image(struct pt_regs *regs)
{
	unsigned long arguments[6];

	syscall_get_arguments(current, regs, arguments);
	return arguments[1] && (arguments[3] & KEXEC_ON_CRASH);
}

static int add_keys(void)
{
	struct needed_key *needed;
	int ret;

	ret = registry_snapshot(&needed);
	if (ret < 0)
		return ret;
	ret = held_load_begins(needed, ret);
	kvfree(needed);
	return ret;
}

/*
 * Runs instead of the original, in the process that called kexec_load(2), with
 * the module reference that redirect_load() took. Do not tail-call the original:
 * the hook recognizes calls from this module by their return address.
 */
static long load_with_keys(const struct pt_regs *regs)
{
	long ret;

	if (!capable(CAP_SYS_BOOT)) {
		ret = READ_ONCE(original_load)(regs); /* fails */
	} else if (!mutex_trylock(&load_lock)) {
		ret = -EBUSY; /* as the core answers */
	} else {
		ret = add_keys();
		if (!ret) {
			ret = READ_ONCE(original_load)(regs);
			held_load_ended();
		}
		mutex_unlock(&load_lock);
	}
	module_put(THIS_MODULE);
	return ret;
}

static void notrace redirect_load(unsigned long ip, unsigned long parent_ip,
				  struct ftrace_ops *ops,
				  struct ftrace_regs *fregs)
{
	struct pt_regs *regs =
		(struct pt_regs *)ftrace_regs_get_argument(fregs, 0);

	if (registry_count() && loads_crash_image(regs))
		ftrace_hook_redirect(ip, parent_ip, ops, fregs, load_with_keys,
				     (unsigned long *)&original_load);
}

static void notrace watch_complete(unsigned long ip, unsigned long parent_ip,
				   struct ftrace_ops *ops,
				   struct ftrace_regs *fregs)
{
	held_image_complete(image_argument(fregs));
}

enum {
	COMPLETE,
	WRAP,
};

static struct ftrace_hook hooks[] = {
	[COMPLETE] = FTRACE_HOOK_WATCH("kimage_terminate", watch_complete),
	[WRAP] = FTRACE_HOOK_WRAP(ARCH_KEXEC_LOAD, redirect_load),
};

int kexec_load_hook_init(void)
{
	ftrace_hooks_find(hooks, ARRAY_SIZE(hooks));
	return ftrace_hook_check(&hooks[WRAP]) ?:
		       ftrace_hooks_add(&hooks[COMPLETE], 1);
}

int kexec_load_hook_begin(void)
{
	int ret = hooks[COMPLETE].added ? 0 : kexec_load_hook_init();

	return ret ?: ftrace_hook_add_wrap(&hooks[WRAP], "no key can be saved");
}

void kexec_load_hook_end(void)
{
	ftrace_hook_remove(&hooks[WRAP]);
}

/* COMPLETE stays until here, for a load that is wrapped. */
void kexec_load_hook_exit(void)
{
	ftrace_hook_remove(&hooks[COMPLETE]);
}
