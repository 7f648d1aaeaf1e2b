#!/usr/bin/env python3
"""The library exports what was reviewed, and nothing else.

    symbols_test.py LIBRARY [--update]

LIBRARY is libsigma-1.0.so; symbols.txt beside this file has a line for each symbol. A symbol that is added is part of
the API from then on: it is documented in an installed header, and its line comes with it (--update writes the list). A
symbol that goes, or changes, breaks programs: it needs another soname (docs/library.md, "Versions").

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import pathlib
import subprocess
import sys

LIST = pathlib.Path(__file__).with_name('symbols.txt')


def exported(library):
    lines = subprocess.run(['nm', '--dynamic', '--defined-only', '--demangle', library], check=True, text=True,
                           stdout=subprocess.PIPE).stdout.splitlines()
    names = {line.split(' ', 2)[2] for line in lines}
    # The way in which the largest size is written differs between compilers.
    return {name.replace(', 18446744073709551615ul>', '>') for name in names}


found = exported(sys.argv[1])
if '--update' in sys.argv:
    LIST.write_text('\n'.join(sorted(found)) + '\n')
known = set(LIST.read_text().splitlines())
for name in sorted(found - known):
    print(f'exported, but not in symbols.txt: {name}')
for name in sorted(known - found):
    print(f'in symbols.txt, but not exported: {name}')
print(f'{len(found)} symbols are exported')
sys.exit(0 if found == known else 1)
