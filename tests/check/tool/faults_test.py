#!/usr/bin/env python3
"""Full disks, kills and broken pipes: a file has its name only when it is whole.

    faults_test.py SIGMA

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import os
import pathlib
import resource
import subprocess
import time

from command import SIGMA, lines, main, names, noise, output, run, write

RAW = noise(1000000) + lines(20000)
STEPS = 20


def _limit(size):
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def a_full_disk_leaves_no_file():
    write('a', RAW)
    coded = output(data=RAW)
    write('b.sigma', coded)
    for step in range(STEPS):
        for arguments, size in (('a',), len(coded)), (('-d', 'b.sigma'), len(RAW)), (('recover', 'b.sigma'), len(RAW)):
            done = subprocess.run([SIGMA, *arguments], preexec_fn=_limit(size * step // STEPS), stderr=subprocess.PIPE,
                                  check=False)
            assert done.returncode == 1 and b'cannot be written: File too large' in done.stderr, done
            assert names() == ['a', 'b.sigma']


def a_full_disk_keeps_what_was_there():
    write('a', RAW)
    write('a.sigma', b'precious')
    done = subprocess.run([SIGMA, '-f', '--rm', 'a'], preexec_fn=_limit(300000), stderr=subprocess.PIPE, check=False)
    assert done.returncode == 1 and names() == ['a', 'a.sigma']
    assert pathlib.Path('a.sigma').read_bytes() == b'precious' and pathlib.Path('a').read_bytes() == RAW


def a_full_file_system_leaves_no_file():
    if os.geteuid() != 0:
        return
    os.mkdir('small')
    mounted = subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=600k', 'none', 'small'], stderr=subprocess.DEVNULL,
                             check=False)
    if mounted.returncode != 0:
        return   # not in this container
    try:
        write('a', RAW)
        assert b'No space left' in run('-o', 'small/a.sigma', 'a', status=1).stderr
        assert names('small') == []
        subprocess.run(['sh', '-c', f'{SIGMA} -c a > small/a.sigma'], stderr=subprocess.DEVNULL, check=False)
        os.unlink('small/a.sigma')
        write('small/b.sigma', output(data=lines(20000)))
        run('-d', 'small/b.sigma', status=1)
        assert names('small') == ['small/b.sigma']
    finally:
        subprocess.run(['umount', 'small'], check=True)


def a_full_standard_output_is_an_error():
    write('a', RAW)
    write('a.sigma', output(data=RAW))
    for arguments in (('-c', 'a'), ('-dc', 'a.sigma'), ('-l', 'a.sigma'), ('info', 'a.sigma'), ('explain', 'a.sigma'),
                      ('-t', '--json', 'a.sigma'), ('--help',), ('-o', '/dev/full', 'a')):
        with open('/dev/full', 'wb') as full:
            done = subprocess.run([SIGMA, *arguments], stdout=full, stderr=subprocess.PIPE, check=False)
        assert done.returncode == 1 and b'cannot be written' in done.stderr, (arguments, done)


def a_kill_leaves_no_wrong_file():
    write('a', RAW * 4)
    coded = output('-6', data=RAW * 4)
    write('b.sigma', coded)
    started = time.monotonic()
    run('-6', '-o', 'c', 'a')
    length = time.monotonic() - started
    for step in range(STEPS):
        for arguments, name, whole in ((('-6', 'a'), 'a.sigma', coded), (('-d', 'b.sigma'), 'b', RAW * 4)):
            process = subprocess.Popen([SIGMA, *arguments], stderr=subprocess.DEVNULL)
            time.sleep(length * step / STEPS * (1 if name == 'a.sigma' else 0.3))
            process.kill()
            process.wait()
            if os.path.exists(name):
                assert pathlib.Path(name).read_bytes() == whole
                os.unlink(name)
    # What is left is hidden, and in nobody's way.
    assert all(left.startswith('.') for left in names() if left not in ('a', 'b.sigma', 'c'))
    run('-6', 'a')
    assert pathlib.Path('a.sigma').read_bytes() == coded


def a_kill_between_output_and_removal_keeps_one_of_them():
    coded = output(data=RAW)
    for step in range(STEPS):
        write('a', RAW)
        process = subprocess.Popen([SIGMA, '--rm', 'a'])
        time.sleep(0.005 * step)
        process.kill()
        process.wait()
        is_done = os.path.exists('a.sigma')
        assert os.path.exists('a') or is_done
        if is_done:
            assert pathlib.Path('a.sigma').read_bytes() == coded
            os.unlink('a.sigma')


def a_reader_that_goes_ends_it_quietly():
    write('a.sigma', output(data=RAW * 10))
    done = subprocess.run(['sh', '-c', f'{SIGMA} cat a.sigma | head -c 10 | wc -c'], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=True)
    assert done.stdout.strip() == b'10' and done.stderr == b''


def names_and_folders_that_cannot_be_are_errors():
    write('a', RAW)
    for arguments in (('-o', '/proc/nothing', 'a'), ('-o', '.', 'a'), ('-o', 'x' * 300, 'a'), ('x' * 5000,),
                      ('--output-dir-flat=nowhere/at/all', 'a')):
        run(*arguments, status=1)
    if os.geteuid() != 0:
        os.mkdir('closed', 0o500)
        run('-o', 'closed/x', 'a', status=1)
        os.chmod('closed', 0o700)
    assert names() == ['a']


def an_input_that_changes_is_kept():
    write('a', b'')
    with open('a', 'ab') as file:
        process = subprocess.Popen([SIGMA, '-c', 'a'], stdout=subprocess.PIPE)
        file.write(RAW)
        process.communicate()
        assert process.returncode == 0


def an_input_that_gets_shorter_is_an_error():
    write('a', RAW)
    reader, writer = os.pipe()
    process = subprocess.Popen([SIGMA, '-0', '-c', 'a'], stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    os.read(reader, 1000)
    os.truncate('a', len(RAW) // 2)   # the pipe is full long before
    while os.read(reader, 1 << 20):
        pass
    os.close(reader)
    assert b'shorter' in process.communicate()[1] and process.returncode == 1


def little_memory_is_an_error():
    write('a', RAW)
    limit = lambda: resource.setrlimit(resource.RLIMIT_AS, (30 << 20, 30 << 20))
    done = subprocess.run([SIGMA, '--memory=64M', '-9', '-c', 'a'], preexec_fn=limit, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, check=False)
    assert done.returncode == 1 and done.stderr.startswith(b'sigma: '), done
    write('b.sigma', output('--memory=64M', '-9', data=RAW))
    assert b'--memory=' in run('-t', '--memory=4M', 'b.sigma', status=1).stderr


if __name__ == '__main__':
    main(globals())
