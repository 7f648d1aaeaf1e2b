#!/usr/bin/env python3
"""What a terminal shows, and what is not written to one.

    terminal_test.py SIGMA

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import fcntl
import os
import pathlib
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

from command import SIGMA, lines, main, names, noise, output, run, write

LOG = lines(20000)
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


class _Terminal:
    """A terminal of so many columns; some of a process's files are it."""

    def __init__(self, columns=100):
        self.master, self.slave = pty.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack('HHHH', 24, columns, 0, 0))

    def run(self, *arguments, status=0, feed=None, **files):
        """What it showed."""
        files = {name: self.slave if value == 'tty' else value for name, value in files.items()}
        process = subprocess.Popen([SIGMA, *arguments], **files)
        text = b''
        while True:
            if feed is not None:
                feed(process)
            ready = select.select([self.master], [], [], 0.05)[0]
            if ready:
                text += os.read(self.master, 65536)
            elif process.poll() is not None:
                break
        assert process.returncode == status, text
        return text.decode(errors='replace')


def streams_are_not_written_to_a_terminal():
    write('a', LOG)
    for arguments in ((), ('-c', 'a'), ('-d',)):
        text = _Terminal().run(*arguments, stdin=subprocess.DEVNULL, stdout='tty', stderr=subprocess.DEVNULL, status=1)
        assert text == ''
    assert 'terminal' in _Terminal().run('-c', 'a', stdout='tty', stderr='tty', status=1)
    assert '\x1a' in _Terminal().run('-c', '-f', 'a', stdout='tty')


def text_is_shown_where_it_is_asked_for():
    write('a.sigma', output(data=b'a line\n'))
    for arguments in (('cat', 'a.sigma'), ('-dc', 'a.sigma'), ('cat', '--lines=1:1', 'a.sigma')):
        assert 'a line' in _Terminal().run(*arguments, stdout='tty', stderr=subprocess.DEVNULL)


def a_line_tells_what_was_done():
    write('a', LOG)
    text = _Terminal().run('a', stderr='tty')
    assert re.search(r'a: 1\.\d+ MB => \S+ kB  ratio \S+  \d+(\.\d)? MB/s  a\.sigma', text), text
    assert _Terminal().run('-fq', 'a', stderr='tty') == ''
    for arguments in (('-c', 'a'), ('cat', 'a.sigma'), ('-dc', 'a.sigma')):
        assert _Terminal().run(*arguments, stdout=subprocess.DEVNULL, stderr='tty') == ''
    assert 'ratio' in _Terminal().run('-cv', 'a', stdout=subprocess.DEVNULL, stderr='tty')
    assert 'intact' in _Terminal().run('-t', 'a.sigma', stderr='tty')


def _slow_feed(data, pause=0.02, piece=200000):
    state = {'at': 0}

    def feed(process):
        if state['at'] < len(data):
            process.stdin.write(data[state['at']:state['at'] + piece])
            process.stdin.flush()
            state['at'] += piece
            time.sleep(pause)
        elif not process.stdin.closed:
            process.stdin.close()
    return feed


def a_line_tells_how_far_it_is():
    text = _Terminal().run('-o', 'a.sigma', stdin=subprocess.PIPE, stderr='tty', feed=_slow_feed(noise(8000000)))
    assert re.search(r'\r\x1b\[Kstandard input  [\d.]+ MB => [\d.]+ MB  ratio [\d.]+  [\d.]+ MB/s', text), text
    write('big', lines(200000))
    text = _Terminal().run('-9', 'big', stderr='tty')
    shown = re.findall(r'\r\x1b\[K(big +[\d.]+ %[^\r]*MB/s  \d+:\d\d left)', text)
    assert shown, text
    assert '\n' not in text[:text.rindex('\x1b[K')].replace('\r\n', '') and text.endswith('\n')
    assert not re.search('left', _Terminal().run('-9fq', 'big', stderr='tty'))
    assert not re.search('left', _Terminal().run('-9f', '--no-progress', 'big', stderr='tty'))
    done = run('-9f', '--progress', 'big')
    assert b'left' in done.stderr


def lines_fit_into_the_terminal():
    name = 'a-very-long-name-' * 8
    write(name, lines(200000))
    text = _Terminal(60).run('-9', '-o', 'a', name, stderr='tty')
    shown = re.findall(r'\x1b\[K([^\r\n]*left)', text)
    assert shown and all(len(line) <= 59 for line in shown), text


def _begun(*command):
    """A process that has begun its output, and cannot end before its input does."""
    def obey():
        """Who runs this test in the background may have these ignored."""
        for number in SIGNALS:
            signal.signal(number, signal.SIG_DFL)
    process = subprocess.Popen([*command, SIGMA, '-9', '-o', 'big.sigma'], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, preexec_fn=obey)
    process.stdin.write(noise(1000000))
    process.stdin.flush()
    for _ in range(3000):
        if any(name.startswith('.big.sigma.') for name in os.listdir('.')):
            return process
        time.sleep(0.01)
    raise AssertionError('no temporary file')


def interrupts_leave_nothing():
    for number in SIGNALS:
        process = _begun()
        process.send_signal(number)
        assert process.wait(60) == -number
        assert names() == []
    # With nohup it goes on.
    process = _begun('nohup')
    process.send_signal(signal.SIGHUP)
    process.stdin.close()
    assert process.wait(60) == 0 and names() == ['big.sigma']


if __name__ == '__main__':
    main(globals())
