// SPDX-License-Identifier: GPL-2.0-or-later
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/textfile.h"
#include "lib/xalloc.h"
#include "tool/host/lockdown.h"

/* The file consists of four bytes of attributes and one byte, the value. */
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

bool lockdown_requires_signed_modules(void)
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

/* Return the certificate of the key that DKMS signs modules with, or NULL. */
static const char *find_certificate(void)
{
	/* Ubuntu's DKMS does not use the second one if the first one exists. */
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

char *lockdown_explain_module(const char *name)
{
	const char *certificate = find_certificate();

	if (!has_secure_boot())
		return xasprintf(
			"the kernel is locked down and refuses the module %s: without Secure Boot it trusts only its vendor's key, so remove lockdown= and module.sig_enforce from its command line",
			name);
	if (certificate)
		return xasprintf(
			"the kernel is locked down by Secure Boot and does not trust the key that signed the module %s: run mokutil --import %s, reboot, and choose \"Enroll MOK\" on the screen that appears",
			name, certificate);
	return xasprintf(
		"the kernel is locked down by Secure Boot and does not trust the signature of the module %s: let DKMS sign it (install openssl, then run apt reinstall kdump-crypt-dkms), and run kdump-crypt setup, which says how to enroll the key",
		name);
}

const char *lockdown_explain_image(void)
{
	if (textfile_read_number("/proc/sys/kernel/kexec_load_disabled",
				 NULL) == 1)
		return "kernel.kexec_load_disabled forbids it until the next boot";
	if (has_secure_boot())
		return "the kernel is locked down by Secure Boot and does not trust the kernel image's signature: use an image that the distribution signed";
	return "the kernel is locked down and refuses the kernel image: without Secure Boot it trusts only its vendor's key, so remove lockdown= from its command line";
}
