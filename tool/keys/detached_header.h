/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * LUKS headers that do not lie on the device that they describe. Nothing on the
 * device tells where its header is, so crypttab(5) has to.
 */
#ifndef KDUMP_CRYPT_DETACHED_HEADER_H
#define KDUMP_CRYPT_DETACHED_HEADER_H

/*
 * Return the file that has the LUKS header of the volume on @device, as header=
 * in @crypttab names it. It may be missing now, unless the device has a header of
 * its own. Return NULL if there is no such line, or if it names no file: a block
 * device does not count. The caller frees the name.
 */
char *detached_header_find(const char *device, const char *crypttab);

#endif /* KDUMP_CRYPT_DETACHED_HEADER_H */
