#!/usr/bin/env bash
# Builds the library for other machines and runs its tests there under qemu-user, the golden streams
# among them:
#
#     tests/cross.sh [ARCHITECTURE...]      (i386 s390x: 32 bits, and big-endian)
#
# ARCHITECTURE is one of Debian's. Needs root, or qemu-user-static and the cross compiler installed. The
# libraries for the other machine are unpacked into build-cross-ARCHITECTURE; nothing of the system changes.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- i386 s390x

# gnu_name ARCHITECTURE: how compilers call it.
gnu_name() {
  case $1 in
    i386) echo i686-linux-gnu ;;
    *) dpkg-architecture -f -a"$1" -qDEB_HOST_GNU_TYPE ;;
  esac
}

# unpack ARCHITECTURE ROOT: zstd, xxHash, Check and the C and C++ libraries, from Debian.
unpack() {
  local arch=$1 root=$2 apt
  mkdir -p "$root/apt/state/lists/partial" "$root/apt/cache/archives/partial" "$root/debs"
  touch "$root/apt/status"
  apt=(apt-get -qq -o APT::Architecture="$arch" -o APT::Architectures="$arch" -o APT::Sandbox::User=
    -o Dir::State="$PWD/$root/apt/state" -o Dir::State::status="$PWD/$root/apt/status"
    -o Dir::Cache="$PWD/$root/apt/cache")
  "${apt[@]}" update || echo "Some lists could not be fetched; going on with the others." >&2
  (cd "$root/debs" && "${apt[@]}" download libc6 libgcc-s1 libstdc++6 libzstd1 libzstd-dev libxxhash0 libxxhash-dev \
    check libsubunit0 libsubunit-dev)
  for deb in "$root"/debs/*.deb; do
    dpkg -x "$deb" "$root"
  done
  rm -r "$root/apt" "$root/debs"
}

# write_cross_file GNU ROOT QEMU: what Meson must know.
write_cross_file() {
  local gnu=$1 root=$2 qemu=$3 libraries cpu endian
  libraries=$root/usr/lib/$(basename "$(dirname "$(ls "$root"/usr/lib/*/libzstd.so)")")
  cpu=${gnu%%-*}
  endian=little
  [ "$cpu" != s390x ] && [ "$cpu" != powerpc ] && [ "$cpu" != powerpc64 ] || endian=big
  cat <<END
[binaries]
cpp = '$gnu-g++'
strip = '$gnu-strip'
pkgconfig = 'pkg-config'
exe_wrapper = ['$qemu', '-E', 'LD_LIBRARY_PATH=$libraries:$root/lib/$(basename "$libraries")', '-L', '$root']
[built-in options]
cpp_args = ['-isystem', '$root/usr/include', '-isystem', '$root/usr/include/$(basename "$libraries")']
cpp_link_args = ['-L$libraries', '-Wl,-rpath-link,$libraries']
[properties]
pkg_config_libdir = '$libraries/pkgconfig:$root/usr/share/pkgconfig'
sys_root = '$root'
[host_machine]
system = 'linux'
cpu_family = '$([ "$cpu" = i686 ] && echo x86 || echo "$cpu")'
cpu = '$cpu'
endian = '$endian'
END
}

# run ARCHITECTURE
run() {
  local arch=$1 gnu root qemu build=build-cross-$1
  gnu=$(gnu_name "$arch")
  root=$PWD/$build/root
  .ci/install-packages build "g++-$gnu"
  qemu=qemu-${gnu%%-*}-static
  [ "$arch" != i386 ] || qemu=qemu-i386-static
  [ -d "$root/usr" ] || unpack "$arch" "$build/root"
  write_cross_file "$gnu" "$root" "$qemu" >"$build/cross.ini"
  [ -f "$build/build/build.ninja" ] || meson setup "$build/build" --cross-file "$build/cross.ini" -Dplugin=disabled \
    -Dtests=enabled >"$build/setup.log" || {
    cat "$build/setup.log"
    return 1
  }
  ninja -C "$build/build" --quiet >"$build/build.log" || {
    cat "$build/build.log"
    return 1
  }
  echo "== $arch"
  SIGMA_TEST_SHORT=1 meson test -C "$build/build" --no-rebuild --timeout-multiplier 10 --print-errorlogs --quiet \
    >"$build/test.out" 2>&1 || {
    cat "$build/test.out"
    return 1
  }
  grep -E '^[0-9]+%: Checks:|^Running suite' "$build/build/meson-logs/testlog.txt" | paste - -
}

.ci/install-packages test qemu-user-static dpkg-dev
for arch in "$@"; do
  run "$arch"
done
