// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>

#include "tool/host/interruption.h"

static const int held[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };

#define HELD_COUNT (sizeof(held) / sizeof(held[0]))

static volatile sig_atomic_t received;
static struct sigaction before[HELD_COUNT];
static int is_holding;

static void note(int number)
{
	received = number;
}

void interruption_hold(void)
{
	const struct sigaction action = { .sa_handler = note,
					  .sa_flags = SA_RESTART };
	size_t i;

	if (is_holding)
		return;
	is_holding = 1;
	received = 0;
	for (i = 0; i < HELD_COUNT; i++) {
		sigaction(held[i], NULL, &before[i]);
		/* nohup makes a program ignore SIGHUP, for example. */
		if (before[i].sa_handler != SIG_IGN)
			sigaction(held[i], &action, NULL);
	}
}

int interruption_check(struct error *error)
{
	if (!received)
		return 0;
	return error_set(error, EINTR, "interrupted by a signal: %s",
			 strsignal(received));
}

void interruption_release(void)
{
	size_t i;

	if (!is_holding)
		return;
	is_holding = 0;
	for (i = 0; i < HELD_COUNT; i++)
		sigaction(held[i], &before[i], NULL);
	if (received)
		raise(received);
}
