# Completion of sigma, unsigma and sigmacat for fish.
#
# SPDX-License-Identifier: LGPL-2.1-or-later

complete -c sigma -n __fish_is_first_arg -a 'encode decode test list info explain recover cat join grep'
for level in (seq 0 9)
    complete -c sigma -s $level -d level
end
for name in sigma unsigma sigmacat
    complete -c $name -s z -l encode -d compress
    complete -c $name -s d -l decode -d decompress
    complete -c $name -s t -l test -d 'check every byte'
    complete -c $name -s l -l list -d 'a line for each file'
    complete -c $name -l info -d 'all that a file tells of itself'
    complete -c $name -s c -l stdout -d 'write to standard output'
    complete -c $name -s o -l output -r -F -d 'write to this file'
    complete -c $name -s f -l force -d 'replace files that exist'
    complete -c $name -s k -l keep -d 'keep the input'
    complete -c $name -l rm -d 'remove the input'
    complete -c $name -s r -l recursive -d 'go into folders'
    complete -c $name -s q -l quiet -d 'errors alone'
    complete -c $name -s v -l verbose -d 'say more'
    complete -c $name -s T -l threads -x -d 'threads, 0 for one a core'
    complete -c $name -s M -l memory -x -d 'memory, as in 64M'
    complete -c $name -s S -l suffix -x -d 'instead of .sigma'
    complete -c $name -l level -x -a '(seq 0 9)'
    complete -c $name -l fast -d 'level 1'
    complete -c $name -l best -d 'level 9'
    complete -c $name -l model -x -a 'auto bytes records samples frames text' -d 'what to look for'
    complete -c $name -l chunk-size -x -d 'bytes of a chunk'
    complete -c $name -l key-interval -x -d 'chunks between keys'
    complete -c $name -l chain -x -d 'chunks that need one another'
    complete -c $name -l no-index -d 'leave out the index'
    complete -c $name -l search-index -d 'words and lines in the index'
    complete -c $name -l verify -d 'decode every chunk again'
    complete -c $name -l check-output -d 'read the output again'
    complete -c $name -l no-check-output -d 'do not, with --rm either'
    complete -c $name -l split -x -d 'piece N of M'
    complete -c $name -l flush-timeout -x -d 'write after so many ms'
    complete -c $name -l range -x -d 'these bytes, OFFSET:LENGTH'
    complete -c $name -l lines -x -d 'these lines, A:B'
    complete -c $name -l time -x -d 'this time of a recording, A:B'
    complete -c $name -l join -d 'recover: leave out the holes'
    complete -c $name -l json -d 'objects of JSON'
    complete -c $name -l columns -x -d 'explain: lines of a table'
    complete -c $name -l files-from -r -F -d 'names, one a line'
    complete -c $name -l files0 -r -F -d 'names, ended by zero bytes'
    complete -c $name -l output-dir-flat -x -a '(__fish_complete_directories)' -d 'write all files there'
    complete -c $name -l output-dir-mirror -x -a '(__fish_complete_directories)' -d 'with their folders'
    complete -c $name -l sparse -d 'zeros become holes'
    complete -c $name -l no-sparse -d 'zeros are written'
    complete -c $name -l no-sync -d 'do not wait for the disk'
    complete -c $name -l progress -d 'show how far it is'
    complete -c $name -l no-progress -d 'do not'
    complete -c $name -s h -l help -d help
    complete -c $name -s V -l version -d version
end
