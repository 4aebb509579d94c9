/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CRASH_DM_CRYPT_SAVED_AREA_H
#define CRASH_DM_CRYPT_SAVED_AREA_H

#include "area.h"

/*
 * In the crash kernel: look for the address of the saved area on the command
 * line. Call this once, before saved_area_map(), while no lock is held: it reads
 * a file. Return -ENOMEM. Any other failure is left to saved_area_map().
 */
int saved_area_find(void);

/*
 * Return true if saved_area_map() may look for the area in the memory of the
 * crashed kernel, and open /proc/vmcore for that.
 */
bool saved_area_may_be_held(void);

/*
 * Map the saved area and validate all of it. The caller unmaps it with
 * memunmap(). The area is writable.
 *
 * On failure log a message that begins with @consequence, and return an errno:
 * -ENOENT or -EINVAL if the command line does not give its address, -ERANGE if
 * the address is neither in reserved memory nor in that of the crashed kernel,
 * -EBADMSG if the area is not intact, -ENOMEM.
 */
struct area *saved_area_map(const char *consequence);

#endif /* CRASH_DM_CRYPT_SAVED_AREA_H */
