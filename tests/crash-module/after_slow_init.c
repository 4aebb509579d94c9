// SPDX-License-Identifier: GPL-2.0
/* A module that needs slow_init. */
#include <linux/module.h>

int slow_init_needed(void);

static int __init after_slow_init_init(void)
{
	return slow_init_needed();
}

static void __exit after_slow_init_exit(void)
{
}

module_init(after_slow_init_init);
module_exit(after_slow_init_exit);

MODULE_DESCRIPTION("Need a module that loads slowly");
MODULE_LICENSE("GPL");
