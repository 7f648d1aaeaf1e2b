#!/usr/bin/env bash
# P3: peak memory above the same pipeline with identity, encoding and decoding, by input size:
#
#     tests/bench/memory.sh [BUILD_DIR] [SIZE...]    (build; 10000000 100000000 1000000000 8000000000)
#
# Medians of RUNS (5) runs, in KiB; needs twice the largest size in TMPDIR (/var/tmp).
#
# SPDX-License-Identifier: LGPL-2.1-or-later
set -euo pipefail
build=$(realpath "${1:-build}")
shift || true
[ $# -gt 0 ] || set -- 10000000 100000000 1000000000 8000000000
runs=${RUNS:-5}
export GST_PLUGIN_PATH_1_0=$build/plugin
work=$(mktemp -d "${TMPDIR:-/var/tmp}/sigma-memory-XXXXXX")
trap 'rm -rf "$work"' EXIT
export GST_REGISTRY=$work/registry.bin

# peak ELEMENT FILE: the median peak RSS of filesrc ! ELEMENT ! fakesink.
peak() {
  for _ in $(seq "$runs"); do
    "$build/examples/peak-rss" gst-launch-1.0 -q filesrc location="$2" blocksize=1048576 ! "$1" ! fakesink
  done | sort -n | sed -n "$((runs / 2 + 1))p"
}

gst-inspect-1.0 sigmaenc >/dev/null
echo "bytes in    identity  sigmaenc  added    identity  sigmadec  added   (KiB)"
for size in "$@"; do
  "$build/tests/bench/synthetic" "$size" >"$work/in"
  gst-launch-1.0 -q filesrc location="$work/in" blocksize=1048576 ! sigmaenc ! filesink location="$work/coded"
  before=$(peak identity "$work/in")
  encoder=$(peak sigmaenc "$work/in")
  rm "$work/in"
  before_decoder=$(peak identity "$work/coded")
  decoder=$(peak sigmadec "$work/coded")
  printf '%-10s  %8d  %8d  %5d    %8d  %8d  %5d\n' "$size" "$before" "$encoder" $((encoder - before)) \
    "$before_decoder" "$decoder" $((decoder - before_decoder))
done
