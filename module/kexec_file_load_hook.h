/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The hooks for kexec_file_load(2), if ARCH_SAVES_SEGMENT. One wraps the
 * function that builds a crash image, and one of those that watch may shorten
 * the image.
 */
#ifndef CRASH_DM_CRYPT_KEXEC_FILE_LOAD_HOOK_H
#define CRASH_DM_CRYPT_KEXEC_FILE_LOAD_HOOK_H

#include <linux/kexec.h>

/* As the functions of kexec_hook.h. */
int kexec_file_load_hook_init(void);
int kexec_file_load_hook_begin(void);
void kexec_file_load_hook_end(void);
void kexec_file_load_hook_exit(void);

/*
 * Control pages are being allocated for @image, a crash image. Callable from any
 * context.
 */
void kexec_file_load_hook_allocates(struct kimage *image);

#endif /* CRASH_DM_CRYPT_KEXEC_FILE_LOAD_HOOK_H */
