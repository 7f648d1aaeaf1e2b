#!/usr/bin/env python3
"""One large file, many jobs, by the engines that people have: GNU parallel, and Slurm on this machine alone.

    shards_test.py SIGMA BUILD EXAMPLES

A job is killed on its way, and done again. What is not installed is not run; without both the test is skipped.

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import contextlib
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

from command import SIGMA, lines, main, names, output, write

EXAMPLES = pathlib.Path(sys.argv[3]).resolve()
PIECES = 12  # two digits, so that the order of names matters
SECONDS = 240

# The tools of the scripts are those of this build.
os.environ['PATH'] = f'{pathlib.Path(SIGMA).parent}:{os.environ["PATH"]}'


class _Killer(threading.Thread):
    """Kills the job of one piece, once, while it works."""

    def __init__(self, piece):
        super().__init__(daemon=True)
        self.word = f'--split={piece}/{PIECES}'.encode()
        self.has_killed = threading.Event()
        self.start()

    def run(self):
        while not self.has_killed.is_set():
            for path in pathlib.Path('/proc').glob('[0-9]*/cmdline'):
                with contextlib.suppress(OSError):
                    words = path.read_bytes().split(b'\0')
                    if words[0].endswith(b'sigma') and self.word in words:
                        os.kill(int(path.parent.name), signal.SIGKILL)
                        self.has_killed.set()
            time.sleep(0.001)


def _make_file():
    """Large enough that each piece takes a while at this level."""
    raw = lines(700000)
    write('large file.log', raw)
    return raw


def _check(raw, killer):
    assert killer.has_killed.is_set(), 'no job was killed'
    assert not [name for name in names() if '-of-' in name], names()
    assert output('cat', 'large file.log.sigma') == raw
    assert output('cat', '--lines=600000:600001', 'large file.log.sigma') == b'\n'.join(raw.split(b'\n')[599999:600001]) + b'\n'


def parallel_does_a_killed_piece_again():
    if not shutil.which('parallel'):
        return print('parallel is not installed')
    raw = _make_file()
    killer = _Killer(5)
    subprocess.run([EXAMPLES / 'archive-with-parallel.sh', 'large file.log', str(PIECES), '-6'], check=True,
                   timeout=SECONDS)
    return _check(raw, killer)


SLURM = '''
ClusterName=test
SlurmctldHost=localhost(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/none
CredType=cred/none
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SchedulerParameters=sched_interval=1,sched_min_interval=0
NodeName=localhost NodeHostname=localhost NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=test Nodes=ALL Default=YES State=UP
'''


def _free_ports():
    sockets = [socket.create_server(('127.0.0.1', 0)) for _ in range(2)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


@contextlib.contextmanager
def _slurm():
    """A cluster of this machine, in the current folder, for as long as it is needed."""
    folder = pathlib.Path('slurm').resolve()
    for name in ('state', 'spool'):
        (folder / name).mkdir(parents=True)
    user = 'root' if os.getuid() == 0 else os.environ['USER']
    (folder / 'slurm.conf').write_text(SLURM.format(folder=folder, user=user, ports=_free_ports()))
    os.environ['SLURM_CONF'] = str(folder / 'slurm.conf')
    with open(folder / 'log', 'w', encoding='utf-8') as log:
        daemons = [subprocess.Popen(command, stdout=log, stderr=log) for command in
                   (['slurmctld', '-D', '-i'], ['slurmd', '-D', '-N', 'localhost'])]
        try:
            yield
        except BaseException:
            print((folder / 'log').read_text()[-4000:])
            raise
        finally:
            for daemon in reversed(daemons):
                daemon.terminate()
                daemon.wait(60)


def _wait_until(is_so, what):
    end = time.monotonic() + SECONDS
    while not is_so():
        assert time.monotonic() < end, f'waited in vain until {what}'
        time.sleep(0.2)


def _queue():
    return subprocess.run(['squeue', '--noheader'], stdout=subprocess.PIPE, check=True, text=True).stdout


def slurm_does_a_killed_piece_again():
    if not shutil.which('slurmctld') or not shutil.which('slurmd'):
        return print('slurm is not installed')
    raw = _make_file()
    with _slurm():
        _wait_until(lambda: 'idle' in subprocess.run(['sinfo', '--noheader', '-o', '%T'], stdout=subprocess.PIPE,
                                                     check=False, text=True).stdout, 'the node is there')
        killer = _Killer(7)
        done = subprocess.run([EXAMPLES / 'archive-with-slurm.sh', 'large file.log', str(PIECES), '-6'], check=True,
                              stdout=subprocess.PIPE, text=True, timeout=SECONDS)
        assert done.stdout.startswith(f'round 1: pieces 1-{PIECES}, job '), done.stdout
        _wait_until(lambda: not _queue(), 'the queue is empty')
    assert 'round 2: pieces 7, job ' in pathlib.Path('large file.log.sigma.log').read_text()
    return _check(raw, killer)


if __name__ == '__main__':
    if not any(map(shutil.which, ('parallel', 'slurmctld'))):
        sys.exit(77)
    main(globals())
