// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/xalloc.h"
#include "tool/arm/arm.h"
#include "tool/arm/armed_lock.h"
#include "tool/arm/armed_state.h"
#include "tool/check/machine_status.h"
#include "tool/check/reservation.h"
#include "tool/host/interruption.h"
#include "tool/host/other_tools.h"
#include "tool/host/sysfs.h"
#include "tool/host/systemd_service.h"
#include "tool/kexec/crash_kernel.h"
#include "tool/setup/change_record.h"
#include "tool/setup/kernel_parameter.h"
#include "tool/setup/recorded_options.h"
#include "tool/setup/service_file.h"
#include "tool/storage/dirty_arrays.h"
#include "tool/verbs/armed_text.h"
#include "tool/verbs/commands.h"
#include "tool/verbs/print.h"
#include "tool/verbs/rearm.h"
#include "tool/verbs/verb_options.h"

#define DEFAULT_KEY_TIMEOUT	 300 /* seconds */
#define DEFAULT_KEY_TIMEOUT_TEXT TEXT_OF(DEFAULT_KEY_TIMEOUT)

/* The service does not try again after that. */
#define EXIT_NEEDS_PERSON 4

static const char usage[] =
	"Usage: kdump-crypt load [OPTION]...\n"
	"       kdump-crypt reload [OPTION]...\n"
	"Load a crash kernel that writes its dump to the filesystem at the dump path,\n"
	"and give it the keys of the LUKS volumes under that. A key comes from root's\n"
	"user keyring, or from a keyslot that a key file, a token of LUKS2 (TPM, FIDO2)\n"
	"or a passphrase unlocks.\n"
	"reload uses the options of the last load, except for those given now. The keys\n"
	"come from the crash kernel that is loaded.\n"
	"\n"
	"  --path DIRECTORY       where dumps go (default: the --path of setup, or path in\n"
	"                         the configuration, or " CONFIG_DEFAULT_PATH
	")\n"
	"  --key-file FILE        unlock a keyslot with the content of FILE\n"
	"  --key-timeout SECONDS  when the volume key in the keyring expires if it has\n"
	"                         not been removed by then (default: " DEFAULT_KEY_TIMEOUT_TEXT
	")\n"
	"  --keep-key             leave the key in the keyring until it expires\n"
	"  --kernel FILE          the crash kernel (default: the running kernel)\n"
	"  --append PARAMETERS    add to the crash kernel's command line\n"
	"  --config FILE          configuration (default: the --config of setup, or\n"
	"                         " CONFIG_DEFAULT_FILE ")\n"
	"  --unless-armed         do nothing if the machine is armed (load only)\n"
	"  --if-changed           do nothing unless what is below the dump path has changed\n"
	"                         since the last load (reload only)\n"
	"  --dry-run              show what would be loaded, and load nothing\n"
	"  --help                 show this help\n"
	"\n"
	"Exit status: 0 armed, 1 not armed, 2 wrong usage. With --unless-armed, 4: not\n"
	"armed, and a person has to do something first. With --dry-run: the same, if load\n"
	"would arm.\n";

static int parse_timeout(const char *text, unsigned int *timeout,
			 struct error *error)
{
	unsigned long seconds;
	char *end;

	errno = 0;
	seconds = strtoul(text, &end, 10);
	if (errno || end == text || *end || text[0] == '-' || !seconds ||
	    seconds > INT_MAX)
		return error_set(error, EINVAL,
				 "\"%s\" is not a number of seconds", text);
	*timeout = seconds;
	return 0;
}

static void print_sources(const struct arming *arming)
{
	const struct targets *targets = &arming->targets;
	size_t i;

	for (i = 0; i < targets->volume_count; i++) {
		char *device =
			sysfs_familiar_device("/sys",
					      targets->volumes[i]->device);

		printf("Key from:     %s, for the LUKS volume on %s\n",
		       provide_keys_source(targets->volumes[i],
					   &arming->options->keys),
		       device);
		free(device);
	}
}

