# Completion of sigma, unsigma and sigmacat for bash.
#
# SPDX-License-Identifier: LGPL-2.1-or-later

_sigma() {
  local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
  local commands="encode decode test list info explain recover cat join grep"
  local options="--best --chain= --check-output --chunk-size= --columns= --decode --encode --fast --files-from=
    --files0= --flush-timeout= --force --help --info --join --json --keep --key-interval= --level= --lines= --list
    --memory= --model= --no-check-output --no-index --no-progress --no-sparse --no-sync --output= --output-dir-flat=
    --output-dir-mirror= --progress --quiet --range= --recursive --rm --search-index --sparse --split= --stdout
    --suffix= --test --threads= --time= --verbose --verify --version"
  local letters="-0 -1 -2 -3 -4 -5 -6 -7 -8 -9 -c -d -f -h -k -l -M -o -q -r -S -t -T -v -V -z"
  compopt +o nospace 2>/dev/null
  # Words are broken at "=": --model=re is three of them.
  if [ "$current" = "=" ]; then
    current=
  elif [ "$before" = "=" ]; then
    before=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  case $before in
    -o | --output | --files-from | --filelist | --files | --files0)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "$current")
      return
      ;;
    --output-dir-flat | --output-dir-mirror)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -d -- "$current")
      return
      ;;
    --model)
      mapfile -t COMPREPLY < <(compgen -W "auto bytes records samples frames text" -- "$current")
      return
      ;;
    --level)
      mapfile -t COMPREPLY < <(compgen -W "0 1 2 3 4 5 6 7 8 9" -- "$current")
      return
      ;;
    -M | -S | -T | --*=* | --chain | --chunk-size | --columns | --flush-timeout | --key-interval | --lines | --memory | \
      --range | --split | --suffix | --threads | --time) return ;;
  esac
  case $current in
    --*)
      mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
      case ${COMPREPLY[0]:-} in *=) compopt -o nospace 2>/dev/null ;; esac
      ;;
    -*) mapfile -t COMPREPLY < <(compgen -W "$letters" -- "$current") ;;
    *)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "$current")
      if [ "$COMP_CWORD" = 1 ] && [ "${1##*/}" = sigma ]; then
        local words
        mapfile -t words < <(compgen -W "$commands" -- "$current")
        COMPREPLY+=("${words[@]}")
      fi
      ;;
  esac
}
complete -F _sigma sigma unsigma sigmacat
