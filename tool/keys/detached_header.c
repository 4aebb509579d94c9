// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/device_tag.h"
#include "lib/prefix.h"
#include "lib/textfile.h"
#include "lib/xalloc.h"
#include "tool/host/crypttab.h"
#include "tool/keys/detached_header.h"

/*
 * The file may be on a disk that is not plugged in or mounted now. Then a device,
 * and "FILE:DEVICE", are told by their names.
 */
static bool is_file(const char *header)
{
	struct stat status;

	if (!stat(header, &status))
		return S_ISREG(status.st_mode);
	return !starts_with(header, "/dev/") && !strchr(header, ':');
}

static bool has_own_header(const char *device)
{
	char *type = device_tag(device, "TYPE");
	bool has = type && !strcmp(type, "crypto_LUKS");

	free(type);
	return has;
}

/* A line may have been left behind for a disk that is not there any more. */
static bool names_header(const char *line, const char *header,
			 const char *device)
{
	return header && *header == '/' && is_file(header) &&
	       crypttab_is_about(line, device) &&
	       (!access(header, F_OK) || !has_own_header(device));
}

char *detached_header_find(const char *device, const char *crypttab)
{
	char *text = textfile_read(crypttab, NULL) ?: xstrdup("");
	char *header = NULL, *state, *line;

	for (line = strtok_r(text, "\n", &state); line && !header;
	     line = strtok_r(NULL, "\n", &state)) {
		header = crypttab_option(line, "header");
		if (!names_header(line, header, device)) {
			free(header);
			header = NULL;
		}
	}
	free(text);
	return header;
}
