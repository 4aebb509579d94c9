/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Services of systemd. Without systemd there are none. */
#ifndef KDUMP_CRYPT_SYSTEMD_SERVICE_H
#define KDUMP_CRYPT_SYSTEMD_SERVICE_H

#include <stdbool.h>

#include "lib/error.h"

/* Return true if systemd starts the service at boot. */
bool systemd_service_is_enabled(const char *name);

/* Return true if systemd knows a service of that name. */
bool systemd_service_is_installed(const char *name);

/*
 * Start the service, or stop it, if it is not in that state, and wait until it
 * is. Do nothing if systemd did not boot the machine, does not know the service,
 * or is starting or stopping it. Return 0 or -1.
 */
int systemd_service_start(const char *name, struct error *error);
int systemd_service_stop(const char *name, struct error *error);

/* Return true if systemd is shutting the machine down. */
bool systemd_is_stopping(void);

#endif /* KDUMP_CRYPT_SYSTEMD_SERVICE_H */
