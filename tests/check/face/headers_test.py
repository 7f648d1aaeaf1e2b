#!/usr/bin/env python3
"""Each installed header compiles alone, where there is nothing of gst/sigma but installed headers.

    headers_test.py FOLDER FILE... -- COMPILER...

FOLDER is the project's, FILE one that is installed; COMPILER is a command, to which options are added.

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import concurrent.futures
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

at = sys.argv.index('--')
root = pathlib.Path(sys.argv[1])
files = [os.path.relpath(file, root) for file in sys.argv[2:at]]
headers = sorted(file for file in files if file.endswith(('.hpp', '.h')))   # not what they include in parts
compiler = [*sys.argv[at + 1:], '-std=c++20', '-fsyntax-only', '-fno-exceptions', '-Wall', '-Wextra', '-Wpedantic',
            '-Werror', '-x', 'c++', '-']
as_c = [word.replace('c++20', 'c99') if word.startswith('-std') else 'c' if word == 'c++' and before == '-x' else word
        for before, word in zip([''] + compiler, compiler)]


def compile_alone(folder, header):
    # Twice: it guards itself.
    unit = f'#include "{header}"\n' * 2
    return subprocess.run([*(as_c if header.endswith('.h') else compiler), f'-I{folder}'], input=unit, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False)


with tempfile.TemporaryDirectory() as folder:
    for file in files:
        target = pathlib.Path(folder, file)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / file, target)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(lambda header: compile_alone(folder, header), headers))
failed = [(header, result.stdout) for header, result in zip(headers, results) if result.returncode != 0]
for header, output in failed:
    print(f'{header}:\n{output}')
print(f'{len(headers) - len(failed)} of {len(headers)} installed headers compile alone')
sys.exit(1 if failed or not headers else 0)
