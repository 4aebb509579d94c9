/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the capture initramfs consists of. Its /init, the first stage, is a small
 * static program. It mounts the squashfs with all other programs, makes links to
 * what is in it, and becomes the capture program. So the crash kernel holds the
 * libraries in compressed form, and decompresses only what is used.
 *
 * The squashfs lies in front of what the kernel unpacks. With retain_initrd, the
 * kernel keeps the memory in which it got the initramfs, and shows it as a file.
 * So there is only one copy of the squashfs at any time.
 */
#ifndef KDUMP_CRYPT_FIRST_STAGE_H
#define KDUMP_CRYPT_FIRST_STAGE_H

/*
 * A line for each kernel module to load first. A name ends in .ko or .ko.*. If
 * the crash kernel has no squashfs, this file does not exist, and the programs
 * are in the initramfs itself.
 */
#define FIRST_STAGE_MODULES "/first-stage.modules"

/* The initramfs, which the kernel shows since Linux 6.8. */
#define FIRST_STAGE_INITRD "/sys/firmware/initrd"

/*
 * The squashfs is at FIRST_STAGE_OFFSET in the initramfs. It is the content of a
 * cpio entry without compression, which is no regular file. The kernel skips the
 * content of such entries, and goes on as it did after the entry before. So
 * there is a directory in front of it, up to FIRST_STAGE_HEADER.
 */
#define FIRST_STAGE_SQUASHFS "/programs.squashfs"
#define FIRST_STAGE_HEADER   120
#define FIRST_STAGE_OFFSET   248

#define FIRST_STAGE_MOUNT "/programs"

/* What to do if the first stage fails: the name of an action, see lib/action.h. */
#define FIRST_STAGE_FAILURE "/first-stage.failure"

/* The capture program, in the squashfs or the initramfs. */
#define FIRST_STAGE_NEXT "/capture"

#endif /* KDUMP_CRYPT_FIRST_STAGE_H */
