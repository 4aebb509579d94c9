#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# dracut's module for the contender "dracut": what kdump-utils has its initramfs do, on a Debian. As
# there, kdump-crypt's module for dracut adds the kernel module, and has it loaded.
# The variables are dracut's.
# shellcheck disable=SC2154

check() {
	return 255	# only if it is named
}

depends() {
	echo systemd crypt lvm
}

installkernel() {
	hostonly='' instmods dm_crypt
}

install() {
	inst_multiple cryptsetup makedumpfile mkdir mv date sync sleep systemctl
	inst_hook initqueue 20 "$moddir/restore-keys.sh"
	inst_script "$moddir/save-dump.sh" /usr/bin/save-dump
	inst_simple "$moddir/save-dump.service" "$systemdsystemunitdir/save-dump.service"
	systemctl -q --root "$initdir" add-wants initrd.target save-dump.service

	# Opened here with its volume key, and not by systemd-cryptsetup, which cannot take one.
	: >"$initdir/etc/crypttab"
	mkdir -p "$initdir/etc/udev/rules.d"
	cat >"$initdir/etc/udev/rules.d/70-restored-key.rules" <<-'EOF'
		ENV{ID_FS_TYPE}=="crypto_LUKS", RUN+="/sbin/initqueue --settled --unique --onetime \
		--name open-%k /usr/sbin/cryptsetup open --volume-key-keyring \
		%%user:cryptsetup:$env{ID_FS_UUID} $env{DEVNAME} crash"
	EOF
	dracut_need_initqueue
}
