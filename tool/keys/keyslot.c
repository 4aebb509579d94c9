// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/xalloc.h"
#include "tool/host/interruption.h"
#include "tool/keys/ask_secret.h"
#include "tool/keys/cryptsetup_error.h"
#include "tool/keys/keyslot.h"
#include "tool/keys/keyslot_memory.h"
#include "tool/keys/volume_header.h"

#define TRIES	    3
#define SECRET_SIZE 513 /* cryptsetup takes up to 512 bytes typed in */

/* An unlocking that is under way. */
struct unlocking {
	struct crypt_device *volume;
	const char *device;
	const struct keyslot_source *source;
	keyslot_use use;
	void *context;
};

/*
 * A passphrase or a PIN. Owned by unlock_with_person(), which locks it and wipes
 * it.
 */
static char asked[SECRET_SIZE];

/* Return true if libcryptsetup can use one of the volume's tokens. */
static bool has_token(struct crypt_device *volume)
{
	int tokens = volume_header_is_luks2(volume) ?
			     crypt_token_max(CRYPT_LUKS2) :
			     0;
	bool found = false;
	int i;

	for (i = 0; i < tokens && !found; i++) {
		crypt_token_info info = crypt_token_status(volume, i, NULL);

		found = info == CRYPT_TOKEN_INTERNAL ||
			info == CRYPT_TOKEN_EXTERNAL;
	}
	return found;
}

static bool device_has_token(const char *device)
{
	struct crypt_device *volume = volume_header_open(device, NULL);
	bool found = volume && has_token(volume);

	crypt_free(volume);
	return found;
}

static int set_no_terminal(struct error *error, const char *device)
{
	return error_set(
		error, ENOTTY,
		"there is no terminal to ask for the passphrase of the LUKS volume on %s: use --key-file",
		device);
}

int keyslot_check_source(const struct keyslot_source *source,
			 const char *device, struct error *error)
{
	if (source->key_file)
		return access(source->key_file, R_OK) ?
			       error_set_errno(error, "%s", source->key_file) :
			       0;
	if (ask_secret_possible() || device_has_token(device))
		return 0;
	return set_no_terminal(error, device);
}

static int use_secret(const struct unlocking *unlocking,
		      struct crypt_keyslot_context *secret)
{
	int ret = unlocking->use(unlocking->volume, secret, unlocking->context);

	crypt_keyslot_context_free(secret);
	return ret;
}

/*
 * libcryptsetup fails with either number if there is too little memory for
 * Argon2. Another passphrase may open a keyslot that needs less.
 */
static int set_failure(struct error *error, int code,
		       const struct unlocking *unlocking)
{
	char *shortage = NULL;

	if (code == -ENOMEM || code == -EINVAL)
		shortage = keyslot_memory_shortage(unlocking->volume,
						   "/proc/meminfo");
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

/* Return a negative errno on failure; -ENOANO if a token needs a PIN. */
static int try_tokens(const struct unlocking *unlocking, const char *pin)
{
	struct crypt_keyslot_context *secret;
	int ret;

	cryptsetup_error_start();
	ret = crypt_keyslot_context_init_by_token(unlocking->volume,
						  CRYPT_ANY_TOKEN, NULL, pin,
						  pin ? strlen(pin) : 0, NULL,
						  &secret);
	return ret ? ret : use_secret(unlocking, secret);
}

/* What try_ask() asks for. */
struct question {
	const char *what;
	const char *progress;
	const char *wrong;
	int retry; /* the negative errno if the answer is wrong */
	int (*try)(const struct unlocking *unlocking);
};

static int try_passphrase(const struct unlocking *unlocking)
{
	struct crypt_keyslot_context *secret;
	int ret;

	cryptsetup_error_start();
	ret = crypt_keyslot_context_init_by_passphrase(unlocking->volume, asked,
						       strlen(asked), &secret);
	return ret ? ret : use_secret(unlocking, secret);
}

static int try_pin(const struct unlocking *unlocking)
{
	return try_tokens(unlocking, asked);
}

static const struct question for_passphrase = {
	.what = "Passphrase",
	.progress = "Unlocking a keyslot takes some seconds ...",
	.wrong = "No keyslot opens with this passphrase.",
	.retry = -EPERM,
	.try = try_passphrase,
};

static const struct question for_pin = {
	.what = "PIN of the token",
	.progress = "Asking the token ...",
	.wrong = "The token does not take this PIN.",
	.retry = -ENOANO,
	.try = try_pin,
};

/* Ask until the answer is right, up to TRIES times. */
static int ask_and_try(const struct unlocking *unlocking,
		       const struct question *question)
{
	char *prompt = xasprintf("%s of the LUKS volume on %s:", question->what,
				 unlocking->device);
	int ret = question->retry, tries;

	for (tries = 0; ret == question->retry && tries < TRIES; tries++) {
		ret = ask_secret(prompt, asked, sizeof(asked));
		if (ret)
			break;
		unlocking->source->show(question->progress);
		ret = question->try(unlocking);
		explicit_bzero(asked, sizeof(asked));
		if (ret == question->retry)
			unlocking->source->show(question->wrong);
	}
	free(prompt);
	return ret;
}

/* Return true if the key was used. The passphrase is next if it was not. */
static bool unlock_with_token(const struct unlocking *unlocking)
{
	struct error error;
	int ret;

	if (!has_token(unlocking->volume))
		return false;
	unlocking->source->show("Unlocking a keyslot with a token ...");
	ret = try_tokens(unlocking, NULL);
	if (ret == -ENOANO && ask_secret_possible())
		ret = ask_and_try(unlocking, &for_pin);
	if (ret >= 0)
		return true;
	cryptsetup_error_set(&error, ret, "%s: no token unlocked a keyslot",
			     unlocking->device);
	unlocking->source->show(error.reason);
	return false;
}

static int unlock_with_passphrase(const struct unlocking *unlocking,
				  struct error *error)
{
	int ret;

	if (!ask_secret_possible())
		return set_no_terminal(error, unlocking->device);
	ret = ask_and_try(unlocking, &for_passphrase);
	if (ret >= 0)
		return 0;
	if (ret == -EPERM)
		return error_set(
			error, EPERM,
			"%s: no keyslot opened with any of %d passphrases",
			unlocking->device, TRIES);
	if (ret == -ECANCELED || ret == -EOVERFLOW)
		return error_set(error, -ret, "%s: no passphrase: %s",
				 unlocking->device, strerror(-ret));
	return set_failure(error, ret, unlocking);
}

static void lock_asked(const struct unlocking *unlocking)
{
	char *line;

	if (!mlock(asked, sizeof(asked)))
		return;
	line = xasprintf("Cannot keep the passphrase out of swap: %s",
			 strerror(errno));
	unlocking->source->show(line);
	free(line);
}

/* Nobody is asked if a token unlocks a keyslot without a PIN. */
static int unlock_with_person(const struct unlocking *unlocking,
			      struct error *error)
{
	int ret = 0;

	lock_asked(unlocking);
	if (!unlock_with_token(unlocking))
		ret = interruption_check(error) ||
				      unlock_with_passphrase(unlocking, error) ?
			      -1 :
			      0;
	explicit_bzero(asked, sizeof(asked));
	munlock(asked, sizeof(asked));
	return ret;
}

int keyslot_unlock(struct crypt_device *volume, const char *device,
		   const struct keyslot_source *source, keyslot_use use,
		   void *context, struct error *error)
{
	const struct unlocking unlocking = { volume, device, source, use,
					     context };

	return source->key_file ? unlock_with_key_file(&unlocking, error) :
				  unlock_with_person(&unlocking, error);
}
