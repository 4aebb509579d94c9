// SPDX-License-Identifier: GPL-2.0-or-later
#include <glob.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/prefix.h"
#include "lib/textfile.h"
#include "lib/xalloc.h"
#include "tool/host/boot_loader.h"
#include "tool/host/installed_program.h"
#include "tool/setup/command_line_file.h"
#include "tool/setup/grub_file.h"
#include "tool/setup/kernel_parameter.h"

#define SYSTEMD "systemd-" /* boot or stub */

enum loader {
	LOADER_GRUB,
	LOADER_KERNEL_INSTALL,
	LOADER_OTHER
};

/* What the next boot shows. A unified kernel image has no such file. */
static const char *const menus[] = {
	[LOADER_GRUB] = "/boot/grub/grub.cfg",
	[LOADER_KERNEL_INSTALL] =
		"{/efi,/boot,/boot/efi}/loader/entries/*.conf",
	[LOADER_OTHER] = NULL,
};

/* Boot loaders whose configuration setup does not change. */
static const struct {
	const char *file; /* that shows that the loader is in use */
	const char *place;
} others[] = {
	{ "/boot/refind_linux.conf",
	  "rEFInd: in each line of /boot/refind_linux.conf" },
	{ "/etc/default/u-boot",
	  "U-Boot: in U_BOOT_PARAMETERS in /etc/default/u-boot; then run u-boot-update" },
	{ "/etc/default/flash-kernel",
	  "flash-kernel: in LINUX_KERNEL_CMDLINE in /etc/default/flash-kernel; then run flash-kernel" },
	{ "/boot/extlinux/extlinux.conf",
	  "extlinux: in each APPEND line of /boot/extlinux/extlinux.conf" },
	{ "/boot/syslinux/syslinux.cfg",
	  "syslinux: in each APPEND line of /boot/syslinux/syslinux.cfg" },
	{ "/etc/kernel/cmdline",
	  "systemd-boot: in the options line of the files in loader/entries of the boot partition,\n"
	  "      or in /etc/kernel/cmdline; then run kernel-install add for each kernel" },
	{ "/sys/firmware/efi/efivars",
	  "no boot loader, UEFI starts the kernel: in its boot entry, which efibootmgr --unicode shows" },
};

/* Return true for Debian's GRUB. Upstream's lacks the directory and program. */
static bool has_grub(void)
{
	return program_is_installed("update-grub") &&
	       (!access("/etc/default/grub", F_OK) ||
		!access(GRUB_DIRECTORY, F_OK));
}

/* The firmware knows what has started the machine; packages may be left over. */
static enum loader find_loader(void)
{
	char *name = boot_loader_name(EFI_VARIABLES);
	enum loader loader = LOADER_OTHER;

	if (name && starts_with(name, SYSTEMD)) {
		if (program_is_installed("kernel-install"))
			loader = LOADER_KERNEL_INSTALL;
	} else if ((!name || starts_with(name, "GRUB")) && has_grub()) {
		loader = LOADER_GRUB;
	}
	free(name);
	return loader;
}

const char *kernel_parameter_file(void)
{
	char *name = boot_loader_name(EFI_VARIABLES);
	bool is_systemd = name && starts_with(name, SYSTEMD);

	free(name);
	return is_systemd ? COMMAND_LINE_FILE : GRUB_PATH;
}

long long kernel_parameter_reserved(void)
{
	char *content = textfile_read(kernel_parameter_file(), NULL);
	long long mebibytes = content ? command_line_reserved(content) : 0;

	free(content);
	return mebibytes;
}

/* If the menu cannot be read, that loader may not be what starts the machine. */
bool kernel_parameter_is_gone(void)
{
	const char *pattern = menus[find_loader()];
	bool seen = false, found = false;
	glob_t files;
	size_t i;

	if (!pattern || glob(pattern, GLOB_BRACE, NULL, &files))
		return false;
	for (i = 0; i < files.gl_pathc; i++) {
		char *menu = textfile_read(files.gl_pathv[i], NULL);

		seen |= menu != NULL;
		found |= menu && strstr(menu, "crashkernel=");
		free(menu);
	}
	globfree(&files);
	return seen && !found;
}

/* Return the places for loaders that are in use, or for all of them. */
static char *describe_places(void)
{
	struct text_list all = {}, in_use = {};
	char *text;
	size_t i;

	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		text_list_addf(&all, "    - %s", others[i].place);
		if (!access(others[i].file, F_OK))
			text_list_addf(&in_use, "    - %s", others[i].place);
	}
	text = text_list_join(in_use.count ? &in_use : &all, "\n");
	text_list_release(&in_use);
	text_list_release(&all);
	return text;
}

