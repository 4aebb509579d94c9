/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The verbs of the tool, each in cmd_<verb>.c. The first argument of a verb is
 * its name. A verb returns the exit status.
 *
 * To add a verb, write its file, declare it here, and add it to the table in
 * main.c.
 */
#ifndef KDUMP_CRYPT_COMMANDS_H
#define KDUMP_CRYPT_COMMANDS_H

#define EXIT_USAGE 2 /* besides EXIT_SUCCESS and EXIT_FAILURE */

int cmd_setup(int argc, char **argv);
int cmd_load(int argc, char **argv);
int cmd_reload(int argc, char **argv); /* in cmd_load.c */
int cmd_unload(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_crash_test(int argc, char **argv);
int cmd_test(int argc, char **argv); /* its old name */
int cmd_list(int argc, char **argv);
int cmd_show(int argc, char **argv);
int cmd_scan(int argc, char **argv);
int cmd_remove(int argc, char **argv);
int cmd_config(int argc, char **argv);
int cmd_estimate(int argc, char **argv);

#endif /* KDUMP_CRYPT_COMMANDS_H */
