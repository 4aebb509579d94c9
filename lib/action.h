/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_ACTION_H
#define KDUMP_CRYPT_ACTION_H

/* The last action of the capture program. */
enum action {
	ACTION_REBOOT,
	ACTION_POWEROFF,
	ACTION_HALT,
	ACTION_SHELL, /* on the console; only for failure_action */
};

/* Return the name that the configuration has for @action. */
const char *action_name(enum action action);

/* Return 0. Return -1 if no action has that name. */
int action_from_name(const char *name, enum action *action);

#endif /* KDUMP_CRYPT_ACTION_H */
