/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Services of systemd, which may be missing, or not running. */
#ifndef KDUMP_CRYPT_SYSTEM_SERVICE_H
#define KDUMP_CRYPT_SYSTEM_SERVICE_H

#include <stdbool.h>

/* Whether it is started at boot. */
bool system_service_is_enabled(const char *name);

bool system_service_is_installed(const char *name);

#endif /* KDUMP_CRYPT_SYSTEM_SERVICE_H */
