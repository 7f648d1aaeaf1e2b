#!/usr/bin/env bash
# Builds sigma on a bare Debian 12 and shows that it works; --help says how.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
set -euo pipefail

usage() {
  cat <<'END'
usage: examples/quickstart.sh [FILE]

Installs the Debian packages that are missing (as root, or by sudo), builds the plugin, compresses FILE,
decompresses it again, and compares every byte. Prints size, speed and memory of both steps.

Without FILE: a tar of this system's shared objects, of 200 to 500 MB, is made and removed again.

  BUILD_DIR=NAME   build in this folder of the project (default: build). A new one is built without the tests.
  KEEP=1           keep the files that were made, and say where
  TMPDIR=FOLDER    where they are made (default: /var/tmp)
END
}

case ${1:-} in
  -h | --help)
    usage
    exit 0
    ;;
esac
if [ $# -gt 1 ]; then
  usage >&2
  exit 2
fi

invoked_from=$PWD
cd "$(dirname "$0")/.."
build=$PWD/${BUILD_DIR:-build}

say() { printf '\n== %s\n' "$*"; }
fail() {
  echo "quickstart: $*" >&2
  exit 1
}

file=${1:-}
if [ -n "$file" ]; then
  case $file in /*) ;; *) file=$invoked_from/$file ;; esac
  [ -f "$file" ] && [ -r "$file" ] || fail "$1 is not a file that can be read"
fi

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
  size=$(stat -L -c %s "$1")
  [ "$size" -gt 1000000 ] || fail "found no shared objects to make a sample of; name a FILE"
  cp "$1" "$1.once"
  while [ "$(stat -L -c %s "$1")" -lt 200000000 ]; do cat "$1.once" >>"$1"; done
  rm "$1.once"
}

# show_progress PID OUTPUT: on a terminal, how much the process has written so far.
show_progress() {
  [ -t 1 ] || return 0
  while kill -0 "$1" 2>/dev/null; do
    printf '\r  %d MB written' $(($(stat -L -c %s "$2" 2>/dev/null || echo 0) / 1000000))
    sleep 0.2
  done
  printf '\r%-40s\r' ''
}

# run_step NAME INPUT OUTPUT ELEMENT: runs the pipeline. Then `codec_ns` is the time that the element's codec
# took, by its statistics, and `peak_kib` the peak memory of the whole process.
run_step() {
  local log=$work/$1.log pid
  "$build/examples/peak-rss" gst-launch-1.0 -m filesrc location="$2" blocksize=1048576 ! \
    "$4" ! filesink location="$3" >"$log" 2>&1 &
  pid=$!
  show_progress "$pid" "$3"
  wait "$pid" || {
    cat "$log" >&2
    fail "$1 failed"
  }
  codec_ns=$(sed -n 's/.*'"$4"'-stats.*[en]code-time=(guint64)\([0-9]*\).*/\1/p' "$log" | tail -1)
  peak_kib=$(tail -1 "$log")
}

# tell_step VERB: the size, speed and memory of what run_step did.
tell_step() {
  awk -v verb="$1" -v raw="$bytes" -v coded="$(stat -L -c %s "$work/encoded.sigma")" -v ns="${codec_ns:-0}" \
    -v peak="$peak_kib" 'BEGIN {
      if (verb == "compressed")
        printf "%d bytes became %d: %.2f times as small\n", raw, coded, coded ? raw / coded : 1
      if (ns > 0) printf "%s at %.0f MB/s (on one core, without reading and writing)\n", verb, raw / ns * 1000
      printf "the whole process took %.1f MB of memory at most\n", peak * 1024 / 1e6
    }'
}

say "installing what is missing, and building in $build (about a minute)"
build_sigma
export GST_PLUGIN_PATH_1_0=$build/plugin
work=$(mktemp -d "${TMPDIR:-/var/tmp}/sigma-quickstart-XXXXXX")
[ "${KEEP:-}" = 1 ] || trap 'rm -rf "$work"' EXIT
# A list of plugins of its own: the user's stays as it is.
export GST_REGISTRY=$work/registry.bin
gst-inspect-1.0 sigmaenc >/dev/null || fail "GStreamer does not load the plugin; see: gst-inspect-1.0 sigmaenc"

if [ -z "$file" ]; then
  say "making a sample: a tar of this system's shared objects"
  file=$work/shared-objects.tar
  make_sample "$file"
fi
bytes=$(stat -L -c %s "$file")

say "compressing $file: filesrc ! sigmaenc ! filesink"
run_step compress "$file" "$work/encoded.sigma" sigmaenc
tell_step compressed

say "decompressing it: filesrc ! sigmadec ! filesink"
run_step decompress "$work/encoded.sigma" "$work/decoded" sigmadec
tell_step decompressed

say "comparing"
cmp "$file" "$work/decoded" || fail "the decompressed bytes differ"
echo "all $bytes bytes came back the same"
[ "${KEEP:-}" != 1 ] || echo "the files are in $work"

say "to use the plugin in this shell, from anywhere"
echo "export GST_PLUGIN_PATH_1_0=$GST_PLUGIN_PATH_1_0"
