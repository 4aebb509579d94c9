// SPDX-License-Identifier: GPL-2.0
/* Have functions with the names of those that crash_dm_crypt hooks. */
#include <linux/module.h>

static noinline int crypt_ctr(void)
{
	return 0;
}

static noinline int kimage_free(void)
{
	return 0;
}

/* The compiler must not find out what they return. */
static int (*volatile functions[])(void) = { crypt_ctr, kimage_free };

static int __init same_name_init(void)
{
	return functions[0]() ?: functions[1]();
}

static void __exit same_name_exit(void)
{
}

module_init(same_name_init);
module_exit(same_name_exit);

MODULE_DESCRIPTION("Functions with the names of others");
MODULE_LICENSE("GPL");
