// SPDX-License-Identifier: GPL-2.0
#include <linux/string.h>

#include "ftrace_hook.h"

int ftrace_hook_add(struct ftrace_hook *hook)
{
	int ret;

	ret = ftrace_set_filter(&hook->ops, (unsigned char *)hook->function,
				strlen(hook->function), 1);
	if (!ret)
		ret = register_ftrace_function(&hook->ops);
	if (ret)
		ftrace_free_filter(&hook->ops);
	hook->added = !ret;
	return ret;
}

void ftrace_hook_remove(struct ftrace_hook *hook)
{
	if (!hook->added)
		return;
	WARN_ON(unregister_ftrace_function(&hook->ops));
	ftrace_free_filter(&hook->ops);
	hook->added = false;
}
