#!/usr/bin/env bash
# Compresses one large file in pieces, by GNU parallel: as many at once as there are cores, also on other machines.
#
#     examples/archive-with-parallel.sh FILE PIECES [OPTION...]
#
# makes FILE.sigma. OPTIONs are those of `sigma encode`. A piece whose job dies is done again, three times in all, and
# FILE.joblog says what each took. PARALLEL may hold options of parallel, such as --sshlogin, for machines that see FILE
# at the same path.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
set -euo pipefail
[ $# -ge 2 ] || {
  sed -n '2,/^[^#]/s/^# \?//p' "$0"
  exit 2
}
file=$(realpath "$1")
pieces=$2
shift 2

# -f: a run that was broken off is begun again.
parallel --will-cite --retries 3 --joblog "$file.joblog" --line-buffer --quote \
  sigma encode -q -f --split={}/"$pieces" "$@" -- "$file" ::: $(seq "$pieces")

sigma join -f -- "$file".*-of-"$pieces".sigma
# Pieces, and what a job that was killed has left of one.
rm -f -- "$file".*-of-"$pieces".sigma "${file%/*}/.${file##*/}".*-of-"$pieces".sigma.*.sigma-part
