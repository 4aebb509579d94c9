/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /etc/kdump-crypt.conf: one directive a line, a name and its value, as in
 * kdump.conf(5) of kdump-utils, whose names and meanings are used here.
 */
#ifndef KDUMP_CRYPT_CONFIG_H
#define KDUMP_CRYPT_CONFIG_H

#define CONFIG_DEFAULT_FILE		"/etc/kdump-crypt.conf"
#define CONFIG_DEFAULT_PATH		"/var/crash"
#define CONFIG_DEFAULT_CORE_COLLECTOR	"makedumpfile -z --message-level 4 -d 31"

/* What ends a capture. */
enum action {
	ACTION_REBOOT,
	ACTION_POWEROFF,
	ACTION_HALT,
};

struct config {
	char *path;			/* absolute; where dumps go */
	char *core_collector;		/* makedumpfile and its options */
	enum action final_action;	/* after a dump that was saved */
	enum action failure_action;	/* after one that was not */
};

/* Everything at its default. The caller releases it with config_release(). */
void config_init(struct config *config);
void config_release(struct config *config);

/*
 * Read @file into @config, over what is there.
 * Returns 0, or a message that names file and line, for the caller to free.
 */
char *config_read(struct config *config, const char *file);

const char *action_name(enum action action);

/* Returns 0, or -1 where @name is none of the actions. */
int action_from_name(const char *name, enum action *action);

#endif /* KDUMP_CRYPT_CONFIG_H */
