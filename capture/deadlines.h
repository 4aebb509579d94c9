/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All time limits of the capture, in seconds, except for three:
 * device_timeout and degraded_timeout in the plan bound the waits for the
 * target's device and for all disks of an array, and KILL_SECONDS in
 * lib/run_program.c bounds the wait for a killed program.
 */
#ifndef KDUMP_CRYPT_DEADLINES_H
#define KDUMP_CRYPT_DEADLINES_H

/*
 * Limits of steps, for step_begin(). When a step exceeds its limit, its worker
 * is given up, and the capture goes on with the next target, or with the end.
 * If PID 1 does the step itself, the watchdog restarts the machine.
 */
#define START_SECONDS	60  /* from the program's start to its first step */
#define WORKER_SECONDS	60  /* what PID 1 does about a worker or a module */
#define RESTORE_SECONDS 30  /* hiding and restoring the saved keys */
#define UNLOCK_SECONDS	120 /* opening one LUKS volume */
#define MOUNT_SECONDS	600 /* mounting: a large journal may be replayed */
#define REMOVAL_SECONDS 600 /* removing one dump, or reserving space */
#define SYNC_SECONDS	600 /* writing the end of the vmcore to the disk */
#define UNMOUNT_SECONDS 300 /* writing the rest to the disk, and unmounting */
#define CLOSE_SECONDS	120 /* closing one array, LUKS or logical volume */
#define FLUSH_SECONDS	30  /* writing what is left, before the restart */
#define PSTORE_SECONDS	60  /* copying the end of the kernel log to pstore */
#define END_SECONDS	60  /* from the last step to the machine's restart */

/*
 * Limits of programs. A program that exceeds its limit is killed, and the
 * capture goes on without it.
 */
#define HOOK_SECONDS	120 /* kdump_pre and kdump_post */
#define STORAGE_SECONDS 40  /* one run of mdadm or lvm */
#define BUSYBOX_SECONDS 20  /* installing the shell's commands */

/*
 * Limits of silence: makedumpfile is killed if it neither prints nor writes
 * anything for this time. If it was extracting the kernel log, the dump lacks
 * the log. If it was writing the vmcore, the memory is copied unfiltered. This
 * copy has the same limit for each chunk; if a chunk takes longer, the target
 * is given up.
 */
#define LOG_STALL_SECONDS    60
#define VMCORE_STALL_SECONDS 300

/* The whole unfiltered copy: a machine with much memory must come back, too. */
#define UNFILTERED_SECONDS 3600

/*
 * A module that takes longer than the first limit loads on while others are
 * loaded, and while the target is looked for. After the second limit nothing
 * waits for it any more. hpsa takes 220 seconds to reset an adapter.
 */
#define MODULE_PATIENCE_SECONDS 3
#define MODULE_SECONDS		300

/*
 * The step of a program with a limit gets this in addition, so that the
 * program can be killed before the watchdog restarts the machine.
 */
#define KILL_MARGIN_SECONDS 60

/* Waits that end early if what they wait for happens. */
#define COPY_SECONDS 10 /* for the recorded disk; then take a copy */
#define PROBE_PATIENCE_SECONDS \
	2		  /* for a disk's answer; then take those of others */
#define RETRY_SECONDS	1 /* between two attempts to open what failed */
#define EVENT_SECONDS	1 /* for an event of a device; then look anyway */
#define IPMI_SECONDS	5 /* for the answer of the BMC */
#define CONSOLE_SECONDS 1 /* for a busy console; then drop the text */

#endif /* KDUMP_CRYPT_DEADLINES_H */
