/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What reload --if-changed has seen last, and why it could not arm again. The
 * next one does nothing as long as it sees the same, and status tells people.
 */
#ifndef KDUMP_CRYPT_REARM_RECORD_H
#define KDUMP_CRYPT_REARM_RECORD_H

#include <stdbool.h>

#include "tool/arm/armed_state.h"

struct rearm_record {
	char *seen;	     /* armed_target_fingerprint() */
	char *problem;	     /* NULL: nothing that matters has changed */
	bool is_still_armed; /* in spite of the problem */
	char *reason;	/* why arming again failed; NULL: it was not tried */
	long long time; /* of that, in seconds since 1970 */
};

/*
 * Read the record. It is empty if there is none, or if it is not about the load
 * of @state. The caller releases it with rearm_record_release().
 */
void rearm_record_read(struct rearm_record *record,
		       const struct armed_state *state);

/* Replace the record. It is about the load of @state. Return 0 or -1. */
int rearm_record_write(const struct rearm_record *record,
		       const struct armed_state *state, struct error *error);

void rearm_record_release(struct rearm_record *record);

#endif /* KDUMP_CRYPT_REARM_RECORD_H */
