// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#include "capture/deadlines.h"
#include "capture/report.h"
#include "capture/saved_keys.h"
#include "capture/steps.h"
#include "lib/boot_parameters.h"
#include "lib/keyring.h"
#include "lib/textfile.h"
#include "lib/xalloc.h"

#define CONFIGFS  "/sys/kernel/config"
#define SWITCHES  CONFIGFS "/crash_dm_crypt_keys"
#define STEP	  "restore"
#define HIDE_STEP "hide"

static enum dump_keys state;

/* A kernel that saves keys without our module cannot hide them. */
static void hide(const struct plan *plan)
{
	struct error error;

	if (!plan->hide_keys) {
		report(HIDE_STEP,
		       "the dump will contain volume keys: hide_keys is no");
		state = DUMP_KEYS_EXPOSED;
	} else if (textfile_write(SWITCHES "/hide", "yes", &error)) {
		report(HIDE_STEP,
		       "the dump will contain volume keys, as they cannot be hidden: %s",
		       error.number == ENOENT ?
			       "this kernel does not support it" :
			       error.reason);
		state = DUMP_KEYS_EXPOSED;
	} else {
		state = DUMP_KEYS_HIDDEN;
	}
}

static void note_exposed(const char *volumes)
{
	report(HIDE_STEP, "the dump will contain the keys of these volumes: %s",
	       volumes);
	state = DUMP_KEYS_EXPOSED;
}

static void restore(void)
{
	struct error error;

	if (textfile_write(SWITCHES "/restore", "yes", &error))
		report(STEP,
		       "cannot restore the saved keys, so no volume can be opened: %s",
		       error.reason);
	else
		report(STEP, "keys restored from reserved memory");
}

static void hide_and_restore(const struct plan *plan)
{
	struct error error;

	step_begin(STEP, RESTORE_SECONDS);
	if (keyring_join_user_keyring(&error))
		report(STEP, "%s", error.reason);
	if (mount("configfs", CONFIGFS, "configfs",
		  MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL))
		report(STEP, "cannot mount %s: %s", CONFIGFS, strerror(errno));
	/* Hide first, as restoring wipes the saved keys. */
	hide(plan);
	restore();
}

void saved_keys_use(const struct plan *plan)
{
	char *line = textfile_read("/proc/cmdline", NULL) ?: xstrdup("");
	char *saved = boot_parameter(line, BOOT_SAVED_KEYS);
	char *exposed = boot_parameter(line, BOOT_EXPOSED_VOLUMES);

	/* Some saved keys may be only for hiding. */
	if (plan->volume_count || saved)
		hide_and_restore(plan);
	if (exposed)
		note_exposed(exposed);
	free(exposed);
	free(saved);
	free(line);
}

bool saved_keys_are_hidden(void)
{
	return textfile_read_number(SWITCHES "/hide", NULL) == 1;
}

void saved_keys_fill(struct dump_info *info)
{
	long long hidden = textfile_read_number(SWITCHES "/hidden", NULL);
	long long unreadable =
		textfile_read_number(SWITCHES "/unreadable", NULL);

	info->keys = state;
	/* Some keys may be hidden although others are exposed. */
	info->hidden_pages = hidden > 0 ? hidden : 0;
	info->unreadable_pages = unreadable > 0 ? unreadable : 0;
}

void saved_keys_end(void)
{
	if (state != DUMP_KEYS_UNKNOWN)
		textfile_write(SWITCHES "/hide", "no", NULL);
}
