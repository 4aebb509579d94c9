// SPDX-License-Identifier: GPL-2.0
/*
 * Live-patch a kernel function that returns an errno or a pointer: let it fail
 * with EIO.
 *
 *   modprobe live_patch function=crypt_ctr object=dm_crypt
 */
#include <linux/errno.h>
#include <linux/livepatch.h>
#include <linux/module.h>

static char *function;
module_param(function, charp, 0444);
MODULE_PARM_DESC(function, "Name of the function");

static char *object;
module_param(object, charp, 0444);
MODULE_PARM_DESC(object, "Its module, or nothing if it is in the kernel");

static long fail(void)
{
	return -EIO;
}

static struct klp_func functions[] = {
	{ .new_func = fail },
	{},
};

static struct klp_object objects[] = {
	{ .funcs = functions },
	{},
};

static struct klp_patch patch = {
	.mod = THIS_MODULE,
	.objs = objects,
};

static int __init live_patch_init(void)
{
	functions[0].old_name = function;
	objects[0].name = object && *object ? object : NULL;
	return klp_enable_patch(&patch);
}

static void __exit live_patch_exit(void)
{
}

module_init(live_patch_init);
module_exit(live_patch_exit);

MODULE_DESCRIPTION("Live-patch a kernel function");
MODULE_LICENSE("GPL");
MODULE_INFO(livepatch, "Y");
