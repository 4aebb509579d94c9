#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# test_completion.bash TOOL: bash completion, with TOOL as kdump-crypt.
# shellcheck source=completions/kdump-crypt
set -euo pipefail

. completions/kdump-crypt
tool=$1
scratch=$(mktemp -d)
trap 'rm -r "$scratch"' EXIT
failed=0

# compopt works only during a completion by readline.
# shellcheck disable=SC2317 # _kdump_crypt calls it.
compopt() { :; }

# shellcheck disable=SC2317 # _kdump_crypt calls it.
# Run the tool, but list the dumps of the test.
kdump-crypt()
{
	if [[ $1 == list && $# == 1 ]]; then
		"$tool" list --path "$scratch/dumps"
	else
		"$tool" "$@"
	fi
}

# expect LINE WORD...: these words are offered with the cursor at the end of LINE.
expect()
{
	local COMP_LINE=$1 COMP_POINT=${#1} got wanted

	shift
	_kdump_crypt kdump-crypt
	got=$(printf '%s\n' "${COMPREPLY[@]}" | sort)
	wanted=$(printf '%s\n' "$@" | sort)
	if [[ $got == "$wanted" ]]; then
		echo "[       OK ] $COMP_LINE"
	else
		echo "[  FAILED  ] $COMP_LINE: got ${got//$'\n'/ }, not ${wanted//$'\n'/ }"
		failed=1
	fi
}

mkdir -p "$scratch/dumps/lab-2026-11-22-00:33:59" "$scratch/dumps/lab-2026-11-23-00:33:59"
cd "$scratch"
touch file.conf

expect 'kdump-crypt sho' show
expect 'kdump-crypt l' list load
expect 'kdump-crypt --v' --version
expect 'kdump-crypt help l' list load
verbs=$("$tool" --help | sed -n 's/^  \([a-z-]*\) .*/\1/p')
# shellcheck disable=SC2086
expect 'kdump-crypt ' $verbs --help --version
for verb in setup load reload unload status check crash-test list show scan remove estimate config help; do
	[[ " ${verbs//$'\n'/ } " == *" $verb "* ]] || { echo "$verb is not offered"; failed=1; }
done
expect 'kdump-crypt check --' --config --help --json --path --verbose
expect 'kdump-crypt load --key' --key-file --key-timeout
expect 'kdump-crypt list --j' --json
expect 'kdump-crypt list --json --' --config --help --json --new --path
expect 'kdump-crypt remove --y' --yes
expect 'kdump-crypt scan --' --config --device --help --json --key-file --no-keys --path
expect 'kdump-crypt setup --' --config --help --kernel --path --undo --yes
expect 'kdump-crypt crash-test --' --help --yes
expect 'kdump-crypt status --' --brief --help --json --verbose
expect 'kdump-crypt unload --' --help --keep-keys
expect 'kdump-crypt list ' ''
expect 'kdump-crypt show ' lab-2026-11-22-00:33:59 lab-2026-11-23-00:33:59
expect 'kdump-crypt scan ' lab-2026-11-22-00:33:59 lab-2026-11-23-00:33:59
expect 'kdump-crypt scan --json ./f' ./file.conf
expect 'kdump-crypt scan --device fi' file.conf
expect 'kdump-crypt remove lab-2026-11-22-00:33:59 lab-2026-11-23' lab-2026-11-23-00:33:59
expect 'kdump-crypt show lab-2026-11-22-00:3' 33:59
expect 'kdump-crypt show lab-2026-11-22-00:33:' 59
expect 'kdump-crypt show --lines ' ''
expect 'kdump-crypt list --path ' dumps
expect 'kdump-crypt list --config f' file.conf
expect 'kdump-crypt nonsense --' ''
exit $failed
