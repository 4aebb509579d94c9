/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_IPMI_H
#define KDUMP_CRYPT_IPMI_H

/*
 * Stop the watchdog of the machine's BMC, if it has one. Linux does not feed it
 * by itself, so it would reset the machine in the middle of the dump. Report the
 * result.
 */
void ipmi_stop_watchdog(void);

#endif /* KDUMP_CRYPT_IPMI_H */
