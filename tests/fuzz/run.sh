#!/usr/bin/env bash
# Builds the libFuzzer targets with clang and runs each for SECONDS (60):
#
#     tests/fuzz/run.sh [SECONDS] [TARGET...]      (boundary decoder pull push random round_trip tree)
#
# Needs clang and libclang-rt-14-dev. The corpora stay in build-fuzz/corpus; a finding is kept there and ends the run.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-60}
shift || true
[ $# -gt 0 ] || set -- boundary decoder pull push random round_trip tree
build=build-fuzz
[ -f $build/build.ninja ] || CXX=clang++ meson setup $build -Dfuzz=true -Dtests=enabled -Dstatic_libstdcxx=false \
  -Ddefault_library=static -Db_lundef=false >/dev/null
ninja -C $build --quiet
$build/tests/fuzz/make_seeds $build/corpus tests/golden
for target in "$@"; do
  echo "== fuzz_$target, $seconds s"
  $build/tests/fuzz/fuzz_"$target" -max_total_time="$seconds" -max_len=20000 -timeout=20 -rss_limit_mb=1024 \
    -print_final_stats=1 -verbosity=0 -artifact_prefix=$build/corpus/finding-"$target"- \
    $build/corpus/"$target" 2>&1 | grep -vE '^(INFO|Loaded|#[0-9])' || exit 1
done
echo "no findings"