static void explain(struct setup *setup, long long mebibytes)
{
	char *name = boot_loader_name(EFI_VARIABLES);
	char *places = describe_places();

	text_list_addf(
		&setup->manual_steps,
		"put crashkernel=%lldM on the kernel's command line, in place of any other crashkernel=, and reboot.\n"
		"    This machine was started by %s. The parameter belongs, for\n%s",
		mebibytes, name ?: "a boot loader that setup does not know",
		places);
	free(places);
	free(name);
}

/* Return true if the machine was started after the file was written. */
static bool is_older_than_boot(const char *file)
{
	struct timespec since_boot;
	struct stat status;

	return !stat(file, &status) &&
	       !clock_gettime(CLOCK_BOOTTIME, &since_boot) &&
	       status.st_mtime < time(NULL) - since_boot.tv_sec;
}

static bool is_wanted(const struct setup *setup, const char *file)
{
	size_t i;

	for (i = 0; i < setup->wanted.count; i++)
		if (!strcmp(setup->wanted.list[i].name, file))
			return true;
	return false;
}

/* If a reboot has not helped, another one does not. */
static void want_reboot(struct setup *setup, const char *file,
			long long mebibytes)
{
	if (is_wanted(setup, file) || !is_older_than_boot(file)) {
		setup->needs_reboot = true;
		return;
	}
	setup_report(
		setup, "Boot loader",
		"has not used %s, although it was written before the last boot",
		file);
	explain(setup, mebibytes);
}

static int want_in_grub(struct setup *setup, long long mebibytes,
			struct error *error)
{
	char *content = grub_file_content(mebibytes);
	int ret = setup_want_file(setup, GRUB_DIRECTORY, GRUB_FILE, content,
				  UPDATE_GRUB, error);

	free(content);
	if (!ret)
		want_reboot(setup, GRUB_PATH, mebibytes);
	return ret;
}

/* Return true if setup has written that and nobody has changed it. */
static bool is_recorded(const struct setup *setup, const char *content)
{
	const struct change file = { .kind = CHANGE_FILE,
				     .name = (char *)COMMAND_LINE_FILE };
	const struct change *made = changes_find(&setup->recorded, &file);

	return made && made->kind == CHANGE_FILE &&
	       !strcmp(made->content, content);
}

static int want_new_file(struct setup *setup, const char *line,
			 long long mebibytes, struct error *error)
{
	char *text = command_line_default(line);
	char *content = command_line_reserve(text, mebibytes);
	int ret = change_want_file(&setup->wanted, &setup->recorded,
				   COMMAND_LINE_FILE, content, KERNEL_INSTALL,
				   error);

	free(content);
	free(text);
	return ret;
}

static int want_in_line(struct setup *setup, const char *there,
			long long mebibytes, struct error *error)
{
	char *line = command_line_find(there), *content;

	if (!line)
		return error_set(
			error, 0,
			COMMAND_LINE_FILE
			" is empty: write the kernel's command line into it, or remove it, then run kdump-crypt setup again");
	content = command_line_reserve(line, mebibytes);
	/* It is there if only the reboot is missing. */
	if (command_line_reserved(line) != mebibytes)
		change_want_line(&setup->wanted, COMMAND_LINE_FILE, line,
				 content, KERNEL_INSTALL);
	change_want_unfinished(&setup->wanted, &setup->recorded,
			       COMMAND_LINE_FILE);
	free(content);
	free(line);
	return 0;
}

static int want_in_command_line(struct setup *setup, long long mebibytes,
				struct error *error)
{
	char *there = textfile_read(COMMAND_LINE_FILE, NULL);
	char *running = there ? NULL : textfile_read("/proc/cmdline", error);
	int ret;

	if (!there && !running)
		return -1;
	if (there && !is_recorded(setup, there))
		ret = want_in_line(setup, there, mebibytes, error);
	else
		ret = want_new_file(setup, there ?: running, mebibytes, error);
	free(running);
	free(there);
	if (!ret)
		want_reboot(setup, COMMAND_LINE_FILE, mebibytes);
	return ret;
}

int kernel_parameter_want(struct setup *setup, long long mebibytes,
			  struct error *error)
{
	switch (find_loader()) {
	case LOADER_GRUB:
		return want_in_grub(setup, mebibytes, error);
	case LOADER_KERNEL_INSTALL:
		return want_in_command_line(setup, mebibytes, error);
	default:
		explain(setup, mebibytes);
		return 0;
	}
}
