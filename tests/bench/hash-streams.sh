#!/usr/bin/env bash
# What the encoder of a build makes of a corpus, as hashes: a change that only moves code gives the same lines.
#
#     tests/bench/hash-streams.sh BUILD CORPUS > after
#
# Each CORPUS/class/name at all levels, with 1 and 2 threads, as bytes and as buffers (stream_hashes.cpp). SIZE=BYTES takes
# other beginnings than the first 3,000,000 bytes of a file, LEVELS=0134 other levels, HASHER=PROGRAM a stream-hashes of
# another build: BUILD may be older than it. 190 MB of beginnings take some 15 minutes of one core.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
set -euo pipefail
[ $# = 2 ] || { echo "usage: $0 BUILD CORPUS" >&2; exit 2; }
build=$(realpath "$1")
registry=$(mktemp)
trap 'rm -f "$registry"' EXIT
GST_REGISTRY=$registry GST_PLUGIN_PATH_1_0=$build/plugin \
  nice "${HASHER:-$build/tests/bench/stream-hashes}" "$2" "${SIZE:-3000000}" "${LEVELS:-0123456789}"
