// SPDX-License-Identifier: GPL-2.0
/*
 * Panic at a chosen moment. Load it in guests of the lab only.
 *
 *   modprobe crash_moment moment=hardirq
 *   modprobe crash_moment moment=kimage_load_segment skip=1
 *   modprobe crash_moment moment=damaged page_tables=<address of init_top_pgt>
 *
 * Any other moment than the names below is a kernel function: the machine panics
 * when it is called.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/irq_work.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/panic.h>
#include <linux/pgtable.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/timer.h>

static char *moment;
module_param(moment, charp, 0444);
MODULE_PARM_DESC(
	moment,
	"process, interrupts-off, softirq, hardirq, hung-task, damaged, or a kernel function");

static unsigned int skip;
module_param(skip, uint, 0444);
MODULE_PARM_DESC(skip,
		 "Number of calls of the function to let pass (default 0)");

static unsigned long page_tables;
module_param(page_tables, ulong, 0444);
MODULE_PARM_DESC(page_tables,
		 "Address of the kernel's page tables, for damaged");

static const char *context(void)
{
	if (in_nmi())
		return "NMI";
	if (in_hardirq())
		return "hardirq";
	if (in_serving_softirq())
		return "softirq";
	return irqs_disabled() ? "process, interrupts off" : "process";
}

/* Name the context that the panic really happens in, so that tests can check. */
static void panic_now(void)
{
	panic("crash_moment: %s: CPU %u: %s", moment, raw_smp_processor_id(),
	      context());
}

static void panic_with_interrupts_off(void)
{
	local_irq_disable();
	panic_now();
}

/*
 * Clear the kernel's half of its own page tables except for the entry of the
 * kernel's text. Every process has a copy, so the machine would run on for a
 * while, but who reads the dump has only these.
 */
static void panic_damaged(void)
{
	if (!page_tables)
		return;
	local_irq_disable();
	memset((pgd_t *)page_tables + PTRS_PER_PGD / 2, 0,
	       (PTRS_PER_PGD / 2 - 1) * sizeof(pgd_t));
	panic_now();
}

static void timer_callback(struct timer_list *timer)
{
	panic_now();
}

static DEFINE_TIMER(timer, timer_callback);

static void panic_in_softirq(void)
{
	timer.expires = jiffies + 1;
	add_timer_on(&timer, raw_smp_processor_id());
}

static void irq_work_callback(struct irq_work *work)
{
	panic_now();
}

static struct irq_work irq_work;

static void panic_in_hardirq(void)
{
	init_irq_work(&irq_work, irq_work_callback);
	irq_work_queue(&irq_work);
}

/* For kernel.hung_task_panic. This never returns. */
static void hang(void)
{
	for (;;) {
		set_current_state(TASK_UNINTERRUPTIBLE);
		schedule();
	}
}

static const struct {
	const char *name;
	void (*cause)(void);
} moments[] = {
	{ "process", panic_now },
	{ "interrupts-off", panic_with_interrupts_off },
	{ "softirq", panic_in_softirq },
	{ "hardirq", panic_in_hardirq },
	{ "hung-task", hang },
	{ "damaged", panic_damaged },
};

static int function_called(struct kprobe *probe, struct pt_regs *regs)
{
	if (skip)
		skip--;
	else
		panic_now();
	return 0;
}

static struct kprobe function_probe = {
	.pre_handler = function_called,
};

static int __init crash_moment_init(void)
{
	unsigned int i;

	if (!moment)
		return -EINVAL;
	for (i = 0; i < ARRAY_SIZE(moments); i++) {
		if (strcmp(moment, moments[i].name))
			continue;
		moments[i].cause();
		return 0;
	}
	function_probe.symbol_name = moment;
	return register_kprobe(&function_probe);
}

/* The module cannot be removed, so it has no exit function. */
module_init(crash_moment_init);

MODULE_DESCRIPTION("Panic at a chosen moment");
MODULE_LICENSE("GPL");
