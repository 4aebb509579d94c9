/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Estimating the memory that a crash kernel needs. All sizes are in bytes. */
#ifndef KDUMP_CRYPT_MEMORY_ESTIMATE_H
#define KDUMP_CRYPT_MEMORY_ESTIMATE_H

#include <stdbool.h>
#include <stddef.h>

#include "tool/image/initramfs_size.h"

#define MEMORY_PARTS 11

/* The facts that the estimate depends on. */
struct memory_facts {
	long long kernel; /* that the kernel needs to start */
	struct initramfs_size initramfs;
	long long machine;  /* memory that a dump describes */
	bool encrypted;	    /* the dump goes to a LUKS volume */
	long long journals; /* of dm-integrity below such volumes */
	unsigned int cpus;  /* that the crash kernel uses */
};

struct memory_estimate {
	struct memory_part {
		const char *name;  /* for --json */
		const char *title; /* for people */
		long long bytes;
	} parts[MEMORY_PARTS];
	size_t count;
	long long total; /* of the parts, rounded up for crashkernel= */
};

/* Add up what a crash kernel needs, and what it needs it for. */
void memory_estimate(struct memory_estimate *estimate,
		     const struct memory_facts *facts);

#endif /* KDUMP_CRYPT_MEMORY_ESTIMATE_H */
