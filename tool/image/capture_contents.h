/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A capture initramfs while it is put together. capture_image.h makes one,
 * capture_modules.h and capture_programs.h add their part.
 */
#ifndef KDUMP_CRYPT_CAPTURE_CONTENTS_H
#define KDUMP_CRYPT_CAPTURE_CONTENTS_H

#include <stdbool.h>

#include "lib/plan.h"
#include "tool/host/config.h"
#include "tool/host/kernel_modules.h"
#include "tool/image/initramfs.h"
#include "tool/storage/targets.h"

struct capture_image {
	const struct targets *targets;
	const struct config *config;
	char *version; /* of the kernel */
	char *file;
	struct initramfs *initramfs; /* NULL once it is written */
	/* The squashfs with the programs, in the initramfs; not if !has_squashfs. */
	struct initramfs *squashfs; /* NULL once it is written */
	bool has_squashfs;
	struct kernel_modules *modules;
	struct plan plan;
	bool keeps_record; /* of its programs: it is no trial */
	/* Programs to try to start, each with the argument at the same index. */
	struct text_list programs, arguments;
};

#endif /* KDUMP_CRYPT_CAPTURE_CONTENTS_H */