static void print_preview(const struct arming *arming,
			  const struct armed_state *armed)
{
	puts("Nothing was loaded. load would arm:");
	armed_text_target(armed, true);
	print_sources(arming);
	armed_text_files(armed);
	armed_text_memory(armed, crash_kernel_reserved());
}

/* The last loader wins. */
static void warn_of_other_tools(void)
{
	char *others = other_tools_describe();

	if (others)
		warnx("%s is enabled, too, and will replace this crash kernel by its own when it is started: run kdump-crypt setup, which disables it",
		      others);
	free(others);
}

/* Return true if the same load does not work later, unless a person helps. */
static bool needs_person(const struct error *error)
{
	switch (error->number) {
	case EINVAL: /* the configuration, for example */
	case ENOTTY: /* a passphrase */
	case ENOPKG: /* the module */
	case EPERM:
	case ENOKEY: /* a signature that the kernel trusts */
	case EKEYREJECTED:
	case EADDRNOTAVAIL: /* reserved memory */
	case EOPNOTSUPP:    /* a kernel that passes no keys */
		return true;
	default:
		return false;
	}
}

/*
 * Otherwise systemctl stop would not disarm. The service then finds the machine
 * armed, for which it needs the lock.
 */
static void start_service(void)
{
	struct error error;

	armed_unlock();
	if (systemd_service_start(SERVICE, &error))
		warnx("the machine is armed, but its service was not started: %s",
		      error.reason);
}

static void warn_of_memory(const struct armed_state *armed)
{
	char *shortage = reservation_shortage(crash_kernel_reserved(),
					      armed->needed,
					      kernel_parameter_file());

	if (shortage)
		warnx("%s", shortage);
	free(shortage);
}

static void warn_of_arrays(const struct config *config,
			   const struct armed_state *armed)
{
	struct text_list layers = {};
	char *problem = NULL;

	armed_state_layers(&layers, armed);
	if (!config->start_dirty_degraded)
		problem = dirty_arrays_problem(&layers, "/sys");
	if (problem)
		warnx("%s", problem);
	free(problem);
	text_list_release(&layers);
}

/* Return the exit status. */
static int load(const struct arm_options *options)
{
	struct messages messages = { .progress = print_progress };
	struct error error = {};
	struct armed_state armed;
	struct arming arming;
	int ret;

	ret = arm_prepare(&arming, options, &messages, &error);
	/* Some of them explain why a passphrase is needed now. */
	print_warnings(&messages.warnings);
	if (!ret) {
		ret = arm(&arming, &armed, &messages, &error);
		print_warnings(&messages.warnings);
	}
	if (ret) {
		print_error(&error);
		ret = needs_person(&error) ? EXIT_NEEDS_PERSON : EXIT_FAILURE;
	} else {
		if (options->keys.dry_run)
			print_preview(&arming, &armed);
		else
			armed_text_armed(&armed);
		warn_of_memory(&armed);
		warn_of_arrays(&arming.config, &armed);
		warn_of_other_tools();
		armed_state_release(&armed);
		if (!options->keys.dry_run)
			start_service();
	}
	arm_release(&arming);
	interruption_release();
	return ret;
}

static bool is_armed(void)
{
	struct machine_status status;
	bool armed;

	machine_status_read(&status);
	armed = !status.problem;
	if (armed)
		printf("Armed already: a crash dump goes to %s.\n",
		       status.state.path);
	machine_status_release(&status);
	return armed;
}

/*
 * Even if no key is needed now: otherwise a wrong name would only be noticed
 * when the keyring has no key.
 */
static int check_key_file(const char *key_file)
{
	if (!key_file || !access(key_file, R_OK))
		return 0;
	warn("cannot read the key file %s", key_file);
	return -1;
}

/* What another kdump-crypt has changed is read after it has ended. */
static int begin(const struct arm_options *options)
{
	struct error error;

	if (!print_unless_root("load a crash kernel"))
		return -1;
	if (check_key_file(options->keys.key_file))
		return -1;
	if (!armed_lock(ARMED_LOCK_SECONDS, print_progress, &error))
		return 0;
	print_error(&error);
	return -1;
}

