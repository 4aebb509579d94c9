/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much memory has to be reserved for a crash kernel, and what for. */
#ifndef KDUMP_CRYPT_MEMORY_ESTIMATE_H
#define KDUMP_CRYPT_MEMORY_ESTIMATE_H

#include <stdbool.h>
#include <stddef.h>

#include "tool/image/initramfs_size.h"

#define MEMORY_PARTS 8

/* What it depends on. */
struct memory_facts {
	long long kernel; /* its image's own demand */
	struct initramfs_size initramfs;
	long long machine; /* the memory that a dump describes */
	bool encrypted;
};

struct memory_estimate {
	struct memory_part {
		const char *name;  /* for --json */
		const char *title; /* for people */
		long long bytes;
	} parts[MEMORY_PARTS];
	size_t count;
	long long total; /* of the parts, in whole steps of crashkernel= */
};

void memory_estimate(struct memory_estimate *estimate,
		     const struct memory_facts *facts);

#endif /* KDUMP_CRYPT_MEMORY_ESTIMATE_H */
