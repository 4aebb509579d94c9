#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Run by dracut. Adds the module crash_dm_crypt to two kinds of initramfs: to the boot initramfs, in
# which the module takes the volume keys, and to a crash kernel's initramfs of another tool, such as
# kdump-utils, that restores keys with it. It runs after dracut's other modules, to see what they do.
# The variables are dracut's.
# shellcheck disable=SC2154

options=/etc/modprobe.d/kdump-crypt.conf

# dracut adds such options by itself only if it makes an initramfs for one machine.
takes_keys() {
	# kdump-crypt setup writes them.
	[[ -f $dracutsysrootdir$options ]]
}

restores_keys() {
	grep -rqs crash_dm_crypt_keys "$initdir"/{usr,var}/lib/dracut/hooks
}

check() {
	return 0
}

installkernel() {
	# A kernel with its own crash_dm_crypt_keys has no such module.
	if takes_keys || restores_keys; then
		hostonly='' instmods crash_dm_crypt
	fi
	if restores_keys && [[ $kernel_only != yes ]] &&
		modinfo -k "$kernel" crash_dm_crypt &>/dev/null; then
		# Load it before the hooks, as --force-drivers does.
		mkdir -p "$initdir/etc/cmdline.d"
		echo rd.driver.pre=crash_dm_crypt >"$initdir/etc/cmdline.d/20-crash_dm_crypt.conf"
	fi
}

install() {
	if takes_keys; then
		inst_simple "$options"
	fi
}
