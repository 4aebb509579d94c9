#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# test_example.bash TOOL: the example configuration names every directive that TOOL knows, and no
# other, with its default if it has one.
set -euo pipefail

tool=$1
example=examples/kdump-crypt.conf
scratch=$(mktemp -d)
trap 'rm -r "$scratch"' EXIT
failed=0

fail()
{
	echo "[  FAILED  ] $example: $1"
	failed=1
}

# The comments of a person have a blank after the "#".
sed -n 's/^#\([^ ]\)/\1/p' "$example" >"$scratch/all"
"$tool" config --config "$scratch/all" >"$scratch/effective"
while IFS= read -r line; do
	[[ $line == *"# $scratch/all:"* ]] || fail "a directive is missing: $line"
done <"$scratch/effective"

"$tool" config --config /dev/null >"$scratch/defaults"
while IFS= read -r line; do
	grep -qxF -- "#$line" "$example" || fail "the default is: $line"
done < <(sed -n 's/\t# default$//p' "$scratch/defaults")

# As it is, it changes nothing.
"$tool" config --config "$example" | cmp - "$scratch/defaults" || fail "is not all comments"

[[ $failed == 1 ]] || echo "[       OK ] $example"
exit $failed
