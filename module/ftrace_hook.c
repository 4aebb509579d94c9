// SPDX-License-Identifier: GPL-2.0
#include <linux/string.h>

#include "ftrace_hook.h"

/*
 * Not with ftrace_free_filter(), which leaves the freed hashes in the ops on
 * some kernels: a hook may be added again.
 */
static void clear_filter(struct ftrace_hook *hook)
{
	ftrace_set_filter(&hook->ops, NULL, 0, 1);
}

int ftrace_hook_add(struct ftrace_hook *hook)
{
	int ret;

	ret = ftrace_set_filter(&hook->ops, (unsigned char *)hook->function,
				strlen(hook->function), 1);
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
