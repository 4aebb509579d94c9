/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_SHARED_OBJECTS_H
#define KDUMP_CRYPT_SHARED_OBJECTS_H

/*
 * Call @visit for the dynamic loader of @program and for every shared library
 * that it resolves for it, by the path under which the program will look for
 * it. Nothing of the program runs. Returns 0, or -1 after the reason was
 * printed.
 */
int shared_objects_for_each(const char *program,
			    void (*visit)(const char *file, void *context),
			    void *context);

#endif /* KDUMP_CRYPT_SHARED_OBJECTS_H */
