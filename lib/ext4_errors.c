// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <unistd.h>

#include "lib/ext4_errors.h"

/* s_magic and s_state in the superblock, little-endian */
#define FIELDS_OFFSET (1024 + 0x38)
#define MAGIC	      0xef53
#define ERROR_FS      0x02 /* in the low byte of s_state */

bool ext4_has_errors(const char *device)
{
	int fd = open(device, O_RDONLY | O_CLOEXEC);
	unsigned char fields[4];
	ssize_t got;

	if (fd < 0)
		return false;
	got = pread(fd, fields, sizeof(fields), FIELDS_OFFSET);
	close(fd);
	return got == sizeof(fields) && (fields[0] | fields[1] << 8) == MAGIC &&
	       fields[2] & ERROR_FS;
}
