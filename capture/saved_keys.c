// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#include "../lib/keyring.h"
#include "../lib/textfile.h"
#include "report.h"
#include "saved_keys.h"
#include "watchdog.h"

#define CONFIGFS	"/sys/kernel/config"
#define SWITCHES	CONFIGFS "/crash_dm_crypt_keys"
#define STEP		"restore"
#define HIDE_STEP	"hide"
#define RESTORE_SECONDS	30

static enum dump_keys state;

static bool are_saved(const struct plan *plan)
{
	return plan->volume_count || plan->hidden_volumes.count;
}

static void report_exposed(const struct plan *plan)
{
	size_t i;

	for (i = 0; i < plan->exposed_volumes.count; i++)
		report(HIDE_STEP, "the dump will contain the key of LUKS volume %s, which was not saved",
		       plan->exposed_volumes.items[i]);
}

/* A kernel that saves keys without our module has no such switch. */
static void hide(const struct plan *plan)
{
	if (!plan->hide_keys && !are_saved(plan) &&
	    !plan->exposed_volumes.count)
		return;
	state = DUMP_KEYS_EXPOSED;
	if (!plan->hide_keys) {
		report(HIDE_STEP, "the dump will contain volume keys: hide_keys is no");
	} else if (are_saved(plan) && textfile_write(SWITCHES "/hide", "yes")) {
		report(HIDE_STEP, "the dump will contain volume keys, which cannot be hidden: %s",
		       errno == ENOENT ? "this kernel has no switch for it" :
					 strerror(errno));
	} else {
		report_exposed(plan);
		if (!plan->exposed_volumes.count)
			state = are_saved(plan) ? DUMP_KEYS_HIDDEN :
						  DUMP_KEYS_UNKNOWN;
	}
}

static void restore(void)
{
	if (textfile_write(SWITCHES "/restore", "yes"))
		report(STEP, "the saved keys cannot be restored, so no volume can be opened: %s",
		       strerror(errno));
	else
		report(STEP, "keys restored from reserved memory");
}

void saved_keys_use(const struct plan *plan)
{
	if (are_saved(plan)) {
		watchdog_step(STEP, RESTORE_SECONDS);
		if (keyring_join_user_keyring())
			report(STEP, "cannot use the user keyring: %s",
			       strerror(errno));
		if (mount("configfs", CONFIGFS, "configfs",
			  MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL))
			report(STEP, "cannot mount %s: %s", CONFIGFS,
			       strerror(errno));
	}
	/* First, as restoring wipes what was saved. */
	hide(plan);
	if (are_saved(plan))
		restore();
}

void saved_keys_fill(struct dump_info *info)
{
	long long pages = textfile_read_number(SWITCHES "/hidden");

	info->keys = state;
	info->hidden_pages = state == DUMP_KEYS_HIDDEN && pages > 0 ? pages : 0;
}

void saved_keys_end(void)
{
	if (state != DUMP_KEYS_UNKNOWN)
		textfile_write(SWITCHES "/hide", "no");
}
