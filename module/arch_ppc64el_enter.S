/* SPDX-License-Identifier: GPL-2.0 */
/*
 * If ftrace's code is out of line, a function gets its return address in r0, and
 * the code that ftrace returns to moves it into LR. Do that for a function whose
 * address is in r12.
 */
	.text
	.globl	arch_enter
	.type	arch_enter, @function
arch_enter:
	mtlr	0
	mtctr	12
	bctr
	.size	arch_enter, .-arch_enter

	.section .note.GNU-stack, "", @progbits
