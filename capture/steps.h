/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The steps of the capture: their time limits, and how long each took. */
#ifndef KDUMP_CRYPT_STEPS_H
#define KDUMP_CRYPT_STEPS_H

#include "lib/dump_info.h"

/* Have children of this process begin steps, too. */
void steps_share(void);

/*
 * Begin the step @name, which ends the step before it. @name is a string
 * constant. If the step takes longer than @seconds, the worker that does it is
 * given up (see worker.h). If PID 1 does it, the watchdog restarts the machine.
 * Called again during the step, the time limit begins again.
 */
void step_begin(const char *name, unsigned int seconds);

/* Let the time limit of the current step begin again, with @seconds. */
void step_extend(unsigned int seconds);

/* Return the name of the current step. */
const char *step_current(void);

/* Return when its time limit ends, by clock_now(). */
double step_deadline(void);

/* Replace the steps in @info by all steps until now. */
void steps_fill(struct dump_info *info);

#endif /* KDUMP_CRYPT_STEPS_H */
