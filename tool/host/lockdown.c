// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/textfile.h"
#include "tool/host/lockdown.h"

/* Four bytes of attributes, and the value. */
#define SECURE_BOOT \
	"/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"

static bool has_secure_boot(void)
{
	FILE *stream = fopen(SECURE_BOOT, "re");
	unsigned char variable[5] = { 0 };
	bool on;

	if (!stream)
		return false;
	on = fread(variable, sizeof(variable), 1, stream) == 1 &&
	     variable[4] == 1;
	fclose(stream);
	return on;
}

bool lockdown_of_modules(void)
{
	char *enforced =
		textfile_read("/sys/module/module/parameters/sig_enforce",
			      NULL);
	char *lockdown = textfile_read("/sys/kernel/security/lockdown", NULL);
	bool locked = (enforced && !strcmp(enforced, "Y")) ||
		      (lockdown && !strstr(lockdown, "[none]"));

	free(enforced);
	free(lockdown);
	return locked;
}

/* Of the key that DKMS signs modules with; NULL: there is none. */
static const char *find_certificate(void)
{
	/* Ubuntu's has the first, and then does not use the second. */
	static const char *const files[] = {
		"/var/lib/shim-signed/mok/MOK.der",
		"/var/lib/dkms/mok.pub",
	};
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (!access(files[i], F_OK))
			return files[i];
	return NULL;
}

void lockdown_warn_of_module(const char *name)
{
	const char *certificate = find_certificate();

	if (!has_secure_boot())
		warnx("the kernel is locked down and refuses the module %s: without Secure Boot it trusts no key but its maker's, so take lockdown= and module.sig_enforce off its command line",
		      name);
	else if (certificate)
		warnx("the kernel is locked down by Secure Boot and does not trust the key that the module %s is signed with: type mokutil --import %s, reboot, and choose \"Enroll MOK\" on the screen that then comes up",
		      name, certificate);
	else
		warnx("the kernel is locked down by Secure Boot and the module %s is not signed with a key that it trusts: have DKMS sign it, see dkms(8), and enroll the key with mokutil",
		      name);
}

const char *lockdown_explain_image(void)
{
	if (textfile_read_number("/proc/sys/kernel/kexec_load_disabled",
				 NULL) == 1)
		return "kernel.kexec_load_disabled forbids it until the next boot";
	if (has_secure_boot())
		return "the kernel is locked down by Secure Boot and does not trust the kernel image's signature: it has to be one that the distribution signed";
	return "the kernel is locked down and refuses the kernel image: without Secure Boot it trusts no key but its maker's, so take lockdown= off its command line";
}
