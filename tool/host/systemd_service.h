/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Services of systemd. Without systemd there are none. */
#ifndef KDUMP_CRYPT_SYSTEMD_SERVICE_H
#define KDUMP_CRYPT_SYSTEMD_SERVICE_H

#include <stdbool.h>

/* Return true if systemd starts the service at boot. */
bool systemd_service_is_enabled(const char *name);

/* Return true if systemd knows a service of that name. */
bool systemd_service_is_installed(const char *name);

/* Return true if systemd is shutting the machine down. */
bool systemd_is_stopping(void);

#endif /* KDUMP_CRYPT_SYSTEMD_SERVICE_H */
