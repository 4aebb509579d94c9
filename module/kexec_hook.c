// SPDX-License-Identifier: GPL-2.0
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ftrace.h>
#include <linux/kexec.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "kexec_hook.h"
#include "save.h"

typedef void *(*load_fn)(struct kimage *image, char *kernel,
			 unsigned long kernel_length, char *initrd,
			 unsigned long initrd_length, char *command_line,
			 unsigned long command_line_length);

/*
 * The kernel's own loader. Called through a pointer, which a CPU with IBT
 * allows only at an ENDBR; this function keeps its own because the kernel
 * itself calls it through a table. NULL until its first call.
 */
static load_fn original_load;

static void *load_with_parameters(struct kimage *image, char *kernel,
				  unsigned long kernel_length, char *initrd,
				  unsigned long initrd_length,
				  char *command_line,
				  const char *parameters)
{
	char *extended;
	void *ret;

	extended = kasprintf(GFP_KERNEL, "%s %s", parameters,
			     command_line ?: "");
	if (!extended)
		return ERR_PTR(-ENOMEM);

	ret = original_load(image, kernel, kernel_length, initrd, initrd_length,
			    extended, strlen(extended) + 1);
	kfree(extended);
	return ret;
}

/*
 * Runs instead of the original, in the process that called kexec_file_load(2)
 * and under the kexec lock, with the module reference that redirect_load()
 * took. The original must not be tail-called: the hook knows its own calls by
 * their return address.
 */
static void *load_with_keys(struct kimage *image, char *kernel,
			    unsigned long kernel_length, char *initrd,
			    unsigned long initrd_length, char *command_line,
			    unsigned long command_line_length)
{
	char *parameters = NULL;
	void *ret;
	int err = 0;

	if (image->type == KEXEC_TYPE_CRASH)
		err = save_keys(image, &parameters);

	if (err) {
		ret = ERR_PTR(err);
	} else if (!parameters) {
		ret = original_load(image, kernel, kernel_length, initrd,
				    initrd_length, command_line,
				    command_line_length);
	} else {
		ret = load_with_parameters(image, kernel, kernel_length, initrd,
					   initrd_length, command_line,
					   parameters);
		if (IS_ERR(ret)) {
			pr_err("crash kernel not loaded: the kernel refused it with the saved keys: error %ld\n",
			       PTR_ERR(ret));
			save_image_gone(image);
		}
		kfree(parameters);
	}

	module_put(THIS_MODULE);
	return ret;
}

/*
 * ftrace gives the address of its call, which the compiler puts behind the
 * ENDBR64 where there is one (Intel SDM, volume 2: F3 0F 1E FA).
 */
static unsigned long function_entry(unsigned long ip)
{
	static const u8 endbr64[] = { 0xf3, 0x0f, 0x1e, 0xfa };
	unsigned long before = ip - sizeof(endbr64);

	return memcmp((void *)before, endbr64, sizeof(endbr64)) ? ip : before;
}

static void notrace redirect_load(unsigned long ip, unsigned long parent_ip,
				  struct ftrace_ops *ops,
				  struct ftrace_regs *fregs)
{
	if (within_module(parent_ip, THIS_MODULE))
		return;
	/* Fails only while the module goes, when there can be no items. */
	if (!try_module_get(THIS_MODULE))
		return;

	WRITE_ONCE(original_load, (load_fn)function_entry(ip));
	ftrace_regs_set_instruction_pointer(fregs,
					    (unsigned long)load_with_keys);
}

static struct kimage *image_argument(struct ftrace_regs *fregs)
{
	return (struct kimage *)ftrace_regs_get_argument(fregs, 0);
}

static void notrace watch_copy(unsigned long ip, unsigned long parent_ip,
			       struct ftrace_ops *ops,
			       struct ftrace_regs *fregs)
{
	save_image_copied(image_argument(fregs));
}

static void notrace watch_cleanup(unsigned long ip, unsigned long parent_ip,
				  struct ftrace_ops *ops,
				  struct ftrace_regs *fregs)
{
	save_image_staged(image_argument(fregs));
}

static void notrace watch_free(unsigned long ip, unsigned long parent_ip,
			       struct ftrace_ops *ops,
			       struct ftrace_regs *fregs)
{
	struct kimage *image = image_argument(fregs);

	/* The core frees NULL where there was no image. */
	if (image)
		save_image_gone(image);
}

/*
 * In the order in which they are armed: a load is wrapped only once all that
 * cleans up behind it is in place. PERMANENT keeps kernel.ftrace_enabled=0
 * from disarming them without a word.
 */
static struct kexec_hook {
	const char *function;
	struct ftrace_ops ops;
} hooks[] = {
	{
		.function = "kimage_free",
		.ops.func = watch_free,
		.ops.flags = FTRACE_OPS_FL_PERMANENT,
	}, {
		.function = "kimage_file_post_load_cleanup",
		.ops.func = watch_cleanup,
		.ops.flags = FTRACE_OPS_FL_PERMANENT,
	}, {
		.function = "kimage_load_segment",
		.ops.func = watch_copy,
		.ops.flags = FTRACE_OPS_FL_PERMANENT,
	}, {
		.function = "bzImage64_load",
		.ops.func = redirect_load,
		.ops.flags = FTRACE_OPS_FL_PERMANENT |
			     FTRACE_OPS_FL_IPMODIFY,
	},
};

static int hook_function(struct kexec_hook *hook)
{
	int ret;

	ret = ftrace_set_filter(&hook->ops, (unsigned char *)hook->function,
				strlen(hook->function), 1);
	if (!ret)
		ret = register_ftrace_function(&hook->ops);
	if (ret) {
		pr_err("cannot hook %s(): error %d\n", hook->function, ret);
		ftrace_free_filter(&hook->ops);
	}
	return ret;
}

static void unhook_function(struct kexec_hook *hook)
{
	unregister_ftrace_function(&hook->ops);
	ftrace_free_filter(&hook->ops);
}

int kexec_hook_init(void)
{
	unsigned int i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(hooks); i++) {
		ret = hook_function(&hooks[i]);
		if (ret)
			goto unhook;
	}
	return 0;

unhook:
	while (i--)
		unhook_function(&hooks[i]);
	return ret;
}

void kexec_hook_exit(void)
{
	unsigned int i = ARRAY_SIZE(hooks);

	while (i--)
		unhook_function(&hooks[i]);
}
