// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/run_program.h"
#include "lib/textfile.h"
#include "lib/xalloc.h"
#include "tool/host/architecture.h"
#include "tool/host/installed_program.h"
#include "tool/kexec/kexec_load.h"

#define PARAMETER "/sys/kernel/config/crash_dm_crypt_keys/parameter"
#define KEXEC	  "kexec"

/*
 * What the kernel used while it started, such as the page descriptors, belongs
 * in the dump. Memory that the firmware protects is "Reserved", too, but not
 * inside of "System RAM". kexec reads the copy of /proc/iomem, and nobody else
 * sees it.
 */
#define WHOLE_RAM                                                \
	"copy=$(mktemp -p /run kdump-crypt.XXXXXX) && "          \
	"sed '/^ .* : Reserved$/d' /proc/iomem >\"$copy\" && "   \
	"mount --bind \"$copy\" /proc/iomem && rm \"$copy\" && " \
	"exec \"$@\""
#define WHOLE_RAM_ARGUMENTS 6 /* before those of kexec */

/*
 * Return what the crash kernel's command line must contain so that it finds the
 * saved keys. Return NULL if the module is not loaded. The caller frees the text.
 */
static char *keys_parameter(void)
{
	char *text = textfile_read(PARAMETER, NULL);

	if (text && *text)
		return text;
	free(text);
	return NULL;
}

/* No kernel has all of these flags. */
static bool has_file_system_call(void)
{
	return !syscall(SYS_kexec_file_load, -1, -1, 0UL, NULL, ~0UL) ||
	       errno != ENOSYS;
}

bool kexec_load_is_needed(void)
{
	return !has_file_system_call() ||
	       (!MODULE_SERVES_FILE_LOADS && !access(PARAMETER, F_OK));
}

/* kexec prints the reason as strerror(3) has it. */
static int find_number(const char *output)
{
	static const int numbers[] = { ENOKEY,	      EKEYEXPIRED, EKEYREVOKED,
				       EADDRNOTAVAIL, EBUSY,	   EPERM,
				       ENOMEM,	      ENOSYS };
	size_t i;

	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (strstr(output, strerror(numbers[i])))
			return numbers[i];
	return 0;
}

static void append(const char *text, size_t length, void *context)
{
	char **output = context;
	char *longer = xasprintf("%s%.*s", *output, (int)length, text);

	free(*output);
	*output = longer;
}

static int run_kexec(char *const *arguments, struct error *error)
{
	char *output = xstrdup("");
	const struct program program = {
		.arguments = arguments,
		.output = append,
		.output_has_errors = true,
		.context = &output,
	};
	int ret = 0;

	if (!program_is_installed(KEXEC))
		ret = error_set(error, ENOPKG, "%s is not installed", KEXEC);
	if (!ret)
		ret = run_program(&program, error);
	if (ret > 0) {
		output[strcspn(output, "\n")] = '\0';
		ret = error_set(error, find_number(output), "%s: %s", KEXEC,
				*output ? output : "it prints no reason");
	}
	free(output);
	return ret;
}

int kexec_load(const char *kernel, const char *initramfs,
	       const char *command_line, struct error *error)
{
	char *parameter = keys_parameter();
	char *initrd = xasprintf("--initrd=%s", initramfs);
	char *line = xasprintf("--command-line=%s%s%s", parameter ?: "",
			       parameter ? " " : "", command_line);
	char *arguments[] = { "unshare",
			      "--mount",
			      "sh",
			      "-c",
			      WHOLE_RAM,
			      "sh",
			      KEXEC,
			      "--kexec-syscall",
			      "--load-panic",
			      initrd,
			      line,
			      (char *)kernel,
			      NULL };
	char **first = arguments;
	int ret;

	if (!KEXEC_LEAVES_OUT_RESERVED)
		first += WHOLE_RAM_ARGUMENTS;
	ret = run_kexec(first, error);

	free(line);
	free(initrd);
	free(parameter);
	return ret;
}
