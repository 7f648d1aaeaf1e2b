#!/usr/bin/env bash
# Installs what is missing, builds, and runs the tests. Ends with the counts.
#
#     tests/run.sh            the tests, as built for users: at most 6 minutes on two cores
#     tests/run.sh all        these, and: under GStreamer's leaks tracer, under the address and
#                             undefined-behaviour sanitizers, those of threads and elements under the
#                             thread sanitizer, the soak in its short form, and each fuzzer for a few seconds
#
# BUILD_DIR (default: build-test) is where it builds; SIGMA_WERROR=true makes warnings errors.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
set -euo pipefail
cd "$(dirname "$0")/.."

what=${1:-plain}
case $what in
  plain | all) ;;
  *)
    sed -n '2,/^[^#]/s/^# \?//p' "$0"
    exit 2
    ;;
esac
build=${BUILD_DIR:-build-test}
werror=${SIGMA_WERROR:-false}
passed=0
failed=0

# setup DIR TARGETS OPTION...: configures and builds; says nothing unless it fails.
setup() {
  local dir=$1 targets log
  read -ra targets <<<"$2"
  log=$(mktemp)
  shift 2
  {
    { [ -f "$dir/build.ninja" ] || meson setup "$dir" -Dtests=enabled -Dwerror="$werror" "$@"; } &&
      ninja -C "$dir" "${targets[@]}"
  } >"$log" 2>&1 || {
    cat "$log"
    exit 1
  }
  rm -f "$log"
}

# count_tests LOG: a line for each program in a log of Meson's (JSON), then how many tests passed and failed.
# Of a Check program each test counts, of another its exit code.
count_tests() {
  python3 - "$1" <<'END'
import json
import re
import sys

passed = failed = 0
for line in open(sys.argv[1]):
    program = json.loads(line)
    if program['result'] == 'SKIP':
        continue
    counts = re.search(r'^\d+%: Checks: (\d+), Failures: (\d+), Errors: (\d+)$', program.get('stdout') or '', re.M)
    checks, failures, errors = map(int, counts.groups()) if counts else (1, 0, 0)
    bad = failures + errors
    if program['result'] != 'OK' and bad == 0:
        bad = 1  # it died, and did not count its tests
        checks = max(checks, 1)
    passed += checks - bad
    failed += bad
    print(f"{program['name'].split()[-1]:28} {checks - bad:3} passed, {bad} failed, {program['duration']:5.1f} s")
print(passed, failed)
END
}

# run_tests TITLE DIR [TEST...]: the tests of a build, all of them if none is named.
run_tests() {
  local title=$1 dir=$2 counts checks bad
  shift 2
  echo "== $title"
  rm -f "$dir/meson-logs/testlog.json"
  if ! meson test -C "$dir" --no-rebuild --print-errorlogs --quiet "$@" >"$dir/test.out" 2>&1; then
    cat "$dir/test.out"
  fi
  counts=$(count_tests "$dir/meson-logs/testlog.json")
  sed '$d' <<<"$counts"
  read -r checks bad <<<"${counts##*$'\n'}"
  passed=$((passed + checks))
  failed=$((failed + bad))
}

# count_command NAME COMMAND...: one more test, by its exit code.
count_command() {
  local name=$1
  shift
  if "$@"; then
    passed=$((passed + 1))
  else
    echo "$name: FAILED"
    failed=$((failed + 1))
  fi
}

# link_plugins DIR: makes a folder of those system plugins that the tests use, and prints its name.
link_plugins() {
  local name from
  from=$(pkg-config --variable=pluginsdir gstreamer-1.0)
  mkdir -p "$1"
  for name in app audioconvert audiotestsrc audioresample coreelements debug gdp gio isomp4 jpeg matroska \
    multifile ogg playback soup subparse tcp typefindfunctions videoconvertscale videotestsrc vorbis wavenc wavparse; do
    ln -sf "$from/libgst$name.so" "$1/"
  done
  echo "$1"
}

