#!/usr/bin/env bash
# Builds the libFuzzer targets with clang and runs each for SECONDS, as many at once as there are cores:
#
#     tests/fuzz/run.sh [SECONDS] [TARGET...]      (60; all targets)
#     tests/fuzz/run.sh 1200                       the long run: 20 minutes each
#     tests/fuzz/run.sh list                       the names of the targets
#
# Needs clang and libclang-rt-14-dev. The corpora stay in build-fuzz/corpus, each target's output in
# build-fuzz/TARGET.log. A finding is kept in build-fuzz and named; it is repeated by
# build-fuzz/tests/fuzz/fuzz_TARGET FILE.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
set -euo pipefail
cd "$(dirname "$0")/../.."
all=(boundary decoder filters frames framing parallel pull push random records round_trip samples search text tree)
if [ "${1:-}" = list ]; then
  echo "${all[@]}"
  exit
fi
seconds=${1:-60}
shift || true
[ $# -gt 0 ] || set -- "${all[@]}"
build=build-fuzz
[ -f $build/build.ninja ] || CXX=clang++ meson setup $build -Dfuzz=true -Dtests=enabled -Dstatic_libstdcxx=false \
  -Ddefault_library=static -Db_lundef=false -Dcpp_args=-g1 >/dev/null
ninja -C $build --quiet tests/fuzz/make_seeds "${all[@]/#/tests/fuzz/fuzz_}" >$build/build.log || {
  cat $build/build.log
  exit 1
}
$build/tests/fuzz/make_seeds $build/corpus tests/golden

# A short run is a test, and begins the same each time; a long one searches.
seed=0
[ "$seconds" -ge 60 ] || seed=1

# run_target TARGET: 50 million executions are enough for any.
run_target() {
  local log=$build/$1.log
  mkdir -p "$build/corpus/$1"
  if $build/tests/fuzz/fuzz_"$1" -max_total_time="$seconds" -seed=$seed -runs=50000000 -max_len=8192 -timeout=20 -rss_limit_mb=2048 \
    -print_final_stats=1 -verbosity=0 -artifact_prefix=$build/finding-"$1"- $build/corpus/"$1" >"$log" 2>&1; then
    echo "fuzz_$1: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") executions, no finding"
  else
    tail -40 "$log"
    echo "fuzz_$1: A FINDING, in $(ls -t $build/finding-"$1"-* 2>/dev/null | head -1)"
    return 1
  fi
}

export -f run_target
export build seconds seed
printf '%s\n' "$@" | xargs -P "$(nproc)" -I{} bash -c 'run_target {}'
