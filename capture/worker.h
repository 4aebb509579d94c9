/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_WORKER_H
#define KDUMP_CRYPT_WORKER_H

enum worker_end {
	WORKER_DONE,
	WORKER_DIED, /* without memory, for example */
	WORKER_HANGS /* in the kernel, for all that is known */
};

/*
 * Do @work in a child. Its steps have their limits: if one exceeds its limit,
 * the child is given up, with all programs that it runs. Report that, or that
 * the child died. Call @tick once a second meanwhile. Without memory for a
 * child, this process does the work.
 */
enum worker_end worker_run(void (*work)(void), void (*tick)(void));

#endif /* KDUMP_CRYPT_WORKER_H */
