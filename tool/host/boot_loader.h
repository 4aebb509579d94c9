/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_BOOT_LOADER_H
#define KDUMP_CRYPT_BOOT_LOADER_H

#define EFI_VARIABLES "/sys/firmware/efi/efivars"

/*
 * Return the name and version that the boot loader has left for the system that
 * it started, such as "systemd-boot 257.13" or "GRUB 2.12". Without a loader,
 * return those of the stub in a unified kernel image, such as
 * "systemd-stub 257.13". Return NULL if nothing is known, as without UEFI.
 * @directory is EFI_VARIABLES except in tests. The caller frees the name.
 */
char *boot_loader_name(const char *directory);

#endif /* KDUMP_CRYPT_BOOT_LOADER_H */
