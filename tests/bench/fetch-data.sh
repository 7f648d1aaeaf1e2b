#!/usr/bin/env bash
# Collects the files that docs/levels.md and docs/architecture.md speak of into a folder, from Debian
# packages and from this system:
#
#     tests/bench/fetch-data.sh [FOLDER]      (default: ~/.cache/sigma-bench)
set -eu  # no pipefail: cutting a file to size ends its producer early
folder=${1:-$HOME/.cache/sigma-bench}
mkdir -p "$folder/packages"
cd "$folder"

# unpack PACKAGE: downloads and unpacks it into packages/PACKAGE.
unpack() {
  [ -d "packages/$1" ] && return
  (cd packages && apt-get download -qq "$1" >/dev/null 2>&1 && dpkg -x "$1"_*.deb "$1" && rm "$1"_*.deb)
  echo "fetched $1"
}

# keep FILE SIZE: stores stdin's first SIZE bytes as FILE.
keep() {
  head -c "$2" >"$1.part" || true
  mv "$1.part" "$1"
  echo "$1: $(stat -c %s "$1") bytes"
}

unpack linux-source-6.1
unpack perl-doc
unpack unicode-data
unpack asterisk-core-sounds-en-wav
[ -f source.tar ] || xz -dc packages/linux-source-6.1/usr/src/*.tar.xz | tail -c +104857601 | keep source.tar 50331648
[ -f text ] || find packages/perl-doc -name '*.pod' -type f -print0 | sort -z | xargs -0 cat | keep text 12000000
[ -f tables ] || find packages/unicode-data -name '*.txt' -print0 | sort -z | xargs -0 cat | keep tables 12000000
[ -f speech ] || find packages/asterisk-core-sounds-en-wav -name '*.wav' -print0 | sort -z | xargs -0 cat | keep speech 16000000
[ -f shared-objects.tar ] || find /usr/lib -xdev -name '*.so*' -type f -size +50k -print0 | sort -z |
  tar --create --file=- --null --files-from=- --absolute-names 2>/dev/null | keep shared-objects.tar 50331648
if [ ! -f log ]; then
  GST_DEBUG=6 GST_DEBUG_NO_COLOR=1 gst-launch-1.0 videotestsrc num-buffers=400 ! videoconvert ! queue ! \
    fakesink 2>&1 | keep log 20000000
fi
