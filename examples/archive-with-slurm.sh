#!/usr/bin/env bash
# Compresses one large file in pieces, as a Slurm job array: a task a piece, on any node that sees the file.
#
#     examples/archive-with-slurm.sh FILE PIECES [OPTION...]
#
# makes FILE.sigma, and FILE.sigma.log with what went on. FILE must not change meanwhile. OPTIONs are those of `sigma
# encode`. It only submits: the array, and a job behind it that looks which pieces are missing, for whatever reason,
# has these done again, at most three times in all, and joins all in the end. SBATCH_PARTITION, SBATCH_TIMELIMIT and
# their like choose what sbatch asks for.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
set -euo pipefail

# submit ROUND TASKS: an array of these pieces, and the job that comes after it.
submit() {
  local round=$1 tasks=$2 array
  array=$(sbatch --parsable --job-name="sigma pieces" --array="$tasks" --output=/dev/null \
    "$SIGMA_SCRIPT" --as-piece "${arguments[@]}")
  sbatch --parsable --job-name="sigma join" --dependency="afterany:$array" --output="$file.sigma.log" --open-mode=append \
    "$SIGMA_SCRIPT" --as-end "$round" "${arguments[@]}" >/dev/null
  echo "round $round: pieces $tasks, job $array"
}

# As sigma names them: as many digits in each as the last one has.
name_of() {
  printf '%s.%0*d-of-%d.sigma' "$file" "${#pieces}" "$1" "$pieces"
}

end_round() {
  local round=$1 missing=() all=() piece
  for piece in $(seq "$pieces"); do
    all+=("$(name_of "$piece")")
    [ -e "${all[-1]}" ] || missing+=("$piece")
  done
  if [ ${#missing[@]} -eq 0 ]; then
    sigma join -- "${all[@]}"
    # Pieces, and what a job that was killed has left of one.
    for piece in "${all[@]}"; do
      rm -f -- "$piece" "${piece%/*}/.${piece##*/}".*.sigma-part
    done
  elif [ "$round" -lt 3 ]; then
    submit $((round + 1)) "$(IFS=,; echo "${missing[*]}")"
  else
    echo "given up: pieces ${missing[*]} of $pieces are missing"
    exit 1
  fi
}

role=submit
round=1
case ${1:-} in
  --as-piece) role=piece && shift ;;
  --as-end) role=end round=$2 && shift 2 ;;
esac
[ $# -ge 2 ] && [[ $2 =~ ^[1-9][0-9]*$ ]] && [ -f "$1" ] || {
  sed -n '2,/^[^#]/s/^# \?//p' "$0"
  exit 2
}
file=$(realpath -- "$1")
pieces=$2
arguments=("$file" "$pieces" "${@:3}")

case $role in
  submit)
    [ ! -e "$file.sigma" ] || { echo "$file.sigma exists already" >&2; exit 1; }
    # Slurm runs a copy of a script; the jobs need the script itself to submit more.
    SIGMA_SCRIPT=$(realpath "$0")
    export SIGMA_SCRIPT
    # Pieces of an earlier run would be taken for those of this one.
    for piece in $(seq "$pieces"); do
      rm -f -- "$(name_of "$piece")"
    done
    submit 1 "1-$pieces"
    ;;
  piece) exec sigma encode -q -f --split="$SLURM_ARRAY_TASK_ID/$pieces" "${@:3}" -- "$file" ;;
  end) end_round "$round" ;;
esac
