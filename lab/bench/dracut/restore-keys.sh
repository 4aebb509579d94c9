#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A hook of dracut's initqueue: makes keys of what the first kernel saved.
restore=/sys/kernel/config/crash_dm_crypt_keys/restore

# The module is loaded before this, but configfs may not be mounted yet.
for _ in 1 2 3 4 5 6 7 8 9 10; do
	[ ! -e "$restore" ] || break
	sleep 1
done
if [ "$(cat "$restore" 2>/dev/null)" != 1 ]; then
	echo yes >"$restore" && echo "save-dump: keys restored" >/dev/console
fi
