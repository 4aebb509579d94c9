// SPDX-License-Identifier: GPL-2.0
/*
 * Two threads that race with each other. A kernel with KCSAN must report it, or
 * it would not report races of crash_dm_crypt either.
 */
#include <linux/array_size.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sched.h>

static unsigned long counter;
static struct task_struct *threads[2];

static int count(void *data)
{
	while (!kthread_should_stop()) {
		counter++;
		cond_resched();
	}
	return 0;
}

static void stop(unsigned int started)
{
	while (started--)
		kthread_stop(threads[started]);
}

static int __init racy_init(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(threads); i++) {
		threads[i] = kthread_run(count, NULL, "racy");
		if (IS_ERR(threads[i])) {
			stop(i);
			return PTR_ERR(threads[i]);
		}
	}
	return 0;
}

static void __exit racy_exit(void)
{
	stop(ARRAY_SIZE(threads));
}

module_init(racy_init);
module_exit(racy_exit);

MODULE_DESCRIPTION("A race");
MODULE_LICENSE("GPL");
