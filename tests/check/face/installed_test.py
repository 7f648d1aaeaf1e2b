#!/usr/bin/env python3
"""Programs that use the installed library alone build, link in every way, and work.

    installed_test.py BUILD SOURCE

BUILD is the build folder, which is installed to a temporary one. Compilers that are not there are left out.

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import concurrent.futures
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

build, source = (pathlib.Path(name).resolve() for name in sys.argv[1:3])
programs = source / 'tests' / 'check' / 'face' / 'installed'
results = []


def run(*command, **options):
    return subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False, **options)


def note(name, result):
    results.append((name, result.returncode == 0))
    if result.returncode != 0:
        print(f'{name}: FAILED\n{" ".join(result.args)}\n{result.stdout}')


class Installed:
    """The library as it was installed."""

    def __init__(self, root):
        self.root = root
        done = run('meson', 'install', '-C', build, '--no-rebuild', '--quiet', '--destdir', root)
        if done.returncode != 0:
            sys.exit(done.stdout)
        self.pc = next(root.rglob('sigma-1.0.pc'))
        self.libdir = self.pc.parent.parent
        prefix = next(line for line in self.pc.read_text().splitlines() if line.startswith('prefix=')).split('=')[1]
        self.prefix = pathlib.Path(f'{root}{prefix}')
        # A folder in which the static library is the only one.
        self.static = root / 'static'
        self.static.mkdir()
        for archive in self.libdir.glob('libsigma-1.0.a'):
            shutil.copy(archive, self.static)

    def flags(self, *what, static=False):
        environment = {**os.environ, 'PKG_CONFIG_PATH': str(self.pc.parent)}
        libdir = self.static if static else self.libdir
        asked = run('pkg-config', f'--define-variable=prefix={self.prefix}', f'--define-variable=libdir={libdir}',
                    *(['--static'] if static else []), *what, 'sigma-1.0', env=environment)
        if asked.returncode != 0:
            sys.exit(asked.stdout)
        return asked.stdout.split()


def build_and_run(installed, name, compiler, file, flags=(), static=False, arguments=(), whole=False):
    program = installed.root / name.replace(' ', '_').replace('+', 'x')
    folder = installed.root / (program.name + '.folder')
    folder.mkdir()
    made = run(compiler, *flags, file, '-o', program, *installed.flags('--cflags', '--libs', static=static),
               *(['-static'] if whole else []))
    if made.returncode == 0:
        made = run(program, *(arguments or [folder]), env={**os.environ, 'LD_LIBRARY_PATH': str(installed.libdir)},
                   timeout=300)
    return name, made


def cases(installed):
    warnings = ['-O1', '-Wall', '-Wextra', '-Wpedantic', '-Wconversion', '-Werror']
    for compiler in filter(shutil.which, ('g++', 'clang++')):
        cpp = ['-std=c++20', *warnings, '-Wno-sign-conversion']
        for static in (False, True):
            kind = 'static' if static else 'shared'
            yield f'{compiler} {kind}', compiler, programs / 'consumer.cpp', cpp, static
            yield f'{compiler} {kind} no-rtti', compiler, programs / 'consumer.cpp', [*cpp, '-fno-rtti'], static
            yield (f'{compiler} {kind} ubsan', compiler, programs / 'consumer.cpp',
                   [*cpp, '-fsanitize=undefined', '-fno-sanitize-recover=all'], static)
    for compiler in filter(shutil.which, ('gcc', 'clang')):
        c = ['-std=c11', *warnings]
        for static in (False, True):
            yield f'{compiler} {"static" if static else "shared"}', compiler, programs / 'program.c', c, static


def main():
    with tempfile.TemporaryDirectory() as name:
        installed = Installed(pathlib.Path(name))
        includes = list(installed.root.rglob('sigma-1.0/gst/sigma'))[0]
        cpp = sum(path.is_file() for path in includes.rglob('*'))
        c = [path.name for path in includes.parent.parent.glob('*.h')]
        print(f'{cpp} headers of C++ and {len(c)} of C are installed')
        results.append(('at most 27 headers of C++, and sigma.h', cpp <= 27 and c == ['sigma.h']))
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            jobs = [pool.submit(build_and_run, installed, *case) for case in cases(installed)]
            jobs.append(pool.submit(build_and_run, installed, 'g++ all static', 'g++', programs / 'consumer.cpp',
                                    ['-std=c++20'], True, (), True))
            jobs.append(pool.submit(build_and_run, installed, 'gcc all static', 'gcc', programs / 'program.c',
                                    [], True, (), True))
            jobs.append(pool.submit(build_and_run, installed, 'example in C', 'gcc',
                                    source / 'examples' / 'sigma-in-c.c', [], False,
                                    [source / 'docs' / 'format.md']))
            jobs.append(pool.submit(build_and_run, installed, 'example in C++', 'g++',
                                    source / 'examples' / 'sigma-in-cpp.cpp', ['-std=c++20']))
            for job in jobs:
                note(*job.result())
        folder = installed.root / 'python'
        folder.mkdir()
        note('python', run(sys.executable, programs / 'program.py', next(installed.libdir.glob('libsigma-1.0.so')),
                           folder))
    failed = [name for name, good in results if not good]
    print(f'{len(results) - len(failed)} of {len(results)} ways to use the installed library work')
    sys.exit(1 if failed else 0)


main()
