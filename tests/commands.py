#!/usr/bin/env python3
"""Runs the commands of the documents, as written.

    tests/commands.py BUILD [DOCUMENT...]

Blocks that are marked ```sh are run from top to bottom, in one bash for each document, in a folder that looks like the
project's root (build is BUILD). /tmp/ stands for a folder of this test. A command fails if bash would stop at it under
`set -e`, or if it says that something is not there. Blocks that a test cannot run are marked ```sh needs=REASON, and
counted. Files that spans of code name, such as `tests/run.sh all`, must be there.

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import concurrent.futures
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
DOCUMENTS = [ROOT / 'README.md', *sorted((ROOT / 'docs').rglob('*.md'))]
NEEDED = ['videotestsrc', 'jpegenc', 'qtmux', 'subparse', 'splitmuxsink', 'rtpgstpay', 'tcpserversink', 'playbin']
REASONS = {'install': 'installs packages or files', 'build': 'configures or builds', 'time': 'takes minutes'}
FAULTS = re.compile(r'^ERROR:|erroneous pipeline|command not found|No such file or directory|: cannot ', re.M)
SECONDS = 240  # against hanging
# What documents suppose a reader to have.
PREPARED = {'your-program': '#!/bin/sh\nseq 1 20000\n'}


def blocks_of(document):
    """Line, reason for not running it or None, and text of each block of commands."""
    text = document.read_text()
    for match in re.finditer(r'^```sh(?: needs=(\w+))?\n(.*?)^```$', text, re.M | re.S):
        yield text.count('\n', 0, match.start()) + 2, match.group(1), match.group(2)


def make_root(folder, build):
    """A folder that looks like the project's root, where commands may write."""
    root = folder / 'root'
    (root / 'bin').mkdir(parents=True)
    for path in ROOT.iterdir():
        if path.name not in ('build', '.git'):
            (root / path.name).symlink_to(path)
    (root / 'build').symlink_to(build)
    for name, text in PREPARED.items():
        (root / 'bin' / name).write_text(text)
        (root / 'bin' / name).chmod(0o755)
    for hour in range(3, 6):  # a rotation of logs that went on for some hours
        (root / f'log{hour:05}.sigma').write_bytes((ROOT / 'tests/golden/1.0-example.sigma').read_bytes())
    return root


def script_of(document, blocks, folder):
    lines = ['trap \'echo "@failed $at: $BASH_COMMAND" >&2\' ERR']
    for line, _, text in blocks:
        lines += [f'at={line}', f'echo "@block {line}" >&2', text.replace('/tmp/', f'{folder}/')]
    return '\n'.join(lines)


def run(document, build):
    """The faults of a document's commands."""
    blocks = [block for block in blocks_of(document) if block[1] is None]
    name = document.relative_to(ROOT)
    if not blocks:
        return []
    folder = pathlib.Path(tempfile.mkdtemp(prefix='sigma-commands-'))
    try:
        root = make_root(folder, build)
        environment = dict(os.environ, GST_REGISTRY=str(folder / 'registry'), LC_ALL='C.UTF-8',
                           GST_PLUGIN_PATH_1_0=str(build / 'plugin'), PATH=f'{root}/bin:{build}/gst/tool:{os.environ["PATH"]}')
        bash = subprocess.Popen(['bash', '-c', script_of(document, blocks, folder)], cwd=root, env=environment,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                text=True, errors='replace', start_new_session=True)
        try:
            output = bash.communicate(timeout=SECONDS)[0]
        except subprocess.TimeoutExpired:
            os.killpg(bash.pid, signal.SIGKILL)
            output = bash.communicate()[0] + f'\n@failed: no end within {SECONDS} s\n'
        if '-v' in sys.argv:
            print(output)
        faults = []
        for part in re.split(r'^@block ', output, flags=re.M)[1:]:
            line = part.split('\n', 1)[0]
            found = re.findall(r'^@failed.*$', part, re.M) + FAULTS.findall(part)
            if found:
                faults.append(f'{name}:{line}: {"; ".join(found)}\n{part[-2000:]}')
        return faults
    finally:
        shutil.rmtree(folder)


def missing_files(document):
    """Files of the project that spans of code name and that are not there."""
    text = re.sub(r'^```.*?^```$', '', document.read_text(), flags=re.M | re.S)
    for span in re.findall(r'`([^`\n]+)`', text):
        word = span.split()[0]
        if re.match(r'(tests|examples|plugin|gst|docs)/[\w./-]+$', word) and not (ROOT / word).exists():
            if not any(blank in word for blank in ('NAME', 'FOLDER')):  # to be filled in by the reader
                yield f'{document.relative_to(ROOT)}: there is no {word}'


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != '-v']
    if not arguments:
        sys.exit(__doc__)
    build = pathlib.Path(arguments[0]).resolve()
    documents = [pathlib.Path(path).resolve() for path in arguments[1:]] or DOCUMENTS
    if os.environ.get('SIGMA_TEST_SHORT') or not shutil.which('gst-discoverer-1.0') or not shutil.which('bash'):
        return 77
    if any(subprocess.run(['gst-inspect-1.0', '--exists', element]).returncode for element in NEEDED):
        return 77
    faults = [fault for document in documents for fault in missing_files(document)]
    with concurrent.futures.ThreadPoolExecutor() as pool:
        for found in pool.map(lambda document: run(document, build), documents):
            faults += found
    blocks = [block for document in documents for block in blocks_of(document)]
    kept = [reason for _, reason, _ in blocks if reason is not None]
    faults += [f'unknown reason: needs={reason}' for reason in sorted(set(kept) - set(REASONS))]
    for fault in faults:
        print(fault, file=sys.stderr)
    counts = ', '.join(f'{kept.count(reason)} {what}' for reason, what in REASONS.items())
    print(f'{len(blocks) - len(kept)} blocks run; not run: {counts}; {len(faults)} faults')
    return 1 if faults else 0


if __name__ == '__main__':
    sys.exit(main())
