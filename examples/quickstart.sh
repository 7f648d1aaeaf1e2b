#!/usr/bin/env bash
# The main job on a bare Debian 12: installs what is missing, builds, encodes FILE, decodes it again,
# compares byte for byte, and says what each step took.
#
#     examples/quickstart.sh [FILE]
#
# Without FILE: a tar of this system's shared objects, at least 200 MB. What it makes stays in a
# temporary folder (TMPDIR, else /var/tmp) until the end; KEEP=1 keeps it. BUILD_DIR (default:
# build) is where it builds.
set -euo pipefail
invoked_from=$PWD
cd "$(dirname "$0")/.."

build=$PWD/${BUILD_DIR:-build}

say() { printf '\n== %s\n' "$*"; }
fail() {
  echo "quickstart: $*" >&2
  exit 1
}

build_sigma() {
  .ci/install-packages build
  [ -f "$build/build.ninja" ] || meson setup "$build" -Dtests=disabled >/dev/null
  ninja -C "$build" --quiet
}

# make_sample FILE: a tar of shared objects, of 200 to 500 MB.
make_sample() {
  find /usr/lib /lib /usr/local/lib -xdev -name '*.so*' -type f -size +4k -print0 2>/dev/null |
    sort -zu | tar --create --file=- --null --files-from=- --absolute-names 2>/dev/null |
    head -c 500000000 >"$1" || true
  # A small system: the same again, until it is enough.
  local size
  size=$(stat -c %s "$1")
  [ "$size" -gt 1000000 ] || fail "found no shared objects to make a sample of; name a FILE"
  cp "$1" "$1.once"
  while [ "$(stat -c %s "$1")" -lt 200000000 ]; do cat "$1.once" >>"$1"; done
  rm "$1.once"
}

# show_progress PID LOG: while the process runs, what progressreport said last.
show_progress() {
  local pid=$1 log=$2 line shown=
  while kill -0 "$pid" 2>/dev/null; do
    line=$(tail -c 200 "$log" | tr -d '\0' | sed -n 's/^progress.*): \(.*%)\)$/\1/p' | tail -1)
    if [ -t 1 ]; then
      printf '\r%-60s' "  $line"
    elif [ -n "$line" ] && [ "$line" != "$shown" ]; then
      echo "  $line"
    fi
    shown=$line
    sleep 0.25
  done
  [ ! -t 1 ] || printf '\r%-60s\r' ''
}

# run_step NAME BYTES INPUT OUTPUT ELEMENT: runs the pipeline, and prints its output's size, the
# ratio of BYTES to it, the speed and the peak memory.
run_step() {
  local name=$1 bytes=$2 input=$3 output=$4 element=$5 log=$work/$1.log began ended pid
  began=$(date +%s%N)
  "$build/examples/peak-rss" gst-launch-1.0 filesrc location="$input" blocksize=1048576 ! \
    progressreport name=progress update-freq=1 format=bytes ! \
    "$element" ! filesink location="$output" >"$log" 2>&1 &
  pid=$!
  show_progress "$pid" "$log"
  wait "$pid" || {
    cat "$log" >&2
    fail "$name failed"
  }
  ended=$(date +%s%N)
  awk -v name="$name" -v raw="$bytes" -v out="$(stat -c %s "$output")" -v ns=$((ended - began)) \
    -v peak="$(tail -1 "$log")" 'BEGIN {
      printf "%s: %d bytes, ratio %.3f, %.1f MB/s, peak memory %.1f MB (the whole process)\n",
        name, out, out == 0 ? 0 : raw / out, raw / ns * 1000, peak * 1024 / 1e6
    }'
}

say "building"
build_sigma
export GST_PLUGIN_PATH_1_0=$build/plugin
# Beside what is installed: another system's registry stays as it is.
work=$(mktemp -d "${TMPDIR:-/var/tmp}/sigma-quickstart-XXXXXX")
[ "${KEEP:-}" = 1 ] || trap 'rm -rf "$work"' EXIT
export GST_REGISTRY=$work/registry.bin
gst-inspect-1.0 sigmaenc >/dev/null || fail "the plugin does not load"

if [ $# -gt 0 ]; then
  file=$1
  case $file in /*) ;; *) file=$invoked_from/$file ;; esac
  [ -f "$file" ] && [ -r "$file" ] || fail "$1 is not a file that can be read"
else
  say "collecting this system's shared objects"
  file=$work/shared-objects.tar
  make_sample "$file"
fi

bytes=$(stat -c %s "$file")
say "$file, $bytes bytes"
run_step encode "$bytes" "$file" "$work/encoded.sigma" sigmaenc
run_step decode "$bytes" "$work/encoded.sigma" "$work/decoded" sigmadec
cmp "$file" "$work/decoded" || fail "the decoded bytes differ"
say "decoded and compared: all $bytes bytes are the same"
[ "${KEEP:-}" = 1 ] && echo "kept in $work"
exit 0
