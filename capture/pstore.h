/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The last resort: memory of the firmware that survives the reboot. */
#ifndef KDUMP_CRYPT_PSTORE_H
#define KDUMP_CRYPT_PSTORE_H

/*
 * Have the kernel save the end of the crashed kernel's log in pstore when the
 * machine restarts. Report the result, also if the machine has no such memory.
 */
void pstore_save_log(void);

#endif /* KDUMP_CRYPT_PSTORE_H */
