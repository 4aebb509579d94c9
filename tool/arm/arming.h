/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_ARMING_H
#define KDUMP_CRYPT_ARMING_H

#include "tool/arm/dump_secrets.h"
#include "tool/arm/provide_keys.h"
#include "tool/host/config.h"
#include "tool/storage/targets.h"

/* The texts belong to the caller. */
struct arm_options {
	const char *config; /* file; NULL: the default, which may be missing */
	const char *path;   /* NULL: that of the configuration */
	const char *kernel; /* file; NULL: the kernel that is running */
	const char *append; /* to the crash kernel's command line; NULL: none */
	struct key_options keys;
};

/* An arming that is under way. */
struct arming {
	const struct arm_options *options;
	struct config config;
	struct targets targets;
	struct dump_secrets secrets;
};

#endif /* KDUMP_CRYPT_ARMING_H */
