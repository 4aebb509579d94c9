#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Run by dracut: adds the module that takes the volume keys to the boot initramfs, and its options.
# dracut adds such options by itself only if it makes an initramfs for one machine.

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
