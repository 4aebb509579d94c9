/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_IPMI_H
#define KDUMP_CRYPT_IPMI_H

/*
 * Stop the watchdog of the machine's BMC, once the BMC has been found. Linux does
 * not feed this watchdog by itself, so it would reset the machine in the middle
 * of the dump. A child does that and reports the result, so this returns at
 * once. A BMC may take long to answer its driver: call this again and again.
 */
void ipmi_check(void);

#endif /* KDUMP_CRYPT_IPMI_H */
