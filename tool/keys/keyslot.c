// SPDX-License-Identifier: GPL-2.0-or-later
#include <bsd/readpassphrase.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/xalloc.h"
#include "tool/keys/cryptsetup_error.h"
#include "tool/keys/keyslot.h"
#include "tool/keys/keyslot_memory.h"

#define TRIES		3
#define PASSPHRASE_SIZE 513 /* cryptsetup takes up to 512 bytes typed in */

/* An unlocking that is under way. */
struct unlocking {
	struct crypt_device *volume;
	const char *device;
	const struct keyslot_source *source;
	keyslot_use use;
	void *context;
};

/* Owned by unlock_with_passphrase(), which locks it and wipes it. */
static char passphrase[PASSPHRASE_SIZE];

static bool has_terminal(void)
{
	int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC);

	if (terminal >= 0)
		close(terminal);
	return terminal >= 0;
}

int keyslot_check_source(const struct keyslot_source *source,
			 const char *device, struct error *error)
{
	if (source->key_file)
		return access(source->key_file, R_OK) ?
			       error_set_errno(error, "%s", source->key_file) :
			       0;
	if (has_terminal())
		return 0;
	return error_set(
		error, ENOTTY,
		"there is no terminal to ask for the passphrase of the LUKS volume on %s: use --key-file",
		device);
}

static int use_secret(const struct unlocking *unlocking,
		      struct crypt_keyslot_context *secret)
{
	int ret = unlocking->use(unlocking->volume, secret, unlocking->context);

	crypt_keyslot_context_free(secret);
	return ret;
}

/* Another passphrase may open a keyslot that needs less memory. */
static int set_failure(struct error *error, int code,
		       const struct unlocking *unlocking)
{
	char *shortage =
		keyslot_memory_shortage(unlocking->volume, "/proc/meminfo");

	if (shortage)
		error_set(
			error, ENOMEM,
			"%s: no keyslot opened, but not all could be tried: %s: use the passphrase of another keyslot, or free some memory and try again",
			unlocking->device, shortage);
	else
		cryptsetup_error_set(error, code,
				     "%s: cannot get the volume key",
				     unlocking->device);
	free(shortage);
	return -1;
}

static int unlock_with_key_file(const struct unlocking *unlocking,
				struct error *error)
{
	const char *key_file = unlocking->source->key_file;
	struct crypt_keyslot_context *secret;
	int ret;

	cryptsetup_error_start();
	ret = crypt_keyslot_context_init_by_keyfile(unlocking->volume, key_file,
						    0, 0, &secret);
	if (!ret)
		ret = use_secret(unlocking, secret);
	if (ret >= 0)
		return 0;
	if (ret == -EPERM)
		return error_set(error, EPERM,
				 "%s: no keyslot opens with the content of %s",
				 unlocking->device, key_file);
	return set_failure(error, ret, unlocking);
}

/* Return a negative errno on failure; -EPERM if it opens no keyslot. */
static int try_passphrase(const struct unlocking *unlocking, const char *prompt)
{
	struct crypt_keyslot_context *secret;
	int ret;

	cryptsetup_error_start();
	if (!readpassphrase(prompt, passphrase, sizeof(passphrase),
			    RPP_REQUIRE_TTY))
		return -errno;
	unlocking->source->show("Unlocking a keyslot takes some seconds ...");
	ret = crypt_keyslot_context_init_by_passphrase(unlocking->volume,
						       passphrase,
						       strlen(passphrase),
						       &secret);
	if (!ret)
		ret = use_secret(unlocking, secret);
	explicit_bzero(passphrase, sizeof(passphrase));
	return ret;
}

static int try_passphrases(const struct unlocking *unlocking,
			   const char *prompt)
{
	int ret = -EPERM, tries;

	for (tries = 0; ret == -EPERM && tries < TRIES; tries++) {
		ret = try_passphrase(unlocking, prompt);
		if (ret == -EPERM)
			unlocking->source->show(
				"No keyslot opens with this passphrase.");
	}
	return ret;
}

static void lock_passphrase(const struct unlocking *unlocking)
{
	char *line;

	if (!mlock(passphrase, sizeof(passphrase)))
		return;
	line = xasprintf("Cannot keep the passphrase out of swap: %s",
			 strerror(errno));
	unlocking->source->show(line);
	free(line);
}

static int unlock_with_passphrase(const struct unlocking *unlocking,
				  struct error *error)
{
	char *prompt = xasprintf("Passphrase of the LUKS volume on %s: ",
				 unlocking->device);
	int ret;

	lock_passphrase(unlocking);
	ret = try_passphrases(unlocking, prompt);
	explicit_bzero(passphrase, sizeof(passphrase));
	munlock(passphrase, sizeof(passphrase));
	free(prompt);
	if (ret >= 0)
		return 0;
	if (ret == -EPERM)
		return error_set(
			error, EPERM,
			"%s: no keyslot opened with any of %d passphrases",
			unlocking->device, TRIES);
	return set_failure(error, ret, unlocking);
}

int keyslot_unlock(struct crypt_device *volume, const char *device,
		   const struct keyslot_source *source, keyslot_use use,
		   void *context, struct error *error)
{
	const struct unlocking unlocking = { volume, device, source, use,
					     context };

	return source->key_file ? unlock_with_key_file(&unlocking, error) :
				  unlock_with_passphrase(&unlocking, error);
}
