// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "tests/unit/scratch.h"
#include "tool/image/watchdogs.h"

#define WATCHDOG "kernel/drivers/watchdog/"
#define ISA	 "pci:v00008086d00002918sv00001AF4sd00001100bc06sc01i00"
#define SMBUS	 "pci:v00008086d00002930sv00001AF4sd00001100bc0Csc05i00"
#define BMC	 "pci:v0000103Cd00003306sv0000103Csd00003381bc08sc80i00"
#define CHIPSET	 "sys/devices/pci0000:00/0000:00:1f.0"
#define TCO	 CHIPSET "/iTCO_wdt.1.auto"

/* What the index of a kernel's modules says. */
static const struct {
	const char *alias, *name, *file;
} index_of_modules[] = {
	{ ISA, "lpc_ich", "kernel/drivers/mfd/lpc_ich.ko.xz" },
	{ SMBUS, "i2c_i801", "kernel/drivers/i2c/busses/i2c-i801.ko.xz" },
	{ BMC, "hpwdt", WATCHDOG "hpwdt.ko.xz" },
	{ "platform:iTCO_wdt", "iTCO_wdt", WATCHDOG "iTCO_wdt.ko.xz" },
	{ "acpi:PNP0103:", "hpet", "" },
	{ "acpi:IPI0001:", "ipmi_si",
	  "kernel/drivers/char/ipmi/ipmi_si.ko.xz" },
};

void kernel_modules_for_device(struct kernel_modules *modules,
			       const char *modalias,
			       kernel_modules_driver_found found, void *context)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(index_of_modules); i++)
		if (!strcmp(index_of_modules[i].alias, modalias))
			found(index_of_modules[i].name,
			      index_of_modules[i].file, context);
}

/* Make a device that is at ../../../devices/@path from its bus. */
static void make_device(const char *bus, const char *path, const char *alias)
{
	const char *name = strrchr(path, '/') + 1;
	char *link = format("sys/bus/%s/devices/%s", bus, name);
	char *attribute = format("%s/modalias", path);
	char *device = format("%s/%s", scratch, path);

	make_text(attribute, alias);
	make_link(link, device);
	free(device);
	free(attribute);
	free(link);
}

static void bind(const char *device, const char *module)
{
	char *directory = format("%s/sys/module/%s", scratch, module);
	char *link = format("%s/driver/module", device);

	make_directory(directory + strlen(scratch) + 1);
	make_link(link, directory);
	free(link);
	free(directory);
}

static void make_watchdog(const char *name, const char *parent)
{
	char *device = format("%s/watchdog/%s", parent, name);
	char *link = format("sys/class/watchdog/%s", name);
	char *target = format("%s/%s", scratch, device);

	make_directory(device);
	make_link(link, target);
	free(target);
	free(link);
	free(device);
}

static void assert_watchdogs(const char *expected)
{
	struct text_list names = {};
	char *joined;

	watchdogs_find(&names, NULL, "sys");
	joined = text_list_join(&names, " ");
	assert_string_equal(joined ?: "", expected);
	free(joined);
	text_list_release(&names);
}

static void make_machine(void)
{
	make_device("pci", CHIPSET, ISA "\n");
	make_device("pci", "sys/devices/pci0000:00/0000:00:1f.3", SMBUS "\n");
	make_device("acpi", "sys/devices/LNXSYSTM:00/PNP0103:00",
		    "acpi:PNP0103:\n");
	make_device("platform", "sys/devices/platform/nameless", "\n");
}

/* The initramfs has loaded no driver of the chipset, udev loads them later. */
static void test_early_and_late(void **state)
{
	make_machine();
	assert_watchdogs("iTCO_wdt lpc_ich");

	bind(CHIPSET, "lpc_ich");
	make_device("platform", TCO, "platform:iTCO_wdt\n");
	assert_watchdogs("iTCO_wdt lpc_ich");

	bind(TCO, "iTCO_wdt");
	make_watchdog("watchdog0", TCO);
	assert_watchdogs("iTCO_wdt lpc_ich");
}

static void test_newer_chipset(void **state)
{
	make_device("pci", "sys/devices/pci0000:00/0000:00:1f.4", SMBUS "\n");
	assert_watchdogs("i2c_i801 iTCO_wdt");
}

static void test_own_device(void **state)
{
	make_device("pci", "sys/devices/pci0000:00/0000:01:00.0", BMC "\n");
	assert_watchdogs("hpwdt");
}

/* Its watchdog is not in /sys/class/watchdog. */
static void test_ipmi(void **state)
{
	make_machine();
	make_device("acpi", "sys/devices/LNXSYSTM:00/IPI0001:00",
		    "acpi:IPI0001:\n");
	assert_watchdogs("iTCO_wdt ipmi_devintf ipmi_si lpc_ich");
}

/* Such as w83627hf_wdt, which no device asks for. */
static void test_loaded_by_name(void **state)
{
	make_machine();
	make_directory("sys/devices/platform/w83627hf_wdt");
	bind("sys/devices/platform/w83627hf_wdt", "w83627hf_wdt");
	make_watchdog("watchdog1", "sys/devices/platform/w83627hf_wdt");
	make_watchdog("watchdog2", "sys/devices/virtual");
	assert_watchdogs("iTCO_wdt lpc_ich w83627hf_wdt");
}

static void test_management_engine(void **state)
{
	static const char engine[] = "sys/devices/pci0000:00/0000:00:16.0";

	make_device("pci", engine, "pci:v00008086\n");
	bind(engine, "mei_me");
	make_directory("sys/devices/pci0000:00/0000:00:16.0/wd");
	bind("sys/devices/pci0000:00/0000:00:16.0/wd", "mei_wdt");
	make_watchdog("watchdog0", "sys/devices/pci0000:00/0000:00:16.0/wd");
	assert_watchdogs("");
}

static void test_none(void **state)
{
	assert_watchdogs("");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		scratch_test(test_early_and_late),
		scratch_test(test_newer_chipset),
		scratch_test(test_own_device),
		scratch_test(test_ipmi),
		scratch_test(test_loaded_by_name),
		scratch_test(test_management_engine),
		scratch_test(test_none),
	};

	return cmocka_run_group_tests_name("watchdogs", tests, NULL, NULL);
}
