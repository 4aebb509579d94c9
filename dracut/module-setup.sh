#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Run by dracut: the boot initramfs gets the module that takes the volume keys, and its options,
# which dracut takes along by itself only where it makes an initramfs for one machine.

options=/etc/modprobe.d/kdump-crypt.conf

# shellcheck disable=SC2154 # dracut sets dracutsysrootdir.
check() {
	# Not before kdump-crypt setup has written it.
	[[ -f $dracutsysrootdir$options ]] || return 255
}

installkernel() {
	hostonly='' instmods crash_dm_crypt
}

install() {
	inst_simple "$options"
}
