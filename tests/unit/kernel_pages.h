/* SPDX-License-Identifier: GPL-2.0-or-later */
/* User-space versions of the kernel functions that free_pages.c uses. */
#ifndef TESTS_UNIT_KERNEL_PAGES_H
#define TESTS_UNIT_KERNEL_PAGES_H

#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/kernel_types.h"

typedef u64 phys_addr_t;

#define PAGE_SHIFT 12
#define PAGE_SIZE  (1UL << PAGE_SHIFT)

#define BIT(nr)		       (1UL << (nr))
#define BIT_ULL(nr)	       (1ULL << (nr))
#define GENMASK(high, low)     (BIT((high) + 1) - BIT(low))
#define GENMASK_ULL(high, low) (BIT_ULL((high) + 1) - BIT_ULL(low))
#define ARRAY_SIZE(array)      (sizeof(array) / sizeof((array)[0]))
#define round_down(value, to)  ((value) & ~((to) - 1))

#define IS_ERR(pointer)	 ((unsigned long)(pointer) >= -4095UL)
#define PTR_ERR(pointer) ((long)(pointer))
#define ERR_PTR(error)	 ((void *)(long)(error))
#define kfree(pointer)	 free(pointer)

#endif /* TESTS_UNIT_KERNEL_PAGES_H */
