#!/usr/bin/env bash
# Compiles the library, its example in C and the test program in C for Windows, with MinGW-w64:
#
#     tests/mingw.sh [FOLDER]
#
# FOLDER (default: build-mingw) is where it builds. Debian has the compiler (g++-mingw-w64-x86-64-posix), but neither
# zstd nor xxHash for it: their headers are the host's, so nothing is linked but an archive of the library. Exits with
# 77 if there is no compiler. With ZSTD_FOR_WINDOWS, a folder with libzstd.a for Windows, programs are linked, too.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
set -euo pipefail
cd "$(dirname "$0")/.."

gnu=x86_64-w64-mingw32
cxx=$gnu-g++-posix
cc=$gnu-gcc-posix
command -v "$cxx" >/dev/null || {
  echo "There is no $cxx."
  exit 77
}
build=${1:-build-mingw}
mkdir -p "$build/headers"
for header in zstd.h zstd_errors.h zdict.h xxhash.h; do
  cp "$(echo "#include <$header>" | c++ -E -x c++ - | sed -n "s/^# 1 \"\(.*\/$header\)\".*/\1/p" | head -1)" "$build/headers/"
done

flags=(-Wall -Wextra -Werror -I. -Igst/sigma "-I$build/headers")
mapfile -t sources < <(find gst/sigma -name '*.cpp' | sort)
export cxx build
compile() {
  "$cxx" -std=c++20 -fno-exceptions -fno-rtti -DSIGMA_BUILDING -DSIGMA_VERSION='"0"' "${@:2}" -c "$1" \
    -o "$build/${1//\//_}.o"
}
export -f compile
printf '%s\n' "${sources[@]}" | xargs -P "$(nproc)" -I{} bash -c 'compile "$@"' _ {} "${flags[@]}"
rm -f "$build/libsigma-1.0.a"
$gnu-ar rcs "$build/libsigma-1.0.a" "$build"/gst_sigma_*.o
for program in examples/sigma-in-c.c tests/check/face/installed/program.c; do
  "$cc" -std=c11 "${flags[@]}" -c "$program" -o "$build/$(basename "$program").o"
done
if [ -n "${ZSTD_FOR_WINDOWS:-}" ]; then
  for program in sigma-in-c program; do
    "$cxx" "$build/$program.c.o" "$build/libsigma-1.0.a" "$ZSTD_FOR_WINDOWS/libzstd.a" -static -o "$build/$program.exe"
  done
fi
echo "${#sources[@]} files of the library and 2 programs in C compile for Windows"
