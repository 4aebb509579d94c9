/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The UUIDs of LVM. device-mapper's UUIDs have them without hyphens. */
#ifndef KDUMP_CRYPT_LVM_ID_H
#define KDUMP_CRYPT_LVM_ID_H

#define LVM_ID_LENGTH 32 /* of a group or a volume */
#define LVM_ID_SIZE   39 /* with LVM's hyphens and a NUL */

/* Write the first LVM_ID_LENGTH characters of @id as LVM shows them. */
void lvm_id_format(char formatted[LVM_ID_SIZE], const char *id);

#endif /* KDUMP_CRYPT_LVM_ID_H */
