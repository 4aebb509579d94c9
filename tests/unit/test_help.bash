#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# test_help.bash TOOL: help, the version, and what TOOL says to a wrong command line.
set -euo pipefail

tool=$1
scratch=$(mktemp -d)
trap 'rm -r "$scratch"' EXIT
failed=0

# expect TITLE STATUS OUT ERR ARGUMENT...: with these arguments the tool ends with this exit status
# and prints these texts.
expect()
{
	local title=$1 wanted=$2 out=$3 err=$4 status=0

	shift 4
	"$tool" "$@" >"$scratch/out" 2>"$scratch/err" || status=$?
	if [[ $status == "$wanted" && $(<"$scratch/out") == "$out" &&
		$(<"$scratch/err") == "$err" ]]; then
		echo "[       OK ] $title"
	else
		echo "[  FAILED  ] $title: $status, not $wanted"
		cat "$scratch/out" "$scratch/err"
		failed=1
	fi
}

all=$("$tool" --help)
version=$("$tool" --version)
status_help=$("$tool" status --help)
help_help=$("$tool" help --help)
[[ $all == 'Usage: kdump-crypt VERB '* && $version == 'kdump-crypt '* &&
	$status_help == 'Usage: kdump-crypt status '* && $help_help == 'Usage: kdump-crypt help '* ]]

expect 'help' 0 "$all" '' help
expect 'help of a verb' 0 "$status_help" '' help status
expect 'help of help' 0 "$help_help" '' help help
expect 'version' 0 "$version" '' -V
expect 'version of a verb' 0 "$version" '' status --version
expect 'version of a verb, short' 0 "$version" '' load -V
expect 'no verb' 2 '' "$all"
expect 'unknown verb' 2 '' "kdump-crypt: unknown verb \"nonsense\"
try 'kdump-crypt --help'" nonsense
expect 'help of an unknown verb' 2 '' "kdump-crypt: unknown verb \"nonsense\"
try 'kdump-crypt --help'" help nonsense
expect 'unknown option' 2 '' "kdump-crypt: unknown option \"--nonsense\"
try 'kdump-crypt --help'" --nonsense
expect 'unknown option of a verb' 2 '' "kdump-crypt status: unrecognized option '--nonsense'
try 'kdump-crypt status --help'" status --nonsense
expect 'options that exclude each other' 2 '' "kdump-crypt status: --brief excludes --json and --verbose
try 'kdump-crypt status --help'" status --json --brief
expect 'operand is missing' 2 '' "kdump-crypt show: show takes the name of one dump
try 'kdump-crypt show --help'" show
expect 'old name of crash-test' 2 '' "kdump-crypt: test is the old name of crash-test
kdump-crypt crash-test: crash-test takes no argument: \"now\"
try 'kdump-crypt crash-test --help'" test now
expect 'help of the old name' 0 "$("$tool" crash-test --help)" \
	'kdump-crypt: test is the old name of crash-test' help test
exit $failed
