// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage: load-segment [--compat] [--unreadable] ADDRESS
 *        load-segment unload
 * Call kexec_load(2) with a crash image of one page, which is never to be run,
 * for this address in reserved memory. Print "OK" or the name of an errno.
 *
 * --compat	as a program of 32 bits calls it
 * --unreadable	the content of the page cannot be read
 */
#include <err.h>
#include <errno.h>
#include <linux/kexec.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/guest/common.h"

#define PAGE_SIZE	  4096
#define COMPAT_KEXEC_LOAD 283

/* A program of 32 bits can only point to these. */
struct low_memory {
	unsigned char page[PAGE_SIZE];
	struct kexec_segment segment;
	struct {
		uint32_t buf, bufsz, mem, memsz;
	} compat_segment;
};

static struct low_memory *allocate(void)
{
	struct low_memory *low =
		mmap(NULL, sizeof(*low), PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	if (low == MAP_FAILED)
		err(1, "mmap");
	return low;
}

static int load(struct low_memory *low, const void *content, long address)
{
	low->segment = (struct kexec_segment) {
		.buf = content,
		.bufsz = PAGE_SIZE,
		.mem = (void *)address,
		.memsz = PAGE_SIZE,
	};
	return syscall(SYS_kexec_load, address, 1UL, &low->segment,
		       (unsigned long)KEXEC_ON_CRASH) ?
		       errno :
		       0;
}

static int load_compat(struct low_memory *low, const void *content,
		       long address)
{
	long ret = COMPAT_KEXEC_LOAD;

	low->compat_segment.buf = (uintptr_t)content;
	low->compat_segment.bufsz = PAGE_SIZE;
	low->compat_segment.mem = address;
	low->compat_segment.memsz = PAGE_SIZE;
	asm volatile("int $0x80"
		     : "+a"(ret)
		     : "b"(address), "c"(1L), "d"(&low->compat_segment),
		       "S"((long)(KEXEC_ON_CRASH | KEXEC_ARCH_X86_64))
		     : "memory", "r8", "r9", "r10", "r11");
	return -ret;
}

int main(int argc, char **argv)
{
	struct low_memory *low = allocate();
	const void *content = low->page;
	bool compat = false;

	for (; argc > 2; argc--, argv++) {
		compat |= !strcmp(argv[1], "--compat");
		if (!strcmp(argv[1], "--unreadable"))
			content = (void *)PAGE_SIZE;
	}
	if (argc < 2)
		errx(2,
		     "usage: load-segment [--compat] [--unreadable] ADDRESS|unload");
	if (!strcmp(argv[1], "unload"))
		puts(errno_name(syscall(SYS_kexec_load, 0UL, 0UL, NULL,
					(unsigned long)KEXEC_ON_CRASH) ?
					errno :
					0));
	else
		puts(errno_name(
			(compat ? load_compat : load)(low, content,
						      parse_number(argv[1]))));
	return 0;
}
