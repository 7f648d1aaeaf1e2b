#!/usr/bin/env bash
# Line and branch coverage of gst/sigma and plugin/ by all tests:
#
#     tests/coverage.sh
#
# Prints a table by file with the lines that no test reaches (docs/testing.md says why), then branches.
# Ends with 1 below 95 % of the lines.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
set -euo pipefail
cd "$(dirname "$0")/.."
build=build-coverage
.ci/install-packages test gcovr
[ -f $build/build.ninja ] || meson setup $build -Dtests=enabled -Db_coverage=true -Dbuildtype=debug >/dev/null
ninja -C $build --quiet
find $build -name '*.gcda' -delete
meson test -C $build --quiet --no-rebuild --timeout-multiplier 3 --print-errorlogs >$build/test.out || {
  cat $build/test.out
  exit 1
}
common=(--root . --filter 'gst/sigma/' --filter 'plugin/' --gcov-ignore-parse-errors --exclude-throw-branches $build)
gcovr "${common[@]}" --txt $build/lines.txt --fail-under-line 95 || result=1
cat $build/lines.txt
echo
echo "== branches of the decoder"
gcovr --branches "${common[@]}" | grep -E 'File|decoder|evaluator|boundary|packet|tree|index|zstd|stream_map|end_search|random_access|TOTAL'
exit "${result:-0}"
