/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the capture initramfs consists of. Its /init, the first stage, is a small
 * static program. It mounts the squashfs with all other programs, makes links to
 * what is in it, and becomes the capture program. So the crash kernel holds the
 * libraries in compressed form, and decompresses only what is used.
 */
#ifndef KDUMP_CRYPT_FIRST_STAGE_H
#define KDUMP_CRYPT_FIRST_STAGE_H

/* A line for each kernel module to load first. A name ends in .ko or .ko.*. */
#define FIRST_STAGE_MODULES "/first-stage.modules"

/*
 * The squashfs. If the crash kernel has none, this file does not exist, and the
 * programs are in the initramfs itself.
 */
#define FIRST_STAGE_SQUASHFS "/programs.squashfs"

#define FIRST_STAGE_MOUNT "/programs"

/* What to do if the first stage fails: the name of an action, see lib/action.h. */
#define FIRST_STAGE_FAILURE "/first-stage.failure"

/* The capture program, in the squashfs or the initramfs. */
#define FIRST_STAGE_NEXT "/capture"

#endif /* KDUMP_CRYPT_FIRST_STAGE_H */
