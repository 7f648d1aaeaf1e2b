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

# show_progress PID OUTPUT EXPECTED: while the process runs, how much it has written, and of how much
# if that is known (not 0).
show_progress() {
  local pid=$1 output=$2 expected=$3 size shown=
  while kill -0 "$pid" 2>/dev/null; do
    size=$(stat -c %s "$output" 2>/dev/null || echo 0)
    shown="  $((size / 1000000)) MB written"
    [ "$expected" = 0 ] || shown="$shown ($((size * 100 / expected)) %)"
    # A line that renews itself on a terminal, a line now and then elsewhere.
    if [ -t 1 ]; then printf '\r%-40s' "$shown"; else echo "$shown"; fi
    if [ -t 1 ]; then sleep 0.2; else sleep 1; fi
  done
  [ ! -t 1 ] || printf '\r%-40s\r' ''
}

# run_step NAME INPUT OUTPUT ELEMENT EXPECTED: runs the pipeline, and prints its output's size, the
# compression ratio, the speed in decoded bytes and the peak memory.
run_step() {
  local name=$1 input=$2 output=$3 element=$4 expected=$5 log=$work/$1.log began ended pid
  began=$(date +%s%N)
  "$build/examples/peak-rss" gst-launch-1.0 -q filesrc location="$input" blocksize=1048576 ! \
    "$element" ! filesink location="$output" >"$log" 2>&1 &
  pid=$!
  show_progress "$pid" "$output" "$expected"
  wait "$pid" || {
    cat "$log" >&2
    fail "$name failed"
  }
  ended=$(date +%s%N)
  awk -v name="$name" -v raw="$bytes" -v out="$(stat -c %s "$output")" -v ns=$((ended - began)) \
    -v coded="$(stat -c %s "$work/encoded.sigma")" -v peak="$(tail -1 "$log")" 'BEGIN {
      printf "%s: %d bytes, ratio %.3f, %.1f MB/s, peak memory %.1f MB (the whole process)\n",
        name, out, raw / coded, raw / ns * 1000, peak * 1024 / 1e6
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
run_step encode "$file" "$work/encoded.sigma" sigmaenc 0
run_step decode "$work/encoded.sigma" "$work/decoded" sigmadec "$bytes"
cmp "$file" "$work/decoded" || fail "the decoded bytes differ"
say "decoded and compared: all $bytes bytes are the same"
[ "${KEEP:-}" = 1 ] && echo "kept in $work"
exit 0
