/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The last resort: memory of the firmware's that outlives the reboot. */
#ifndef KDUMP_CRYPT_PSTORE_H
#define KDUMP_CRYPT_PSTORE_H

/*
 * Have the end of the crashed kernel's log saved in pstore as the machine's run
 * ends, where the machine has such a store; what comes of it is reported.
 */
void pstore_save_log(void);

#endif /* KDUMP_CRYPT_PSTORE_H */
