#!/usr/bin/env bash
# Level 3 against `zstd -3`, whole processes, CPU time, in turn, input in the page cache:
#
#     tests/bench/speed.sh BUILD_DIR FILE...
#
# Medians of RUNS (5) runs. Each file is repeated to about 400 MB for the times, so that starting a
# process does not count; the ratios are of the file itself.
set -euo pipefail
[ $# -ge 2 ] || {
  sed -n '2,7s/^# \{0,1\}//p' "$0"
  exit 2
}
build=$(realpath "$1")
shift
runs=${RUNS:-5}
export GST_PLUGIN_PATH_1_0=$build/plugin
work=$(mktemp -d "${TMPDIR:-/var/tmp}/sigma-speed-XXXXXX")
trap 'rm -rf "$work"' EXIT
export GST_REGISTRY=$work/registry.bin
gst-inspect-1.0 sigmaenc >/dev/null

# cpu NAME COMMAND...: adds the command's user and system seconds to the file of that name.
cpu() {
  local name=$1 TIMEFORMAT='%U %S'
  shift
  { time "$@" >/dev/null 2>&1; } 2>>"$work/$name.times"
}
median() { awk '{print $1 + $2}' "$work/$1.times" | sort -n | sed -n "$((runs / 2 + 1))p"; }
encode() { gst-launch-1.0 -q filesrc location="$1" blocksize=1048576 ! sigmaenc ! filesink location="$2"; }

printf '%-20s %9s %9s %7s   %9s %9s %7s   %9s %9s %7s\n' file ratio zstd-3 × 'encode s' zstd-3 × 'decode s' zstd × | sed 's/×/ x/g'
for file in "$@"; do
  rm -f "$work"/*.times "$work"/big*
  encode "$file" "$work/small.sigma"
  zstd -3 -q -f "$file" -o "$work/small.zst"
  while [ "$(stat -c %s "$work/big" 2>/dev/null || echo 0)" -lt 400000000 ]; do cat "$file" >>"$work/big"; done
  encode "$work/big" "$work/big.sigma"
  zstd -3 -q -f "$work/big" -o "$work/big.zst"
  for _ in $(seq "$runs"); do
    cpu encode gst-launch-1.0 -q filesrc location="$work/big" blocksize=1048576 ! sigmaenc ! fakesink
    cpu zstd zstd -3 -q -c "$work/big"
    cpu decode gst-launch-1.0 -q filesrc location="$work/big.sigma" blocksize=1048576 ! sigmadec ! fakesink
    cpu unzstd zstd -d -q -c "$work/big.zst"
  done
  awk -v name="$(basename "$file")" -v raw="$(stat -c %s "$file")" -v s="$(stat -c %s "$work/small.sigma")" \
    -v z="$(stat -c %s "$work/small.zst")" -v e="$(median encode)" -v ze="$(median zstd)" \
    -v d="$(median decode)" -v zd="$(median unzstd)" 'BEGIN {
      printf "%-20s %9.4f %9.4f %7.4f   %9.2f %9.2f %7.3f   %9.2f %9.2f %7.3f\n", name, raw / s, raw / z, z / s,
        e, ze, e / ze, d, zd, d / zd
    }' | tee -a "$work/rows"
done
awk '{r += log($4); e += log($7); d += log($10)} END {
  printf "%-20s %27.4f   %27.3f   %27.3f\n", "geometric mean", exp(r / NR), exp(e / NR), exp(d / NR)
}' "$work/rows"
