/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The programs of the capture initramfs, and their configuration. */
#ifndef KDUMP_CRYPT_CAPTURE_PROGRAMS_H
#define KDUMP_CRYPT_CAPTURE_PROGRAMS_H

#include "tool/image/capture_contents.h"

/*
 * Add the capture program, the programs that it runs, and all files that these
 * need to the initramfs of @image. Start each of them but the administrator's
 * own, whose effects are not known, with the libraries that it will have in the
 * crash kernel. Return 0, or -1 if one is not installed or does not start.
 *
 * Nothing is started if none of the files has changed since this last succeeded.
 */
int capture_programs_add(struct capture_image *image, struct error *error);

#endif /* KDUMP_CRYPT_CAPTURE_PROGRAMS_H */
