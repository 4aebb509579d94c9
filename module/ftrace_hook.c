// SPDX-License-Identifier: GPL-2.0
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/errno.h>
#include <linux/kallsyms.h>
#include <linux/kprobes.h>
#include <linux/rcupdate.h>
#include <linux/string.h>

#include "ftrace_hook.h"

/*
 * A hook may be added again, so do not use ftrace_free_filter(): on some kernels
 * it leaves pointers to the freed hashes in the ops.
 */
static int clear_filter(struct ftrace_hook *hook)
{
	return ftrace_set_filter(&hook->ops, NULL, 0, 1);
}

/* All empty filters are the same object. */
static const void *filter(const struct ftrace_hook *hook)
{
	return rcu_access_pointer(hook->ops.func_hash->filter_hash);
}

/* Registering a kprobe looks the function up. A disabled one changes no code. */
static int register_probe(struct ftrace_hook *hook, const char *symbol)
{
	hook->probe = (struct kprobe) {
		.symbol_name = symbol,
		.offset = ARCH_PROBE_OFFSET,
		.flags = KPROBE_FLAG_DISABLED,
	};
	return register_kprobe(&hook->probe);
}

/*
 * What looks up symbols is not exported. What prints them is: it appends
 * " [module]" if the symbol is in one.
 */
static bool is_in_module(unsigned long address)
{
	char text[KSYM_SYMBOL_LEN];

	sprint_symbol(text, address);
	return strchr(text, '[');
}

/* @hook->module may be built into the kernel. */
static int register_probe_in_module(struct ftrace_hook *hook)
{
	char symbol[KSYM_NAME_LEN];
	int ret;

	snprintf(symbol, sizeof(symbol), "%s:%s", hook->module, hook->function);
	ret = register_probe(hook, symbol);
	if (ret != -ENOENT)
		return ret;
	ret = register_probe(hook, hook->function);
	if (!ret && is_in_module((unsigned long)hook->probe.addr)) {
		unregister_kprobe(&hook->probe);
		ret = -ENOENT;
	}
	return ret;
}

void ftrace_hooks_find(struct ftrace_hook *hooks, unsigned int count)
{
	struct kprobe *probes[FTRACE_HOOKS_MAX];
	unsigned int i, found = 0;

	for (i = 0; i < count; i++) {
		struct ftrace_hook *hook = &hooks[i];

		hook->find_error = hook->module ?
					   register_probe_in_module(hook) :
					   register_probe(hook, hook->function);
		if (hook->find_error)
			continue;
		hook->address =
			(unsigned long)hook->probe.addr - ARCH_PROBE_OFFSET;
		probes[found++] = &hook->probe;
	}
	/* Each call waits for RCU, so there is one for all. */
	unregister_kprobes(probes, found);
}

/*
 * By name, ftrace compares the names of all its functions, which takes 200
 * million instructions on a distribution's kernel.
 */
static int set_filter_entry(struct ftrace_hook *hook)
{
	int ret;

	if (hook->find_error == -EOPNOTSUPP) { /* a kernel without kprobes */
		ret = ftrace_set_filter(&hook->ops,
					(unsigned char *)hook->function,
					strlen(hook->function), 1);
		return ret == -EINVAL ? -ENOENT : ret;
	}
	if (hook->find_error)
		return hook->find_error;
	return ftrace_set_filter_ip(&hook->ops, hook->address, 0, 1);
}

/*
 * If the kernel has no memory for the function's entry, it still returns 0, and
 * the filter is empty. Every function would call the callback then, those that
 * the callback calls included.
 */
static int set_filter(struct ftrace_hook *hook)
{
	const void *empty;
	int ret;

	ret = clear_filter(hook);
	if (ret)
		return ret;
	empty = filter(hook);
	ret = set_filter_entry(hook);
	if (!ret && filter(hook) == empty)
		ret = -ENOMEM;
	return ret;
}

int ftrace_hook_check(const struct ftrace_hook *hook)
{
	if (!hook->find_error || hook->find_error == -EOPNOTSUPP)
		return 0;
	pr_err("cannot hook %s(): error %d\n", hook->function,
	       hook->find_error);
	return hook->find_error;
}

int ftrace_hook_add(struct ftrace_hook *hook)
{
	int ret;

	if (hook->added)
		return 0;
	ret = set_filter(hook);
	if (!ret)
		ret = register_ftrace_function(&hook->ops);
	if (ret)
		clear_filter(hook);
	hook->added = !ret;
	return ret;
}

void ftrace_hook_remove(struct ftrace_hook *hook)
{
	if (!hook->added)
		return;
	WARN_ON(unregister_ftrace_function(&hook->ops));
	clear_filter(hook);
	hook->added = false;
}

int ftrace_hook_add_wrap(struct ftrace_hook *hook, const char *consequence)
{
	int ret = ftrace_hook_add(hook);

	if (ret == -EBUSY)
		pr_err("%s: a live patch or another module redirects %s()\n",
		       consequence, hook->function);
	else if (ret)
		pr_err("%s: cannot hook %s(): error %d\n", consequence,
		       hook->function, ret);
	return ret;
}

int ftrace_hooks_add(struct ftrace_hook *hooks, unsigned int count)
{
	unsigned int i;
	int ret;

	for (i = 0; i < count; i++) {
		ret = ftrace_hook_add(&hooks[i]);
		if (ret) {
			pr_err("cannot hook %s(): error %d\n",
			       hooks[i].function, ret);
			ftrace_hooks_remove(hooks, i);
			return ret;
		}
	}
	return 0;
}

void ftrace_hooks_remove(struct ftrace_hook *hooks, unsigned int count)
{
	while (count--)
		ftrace_hook_remove(&hooks[count]);
}
