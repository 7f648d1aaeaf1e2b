#!/usr/bin/env bash
# How long sigma grep takes for texts in a log, beside sigma cat | grep and zstd -dc | grep:
#
#     tests/bench/search-times.sh BUILD LOG TEXT...
#
# For each TEXT, lines that have it, and medians of RUNS (5) runs, taken in turns, in ms: CPU time of all processes, and wall
# time. LOG is coded at LEVEL (3), with and without a search index. grow-log makes a log large. Needs the size of LOG in
# TMPDIR (/var/tmp), if it shrinks to a third.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
set -euo pipefail
[ $# -gt 2 ] || { echo "usage: $0 BUILD LOG TEXT..." >&2; exit 2; }
sigma=$(realpath "$1")/gst/tool/sigma
log=$(realpath "$2")
shift 2
runs=${RUNS:-5}
level=${LEVEL:-3}
export LC_ALL=C
work=$(mktemp -d "${TMPDIR:-/var/tmp}/sigma-search-XXXXXX")
trap 'rm -rf "$work"' EXIT

plain() { "$sigma" grep -F -e "$text" "$work/plain"; }
index() { "$sigma" grep -F -e "$text" "$work/index"; }
cat_grep() { "$sigma" cat "$work/plain" | grep -F -e "$text"; }
zstd_grep() { zstd -dcq "$work/zstd" | grep -F -e "$text"; }

# measure FUNCTION: CPU and wall time.
measure() {
  local TIMEFORMAT='%U %S %R'
  { time { "$1" >"$work/out" 2>/dev/null || true; }; } 2>&1 | awk '{ printf "%d %d\n", 1000 * ($1 + $2), 1000 * $3 }'
}

# compare FUNCTION...: medians, taken in turns.
compare() {
  local name column
  rm -f "$work"/times-*
  for _ in $(seq "$runs"); do
    for name in "$@"; do
      measure "$name" >>"$work/times-$name"
    done
  done
  for name in "$@"; do
    printf '  %s' "$name"
    for column in 1 2; do
      printf ' %d' "$(cut -d' ' -f$column "$work/times-$name" | sort -n | sed -n "$((runs / 2 + 1))p")"
    done
  done
  echo
}

"$sigma" "-$level" -c "$log" >"$work/plain"
"$sigma" "-$level" -c --search-index "$log" >"$work/index"
zstd -q -3 -c "$log" >"$work/zstd"
echo "bytes: $(stat -c %s "$log") plain $(stat -c %s "$work/plain") index $(stat -c %s "$work/index") zstd $(stat -c %s "$work/zstd")"
for text; do
  printf "'%s' in %d lines:" "$text" "$(grep -cF -e "$text" "$log")"
  compare plain index cat_grep zstd_grep
done
