/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asking a person at the terminal for a passphrase or a PIN. */
#ifndef KDUMP_CRYPT_ASK_SECRET_H
#define KDUMP_CRYPT_ASK_SECRET_H

#include <stdbool.h>
#include <stddef.h>

/* Return true if there is a terminal. */
bool ask_secret_possible(void);

/*
 * Ask for a secret with systemd-ask-password(1), or without it if that is not
 * installed. @prompt has no blank at its end. Nothing is echoed. @secret has
 * @size bytes and gets the secret as a string; the caller keeps it out of swap
 * and wipes it. Return 0, or a negative errno: -ECANCELED if the person gave up,
 * -EOVERFLOW if the secret is too long.
 */
int ask_secret(const char *prompt, char *secret, size_t size);

#endif /* KDUMP_CRYPT_ASK_SECRET_H */
