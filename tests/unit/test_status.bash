#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# test_status.bash TOOL: what TOOL status prints on a machine that is not armed, and its exit
# status.
set -euo pipefail

tool=$1
failed=0

if [[ -e /run/kdump-crypt/armed.json ]]; then
	echo "[  SKIPPED ] this machine is armed"
	exit 0
fi

# check TITLE COMMAND...: the command succeeds.
check()
{
	local title=$1

	shift
	if "$@"; then
		echo "[       OK ] $title"
	else
		echo "[  FAILED  ] $title"
		failed=1
	fi
}

# run OPTION...: the output is in $said, and the exit status in $status.
run()
{
	status=0
	said=$("$tool" status "$@" 2>&1) || status=$?
}

run
check 'exit status' test "$status" = 3
check 'text' grep -q '^Armed: *no$' <<<"$said"

run --brief
check 'exit status with --brief' test "$status" = 3
check '--brief' grep -qE '^not armed: .*: (run kdump-crypt|reboot)' <<<"$said"
check '--brief is one line' test "$(wc -l <<<"$said")" = 1

run --json
check 'exit status with --json' test "$status" = 3
check 'format' grep -qE '^  "format": ?1,$' <<<"$said"
check 'not armed' grep -qE '^  "armed": ?false,$' <<<"$said"
keys=$(sed -n 's/^  "\([a-z_]*\)":.*/\1/p' <<<"$said" | tr '\n' ' ')
check 'all keys' test "$keys" = \
	'format armed problem warnings path crash_kernel kernel_file initramfs_file command_line config_file filesystems luks_volumes hidden_luks_volumes armed_time armed_command armed_unit armed_pid needed_bytes saved_keys reserved_bytes other_tools '
for key in $keys; do
	check "$key is documented" grep -q "^\.It Sy.* $key\b" man/kdump-crypt.8
done

run --verbose
check 'exit status with --verbose' test "$status" = 3
check '--verbose' grep -q '^Reserved: *[0-9]* MiB' <<<"$said"

for option in --json --verbose; do
	run --brief "$option"
	check 'wrong usage' test "$status" = 2
done
status=0
"$tool" status >/dev/full 2>/dev/null || status=$?
check 'the output cannot be written' test "$status" = 1
exit $failed
