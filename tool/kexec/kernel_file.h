/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_KERNEL_FILE_H
#define KDUMP_CRYPT_KERNEL_FILE_H

#include <stdio.h>

#include "lib/error.h"

/*
 * Open the kernel image @file, or, if it is compressed as a whole, what it
 * contains. Some distributions compress the image of arm64 and RISC-V with gzip,
 * or put it into an EFI program (CONFIG_EFI_ZBOOT), and kexec_file_load(2) takes
 * neither. error->number is an errno, or 0 if the compressed data is damaged. The
 * caller closes the stream.
 */
FILE *kernel_file_open(const char *file, struct error *error);

#endif /* KDUMP_CRYPT_KERNEL_FILE_H */
