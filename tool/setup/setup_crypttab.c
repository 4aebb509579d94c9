// SPDX-License-Identifier: GPL-2.0-or-later
#include <libcryptsetup.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/textfile.h"
#include "lib/xalloc.h"
#include "tool/host/crypttab.h"
#include "tool/host/installed_program.h"
#include "tool/keys/volume_header.h"
#include "tool/setup/setup.h"

#define OPTION	      "link-volume-key"
#define OR_LOAD	      ", or run kdump-crypt load after each boot"
#define DEBIAN_SCRIPT "/usr/share/initramfs-tools/hooks/cryptroot"

/* Return the volume's line in crypttab. The caller frees it. NULL: none. */
static char *find_line(const struct luks_volume *volume)
{
	char *text = textfile_read(CRYPTTAB, NULL) ?: xstrdup("");
	char *state, *line, *found = NULL;

	for (line = strtok_r(text, "\n", &state); line && !found;
	     line = strtok_r(NULL, "\n", &state))
		if (crypttab_is_about(line, volume->device))
			found = xstrdup(line);
	free(text);
	return found;
}

static bool is_luks2(const char *device)
{
	struct crypt_device *volume = volume_header_open(device, NULL);
	bool luks2 = volume && volume_header_is_luks2(volume);

	crypt_free(volume);
	return luks2;
}

/* Return true if Debian's scripts open the volume. They ignore the option. */
static bool is_opened_by_scripts(const struct luks_volume *volume)
{
	struct targets root = {};
	bool found = false;
	size_t i;

	if (access(DEBIAN_SCRIPT, F_OK) || program_is_installed("dracut"))
		return false;
	if (!targets_find(&root, "/", &(struct text_list) {}, NULL, NULL))
		for (i = 0; i < root.volume_count && !found; i++)
			found = !strcmp(root.volumes[i]->luks_uuid,
					volume->luks_uuid);
	targets_release(&root);
	return found;
}

static void want_option(struct setup *setup, const char *line,
			const char *option)
{
	char *edited = crypttab_add_option(line, option);

	change_want_line(&setup->wanted, CRYPTTAB, line, edited,
			 UPDATE_INITRAMFS);
	free(edited);
}

static void look_at_line(struct setup *setup, const char *line,
			 const struct luks_volume *volume)
{
	char *value = xasprintf("@u::%%logon:cryptsetup:%s", volume->luks_uuid);
	char *option = xasprintf(OPTION "=%s", value);
	char *there = crypttab_option(line, OPTION);

	if (!there)
		want_option(setup, line, option);
	else if (strcmp(there, value))
		text_list_addf(&setup->manual_steps,
			       "replace " OPTION
			       "=%s by %s in " CRYPTTAB OR_LOAD,
			       there, option);
	free(there);
	free(option);
	free(value);
}

static void look_at_volume(struct setup *setup,
			   const struct luks_volume *volume)
{
	char *line = find_line(volume);

	if (!is_luks2(volume->device))
		text_list_addf(
			&setup->manual_steps,
			"run kdump-crypt load after each boot: the volume on %s is LUKS1, and " OPTION
			"= of crypttab(5) needs LUKS2",
			volume->device);
	else if (is_opened_by_scripts(volume))
		text_list_addf(
			&setup->manual_steps,
			"the scripts of cryptsetup-initramfs open the LUKS volume on %s and ignore " OPTION
			"=:\n"
			"    use dracut instead of initramfs-tools" OR_LOAD,
			volume->device);
	else if (!line)
		text_list_addf(
			&setup->manual_steps,
			CRYPTTAB
			" has no line for the LUKS volume on %s: open it with\n"
			"    cryptsetup open --link-vk-to-keyring @u::%%logon:cryptsetup:%s" OR_LOAD,
			volume->device, volume->luks_uuid);
	else
		look_at_line(setup, line, volume);
	free(line);
}

void setup_crypttab(struct setup *setup)
{
	size_t i;

	setup_report(
		setup, "Key",
		"linked by systemd when it opens the volume, see " CRYPTTAB);
	for (i = 0; i < setup->targets.volume_count; i++)
		look_at_volume(setup, setup->targets.volumes[i]);
	change_want_unfinished(&setup->wanted, &setup->recorded, CRYPTTAB);
	if (!program_is_installed("systemd-cryptsetup"))
		text_list_addf(
			&setup->manual_steps,
			"install systemd-cryptsetup 256 or later, which reads " OPTION
			"= in " CRYPTTAB);
}
