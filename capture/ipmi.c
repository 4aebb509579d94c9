// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <linux/ipmi.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "capture/deadlines.h"
#include "capture/ipmi.h"
#include "capture/report.h"

#define STEP   "watchdog"
#define DEVICE "/dev/ipmi0"

#define APPLICATION	   0x06 /* the number of the function's group */
#define SET_WATCHDOG_TIMER 0x24

/*
 * The use of the timer by an operating system, without a log; no action; clear
 * the flags of all uses; no time. Setting the timer stops it.
 */
static unsigned char settings[] = { 0x84, 0, 0, 0x3e, 0, 0 };

static int send_command(int bmc)
{
	struct ipmi_system_interface_addr address = {
		.addr_type = IPMI_SYSTEM_INTERFACE_ADDR_TYPE,
		.channel = IPMI_BMC_CHANNEL,
	};
	struct ipmi_req request = {
		.addr = (unsigned char *)&address,
		.addr_len = sizeof(address),
		.msg = {
			.netfn = APPLICATION,
			.cmd = SET_WATCHDOG_TIMER,
			.data = settings,
			.data_len = sizeof(settings),
		},
	};

	return ioctl(bmc, IPMICTL_SEND_COMMAND, &request);
}

/* Return 0 if the BMC has done it. */
static int read_answer(int bmc)
{
	struct pollfd ready = { .fd = bmc, .events = POLLIN };
	unsigned char data[IPMI_MAX_MSG_LENGTH] = { 0xff };
	struct ipmi_addr address;
	struct ipmi_recv answer = {
		.addr = (unsigned char *)&address,
		.addr_len = sizeof(address),
		.msg = { .data = data, .data_len = sizeof(data) },
	};

	if (poll(&ready, 1, IPMI_SECONDS * 1000) != 1) {
		errno = ETIMEDOUT;
		return -1;
	}
	if (ioctl(bmc, IPMICTL_RECEIVE_MSG_TRUNC, &answer))
		return -1;
	errno = EIO;
	return data[0] ? -1 : 0;
}

static void stop_watchdog(void)
{
	int bmc = open(DEVICE, O_RDWR | O_CLOEXEC);

	if (bmc < 0 || send_command(bmc) || read_answer(bmc))
		report(STEP,
		       "cannot stop the watchdog of the BMC, which may reset the machine: %s",
		       strerror(errno));
	else
		report(STEP, "the watchdog of the BMC is stopped");
}

void ipmi_check(void)
{
	static bool is_done;
	pid_t child;

	if (is_done || access(DEVICE, F_OK))
		return;
	child = fork();
	if (!child) {
		stop_watchdog();
		_exit(0);
	}
	is_done = child > 0;
}
