/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The consoles of the crash kernel: all of them, not only /dev/console. */
#ifndef KDUMP_CRYPT_CONSOLE_H
#define KDUMP_CRYPT_CONSOLE_H

/*
 * Open the consoles that the kernel has now. Call it again when there may be
 * more. console_print() writes to standard output as long as no console is
 * open.
 */
void console_open(void);

/* Print @text on each console, with a single write(2) if possible. */
void console_print(const char *text);

/*
 * Return the name of the terminal behind /dev/console. /dev/console itself
 * cannot be a controlling terminal.
 */
const char *console_terminal(void);

#endif /* KDUMP_CRYPT_CONSOLE_H */
