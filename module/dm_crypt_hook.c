// SPDX-License-Identifier: GPL-2.0
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/device-mapper.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/sched/mm.h>
#include <linux/string.h>

#include "dm_crypt_hook.h"
#include "ftrace_hook.h"
#include "link.h"
#include "link_list.h"
#include "save.h"

/*
 * crypt_ctr() and crypt_message(). They keep their ENDBR because dm calls them
 * through a table.
 */
static dm_ctr_fn original_construct;
static dm_message_fn original_message;

#define NO_KEY "-" /* in the table of a null cipher */

static int construct(struct dm_target *target, unsigned int argc, char **argv)
{
	const char *key = argc < 2 ? NO_KEY : argv[1];
	struct linking linking = {};
	int ret;

	if (strcmp(key, NO_KEY))
		link_begin(&linking, target, key);
	ret = READ_ONCE(original_construct)(target, argc, argv);
	link_end(&linking, !ret);
	module_put(THIS_MODULE);
	return ret;
}

static_assert(__same_type(&construct, dm_ctr_fn));

static void notrace redirect_construct(unsigned long ip,
				       unsigned long parent_ip,
				       struct ftrace_ops *ops,
				       struct ftrace_regs *fregs)
{
	ftrace_hook_redirect(ip, parent_ip, ops, fregs, construct,
			     (unsigned long *)&original_construct);
}

/* Messages are "key set <key>" and "key wipe", in any case of letters. */
static bool is_key_message(unsigned int argc, char **argv, const char *what)
{
	return argc >= 2 && !strcasecmp(argv[0], "key") &&
	       !strcasecmp(argv[1], what);
}

/*
 * cryptsetup luksSuspend suspends a volume and has dm-crypt wipe the key.
 * luksResume sets it again.
 */
static int message(struct dm_target *target, unsigned int argc, char **argv,
		   char *result, unsigned int result_size)
{
	struct linking linking = {};
	unsigned int flags;
	int ret;

	/* An allocation must not wait for a write to the suspended volume. */
	flags = memalloc_noio_save();
	if (argc == 3 && is_key_message(argc, argv, "set"))
		link_begin(&linking, target, argv[2]);
	memalloc_noio_restore(flags);
	ret = READ_ONCE(original_message)(target, argc, argv, result,
					  result_size);
	flags = memalloc_noio_save();
	link_end(&linking, !ret);
	memalloc_noio_restore(flags);
	if (!ret && is_key_message(argc, argv, "wipe"))
		link_wipe(target);
	module_put(THIS_MODULE);
	return ret;
}

static_assert(__same_type(&message, dm_message_fn));

static void notrace redirect_message(unsigned long ip, unsigned long parent_ip,
				     struct ftrace_ops *ops,
				     struct ftrace_regs *fregs)
{
	ftrace_hook_redirect(ip, parent_ip, ops, fregs, message,
			     (unsigned long *)&original_message);
}

static struct ftrace_hook construct_hook =
	FTRACE_HOOK_WRAP_IN("dm_crypt", "crypt_ctr", redirect_construct);
static struct ftrace_hook message_hook =
	FTRACE_HOOK_WRAP_IN("dm_crypt", "crypt_message", redirect_message);

/* Protects the hooks and the following. */
static DEFINE_MUTEX(hook_lock);
static bool is_open; /* from dm_crypt_hook_init() to dm_crypt_hook_exit() */
static bool keys_are_saved;

/*
 * Looking the function up each time, while hook_lock is held, makes this safe
 * against a dm_crypt that is being unloaded: it is not found any more, or the
 * notifier waits and removes the hook.
 */
