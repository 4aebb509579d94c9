// SPDX-License-Identifier: GPL-2.0
#include <linux/errno.h>
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
	ret = ftrace_set_filter(&hook->ops, (unsigned char *)hook->function,
				strlen(hook->function), 1);
	if (!ret && filter(hook) == empty)
		ret = -ENOMEM;
	return ret;
}

int ftrace_hook_add(struct ftrace_hook *hook)
{
	int ret;

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
