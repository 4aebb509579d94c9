#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A hook of dracut's initqueue: makes keys of what the first kernel saved.
restore=/sys/kernel/config/crash_dm_crypt_keys/restore

if [ "$(cat "$restore" 2>/dev/null)" != 1 ]; then
	modprobe -a configfs crash_dm_crypt
	[ -d /sys/kernel/config/crash_dm_crypt_keys ] ||
		mount -t configfs configfs /sys/kernel/config
	echo yes >"$restore" && echo "save-dump: keys restored" >/dev/console
fi
