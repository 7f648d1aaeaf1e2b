"""What the tests of the command share: running it, and inputs for it.

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import os
import pathlib
import subprocess
import sys
import tempfile
import traceback

SIGMA = str(pathlib.Path(sys.argv[1]).resolve())


def lines(count):
    """A log of so many lines."""
    return b''.join(b'2026-01-02 03:%02d:%02d host service[%d]: request %d took %d ms\n' % (
        i // 60 % 60, i % 60, 1000 + i % 7, i * 7919 % 100003, i * i % 977) for i in range(count))


def noise(size):
    """Bytes that do not shrink, the same each time."""
    state, out = 88172645463325252, bytearray()
    while len(out) < size:
        state ^= state << 13 & (1 << 64) - 1
        state ^= state >> 7
        state ^= state << 17 & (1 << 64) - 1
        out += state.to_bytes(8, 'little')
    return bytes(out[:size])


def run(*arguments, data=b'', command=SIGMA, status=0, **options):
    """Runs the command; it must end with that status. Gives what it wrote to stdout and stderr."""
    done = subprocess.run([command, *map(str, arguments)], input=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          check=False, timeout=300, **options)
    assert done.returncode == status, f'sigma {arguments}: status {done.returncode}: {done.stderr.decode()}'
    return done


def output(*arguments, **options):
    return run(*arguments, **options).stdout


class Folder(tempfile.TemporaryDirectory):
    """A folder that is the current one as long as a test runs."""

    def __enter__(self):
        self.before = os.getcwd()
        os.chdir(super().__enter__())
        return pathlib.Path('.')

    def __exit__(self, *error):
        os.chdir(self.before)
        super().__exit__(*error)


def write(name, data):
    path = pathlib.Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def names(folder='.'):
    """All files below, hidden ones, too."""
    return sorted(str(path) for path in pathlib.Path(folder).rglob('*') if path.is_file())


def main(tests):
    """Runs each test in a folder of its own: all functions whose names begin with an article or say what holds."""
    failed = 0
    for name, test in list(tests.items()):
        if not callable(test) or getattr(test, '__module__', '') != '__main__' or name.startswith('_'):
            continue
        try:
            with Folder():
                test()
            print(f'ok {name}', flush=True)
        except Exception:  # pylint: disable=broad-except
            failed += 1
            print(f'FAILED {name}\n{traceback.format_exc()}', flush=True)
    sys.exit(1 if failed else 0)