static int update_hook_locked(struct ftrace_hook *hook, bool is_needed,
			      bool must_exist, const char *consequence)
{
	int ret;

	lockdep_assert_held(&hook_lock);

	if (!is_needed) {
		ftrace_hook_remove(hook);
		return 0;
	}
	if (hook->added)
		return 0;
	ftrace_hooks_find(hook, 1);
	ret = ftrace_hook_add(hook);
	if (ret == -EBUSY)
		pr_err("%s: a live patch or another module redirects %s()\n",
		       consequence, hook->function);
	else if (ret && (ret != -ENOENT || must_exist))
		pr_err("%s: cannot hook %s() of dm_crypt: error %d\n",
		       consequence, hook->function, ret);
	return ret;
}

/*
 * Hook the functions only while it is needed: meanwhile they cannot be
 * live-patched. @state is that of dm_crypt if it changes now.
 */
static int update_hooks_locked(enum module_state state)
{
	bool is_active = is_open && state != MODULE_STATE_GOING;
	bool must_exist = state == MODULE_STATE_COMING;
	bool links = is_active && !link_list_is_empty();
	bool watches = links ||
		       (is_active && (keys_are_saved || save_has_keys()));

	update_hook_locked(
		&message_hook, watches, must_exist,
		"saved keys stay in memory when their volume is suspended");
	return update_hook_locked(&construct_hook, links, must_exist,
				  "no volume key is linked");
}

static int watch_modules(struct notifier_block *notifier, unsigned long action,
			 void *data)
{
	const struct module *module = data;

	if (strcmp(module->name, "dm_crypt") ||
	    (action != MODULE_STATE_COMING && action != MODULE_STATE_GOING))
		return NOTIFY_DONE;
	mutex_lock(&hook_lock);
	update_hooks_locked(action);
	mutex_unlock(&hook_lock);
	return NOTIFY_DONE;
}

static struct notifier_block modules_notifier = {
	.notifier_call = watch_modules,
};

/* Use @list and return the old one. If it cannot be used, return @list. */
static struct link_list *use_list_locked(struct link_list *list, int *error)
{
	struct link_list *old = link_list_use(list);

	*error = update_hooks_locked(MODULE_STATE_LIVE);
	if (*error == -ENOENT) /* dm_crypt is not loaded yet */
		*error = 0;
	if (!*error)
		return old;
	link_list_use(old);
	update_hooks_locked(MODULE_STATE_LIVE);
	return list;
}

static int set_list(const char *value, const struct kernel_param *parameter)
{
	struct link_list *list = link_list_make(value);
	int ret;

	if (IS_ERR(list))
		return PTR_ERR(list);
	mutex_lock(&hook_lock);
	list = use_list_locked(list, &ret);
	mutex_unlock(&hook_lock);
	link_list_free(list);
	return ret;
}

static int show_list(char *page, const struct kernel_param *parameter)
{
	return link_list_show(page);
}

static void free_list(void *argument)
{
	link_list_exit();
}

static const struct kernel_param_ops list_ops = {
	.set = set_list,
	.get = show_list,
	.free = free_list,
};

module_param_cb(link, &list_ops, NULL, 0644);
MODULE_PARM_DESC(
	link,
	"LUKS UUIDs, comma-separated: when dm-crypt opens one of these volumes, its volume key is linked into root's user keyring");

void dm_crypt_hook_watch(bool keys_may_be_saved)
{
	mutex_lock(&hook_lock);
	keys_are_saved = keys_may_be_saved;
	update_hooks_locked(MODULE_STATE_LIVE);
	mutex_unlock(&hook_lock);
}

void dm_crypt_hook_init(void)
{
	int ret = register_module_notifier(&modules_notifier);

	if (ret)
		pr_err("cannot watch for dm_crypt being loaded: error %d\n",
		       ret);
	/* dm_crypt may be loaded already or be built in. */
	mutex_lock(&hook_lock);
	is_open = true;
	update_hooks_locked(MODULE_STATE_LIVE);
	mutex_unlock(&hook_lock);
}

void dm_crypt_hook_exit(void)
{
	unregister_module_notifier(&modules_notifier);
	mutex_lock(&hook_lock);
	is_open = false;
	update_hooks_locked(MODULE_STATE_LIVE);
	mutex_unlock(&hook_lock);
}