static void read_options(struct arm_options *options, const char *condition,
			 bool *is_conditional, int argc, char **argv)
{
	const struct verb_option table[] = {
		{ "config", .text = &options->config },
		{ "path", .text = &options->path },
		{ "kernel", .text = &options->kernel },
		{ "append", .text = &options->append },
		{ "key-file", .text = &options->keys.key_file },
		{ "key-timeout", .number = &options->keys.timeout,
		  .parse_number = parse_timeout },
		{ "keep-key", .flag = &options->keys.keep },
		{ condition, .flag = is_conditional },
		{ "dry-run", .flag = &options->keys.dry_run },
		{}
	};

	*options = (struct arm_options) {
		.keys.timeout = DEFAULT_KEY_TIMEOUT,
	};
	verb_options_read(argc, argv, usage, table, NULL);
}

static void print_recorded(const char *option, const char *given,
			   const char *used)
{
	char *line;

	if (given || !used)
		return;
	line = xasprintf("Using %s %s, as kdump-crypt setup did.", option,
			 used);
	print_progress(line);
	free(line);
}

/* Dumps go where the service, too, would have them go. */
static int load_as_set_up(struct arm_options *options)
{
	const char *path = options->path, *config = options->config;
	struct recorded_options recorded;
	struct error error;
	int ret;

	if (recorded_options_read(&recorded, CHANGE_RECORD, &error))
		print_error(&error);
	recorded_options_apply(&recorded, &options->path, &options->config);
	print_recorded("--path", path, options->path);
	print_recorded("--config", config, options->config);
	ret = load(options);
	recorded_options_release(&recorded);
	return ret;
}

int cmd_load(int argc, char **argv)
{
	struct arm_options options;
	bool unless_armed = false;

	read_options(&options, "unless-armed", &unless_armed, argc, argv);
	if (begin(&options))
		return EXIT_FAILURE;
	if (unless_armed)
		return is_armed() ? EXIT_SUCCESS : load_as_set_up(&options);
	return load_as_set_up(&options) ? EXIT_FAILURE : EXIT_SUCCESS;
}

static void add_recorded(struct arm_options *options,
			 const struct armed_state *state)
{
	options->config = options->config ?: state->config_option;
	if (!options->path && state->target_count)
		options->path = state->targets[0].given_path;
	options->path = options->path ?: state->path;
	options->kernel = options->kernel ?: state->kernel_option;
	options->append = options->append ?: state->append_option;
}

/*
 * Nobody waits for this one. Who loads or unloads now knows better, and a
 * machine that was disarmed stays so.
 */
static int reload_if_changed(struct arm_options *options)
{
	struct armed_state state;
	struct error error;
	int ret;

	if (!print_unless_root("load a crash kernel"))
		return EXIT_FAILURE;
	if (armed_lock(0, print_progress, &error)) {
		if (error.number == EWOULDBLOCK)
			return EXIT_SUCCESS;
		print_error(&error);
		return EXIT_FAILURE;
	}
	if (armed_state_read(&state, NULL))
		return EXIT_SUCCESS;
	add_recorded(options, &state);
	ret = rearm_if_changed(options, &state) ? EXIT_FAILURE : EXIT_SUCCESS;
	armed_state_release(&state);
	return ret;
}

int cmd_reload(int argc, char **argv)
{
	struct arm_options options;
	struct armed_state state;
	bool if_changed = false;
	int ret;

	read_options(&options, "if-changed", &if_changed, argc, argv);
	if (if_changed)
		return reload_if_changed(&options);
	if (begin(&options))
		return EXIT_FAILURE;
	if (armed_state_read(&state, NULL)) {
		warnx("nothing is loaded that could be loaded again: run kdump-crypt load");
		return EXIT_FAILURE;
	}
	add_recorded(&options, &state);
	ret = load(&options) ? EXIT_FAILURE : EXIT_SUCCESS;
	armed_state_release(&state);
	return ret;
}
