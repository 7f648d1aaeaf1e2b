#!/usr/bin/env bash
# Compresses one large file in pieces, by GNU parallel: as many at once as there are cores, also on other machines.
#
#     examples/archive-with-parallel.sh FILE PIECES [OPTION...]
#
# makes FILE.sigma; FILE must not change meanwhile. OPTIONs are those of `sigma encode`. A piece whose job dies is
# done again, three times in all, and FILE.joblog says what each took. PARALLEL may hold options of parallel, such as
# --sshlogin, for machines that see FILE at the same path.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
set -euo pipefail
[ $# -ge 2 ] && [[ $2 =~ ^[1-9][0-9]*$ ]] && [ -f "$1" ] || {
  sed -n '2,/^[^#]/s/^# \?//p' "$0"
  exit 2
}
file=$(realpath -- "$1")
pieces=$2
shift 2
[ ! -e "$file.sigma" ] || { echo "$file.sigma exists already" >&2; exit 1; }

# -f: a run that was broken off is begun again. The name goes by the environment, because parallel replaces braces.
export SIGMA_FILE=$file
options=
[ $# -eq 0 ] || options=$(printf '%q ' "$@")
parallel --will-cite --retries 3 --joblog "$file.joblog" --line-buffer --env SIGMA_FILE \
  sigma encode -q -f --split={}/"$pieces" "$options" -- '"$SIGMA_FILE"' ::: $(seq "$pieces")

# As sigma names them: as many digits in each as the last one has.
all=()
for piece in $(seq "$pieces"); do
  all+=("$(printf '%s.%0*d-of-%d.sigma' "$file" "${#pieces}" "$piece" "$pieces")")
done
sigma join -- "${all[@]}"
# Pieces, and what a job that was killed has left of one.
for piece in "${all[@]}"; do
  rm -f -- "$piece" "${piece%/*}/.${piece##*/}".*.sigma-part
done
