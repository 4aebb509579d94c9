// SPDX-License-Identifier: GPL-2.0
/*
 * A module whose loading takes as long as that of the driver of a disk that does
 * not answer. It cannot be interrupted meanwhile.
 *
 *   options slow_init seconds=200
 */
#include <linux/delay.h>
#include <linux/module.h>

static unsigned int seconds = 200;
module_param(seconds, uint, 0444);
MODULE_PARM_DESC(seconds, "Seconds that loading takes");

int slow_init_needed(void);

int slow_init_needed(void)
{
	return 0;
}
EXPORT_SYMBOL_GPL(slow_init_needed);

static int __init slow_init_init(void)
{
	msleep(seconds * 1000);
	return 0;
}

static void __exit slow_init_exit(void)
{
}

module_init(slow_init_init);
module_exit(slow_init_exit);

MODULE_DESCRIPTION("Load slowly");
MODULE_LICENSE("GPL");