# find_leaks DIR NAME: a GStreamer test in one process, so that what is still alive at the end shows.
find_leaks() {
  local dir=$1 name=$2 log=$1/leaks-$2.log trace=$1/leaks-$2.trace
  local alive='object-alive, type-name=\(string\)[A-Z]'
  # A registry of its own, because two run at once.
  if CK_FORK=no GST_TRACERS=leaks GST_DEBUG=GST_TRACER:7 GST_DEBUG_FILE=$trace \
    G_DEBUG=fatal-criticals GST_PLUGIN_PATH_1_0=$dir/plugin GST_REGISTRY=$dir/leaks-$name.registry \
    GST_PRESET_PATH=$PWD/plugin/presets \
    SIGMA_PEAK_RSS=$dir/examples/peak-rss SIGMA_TEST_SHORT=1 \
    "$dir/tests/check/${name}_test" >"$log" 2>&1 &&
    grep -q 'leaks' "$trace" &&
    ! grep -qE "$alive" "$trace"; then
    echo "leaks: $name: none"
  else
    echo "leaks: $name: FAILED"
    tail -5 "$log"
    grep -oE "$alive.*" "$trace" | sort | uniq -c | sort -rn | head -10 || true
  fi
}

# run_leaks DIR: these tests, as many at once as there are cores; the long ones first.
run_leaks() {
  local names clean out=$1/leaks.out
  names=(elements_{times,buffers,enc,live,pull,seek,dec,properties,skip} pipelines_{pipelines,files,starts})
  echo "== GStreamer's leaks tracer"
  export -f find_leaks
  printf '%s\n' "${names[@]}" | xargs -P "$(nproc)" -I{} bash -c 'find_leaks "$0" {}' "$1" | tee "$out"
  clean=$(grep -c '^leaks: .*: none$' "$out" || true)
  passed=$((passed + clean))
  failed=$((failed + ${#names[@]} - clean))
}

# run_fuzzers SECONDS: each of them is a test.
run_fuzzers() {
  local all clean out
  all=$(tests/fuzz/run.sh list | wc -w)
  out=$(mktemp)
  tests/fuzz/run.sh "$1" | tee "$out" || true
  clean=$(grep -c ', no finding$' "$out" || true)
  passed=$((passed + clean))
  failed=$((failed + all - clean))
  rm -f "$out"
}

.ci/install-packages test
# Engines that run many jobs, for the tests of these.
[ "$what" = plain ] || .ci/install-packages test parallel slurmctld slurmd slurm-client
echo "== building"
# Nothing that runs depends on what a debugger is told, which takes a third of the time to compile.
setup "$build" all -Ddebug=false
run_tests "tests as built for users" "$build"
if [ "$what" = all ]; then
  run_leaks "$PWD/$build"
  echo "== building with sanitizers"
  # Less optimised, and with lines but no variables for a debugger, they are built in half the time.
  setup "$build-sanitized" meson-test-prereq -Doptimization=1 -Dcpp_args=-g1 -Db_sanitize=address,undefined -Db_lundef=false -Dstatic_libstdcxx=false
  # The plugin scanner is not built with the sanitizer and cannot load the plugin, so the tests scan
  # themselves; only the plugins they use, because others leak.
  export GST_REGISTRY_FORK=no SIGMA_TEST_SHORT=1
  GST_PLUGIN_SYSTEM_PATH_1_0=$(link_plugins "$PWD/$build-sanitized/system-plugins")
  export GST_PLUGIN_SYSTEM_PATH_1_0
  export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
  run_tests "tests under AddressSanitizer, LeakSanitizer and UBSan" "$build-sanitized"
  echo "== building with the thread sanitizer"
  threaded=({decode,encode}/threads elements/{dec,enc,faults,live,properties,pull,seek,skip})
  setup "$build-threads" "plugin/libgstsigma.so examples/peak-rss $(printf "tests/check/%s_test " "${threaded[@]//\//_}")" -Doptimization=1 -Dcpp_args=-g1 -Db_sanitize=thread -Db_lundef=false -Dstatic_libstdcxx=false
  export TSAN_OPTIONS=suppressions=$PWD/tests/tsan.supp:detect_deadlocks=0
  run_tests "tests of threads and elements under ThreadSanitizer" "$build-threads" \
    "${threaded[@]}"
  unset GST_PLUGIN_SYSTEM_PATH_1_0 GST_REGISTRY_FORK SIGMA_TEST_SHORT
  echo "== the soak, in short"
  count_command soak env GST_PLUGIN_PATH_1_0="$PWD/$build/plugin" "$build/tests/bench/soak" 2
  echo "== fuzzers, 8 seconds each"
  .ci/install-packages test clang libclang-rt-14-dev
  run_fuzzers 8
fi
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
