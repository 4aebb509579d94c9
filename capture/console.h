/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The consoles of the crash kernel: all of them, not only /dev/console. */
#ifndef KDUMP_CRYPT_CONSOLE_H
#define KDUMP_CRYPT_CONSOLE_H

/*
 * Find the consoles that the kernel has now; again once there may be more.
 * Until then, and where none can be used, console_print() writes to standard
 * output.
 */
void console_open(void);

/* Print @text on each, in one piece as far as it takes that. */
void console_print(const char *text);

/*
 * The terminal device behind /dev/console, which itself can be nobody's
 * controlling terminal.
 */
const char *console_terminal(void);

#endif /* KDUMP_CRYPT_CONSOLE_H */
