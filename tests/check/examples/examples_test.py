#!/usr/bin/python3
"""The examples with GStreamer do what they say.

    examples_test.py BUILD EXAMPLES

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import importlib.util
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import time

BUILD, EXAMPLES = (pathlib.Path(path).resolve() for path in sys.argv[1:3])
sys.argv[1] = str(BUILD / 'gst/tool/sigma')
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'tool'))
from command import lines, main, names, output, write  # pylint: disable=wrong-import-position

os.environ['PATH'] = f'{BUILD / "gst/tool"}:{os.environ["PATH"]}'
SECONDS = 120


def _run(name, *arguments, **options):
    return subprocess.run([EXAMPLES / name, *arguments], check=True, timeout=SECONDS, stdout=subprocess.PIPE, text=True,
                          **options).stdout


def _record(name, frames):
    subprocess.run(['gst-launch-1.0', '-q', 'videotestsrc', f'num-buffers={frames}', '!',
                    'video/x-raw,format=I420,width=64,height=48,framerate=30/1', '!', 'sigmaenc', '!', 'filesink',
                    f'location={name}'], check=True, timeout=SECONDS)


def _wait_until(is_so, what):
    end = time.monotonic() + SECONDS
    while not is_so():
        assert time.monotonic() < end, f'waited in vain until {what}'
        time.sleep(0.05)


def a_pipeline_in_c_compresses_a_file():
    # As its first comment says.
    subprocess.run(f'cc -Wall -Wextra -Werror "{EXAMPLES}/pipeline-in-c.c" '
                   '$(pkg-config --cflags --libs gstreamer-app-1.0) -o pipeline-in-c', shell=True, check=True)
    raw = lines(60000)
    write('a', raw)
    done = subprocess.run(['./pipeline-in-c', 'a', 'a.sigma'], check=True, timeout=SECONDS,
                          stdout=subprocess.PIPE, text=True).stdout
    size = pathlib.Path('a.sigma').stat().st_size
    assert done.startswith(f'{len(raw)} bytes became {size}, in '), done
    assert output('cat', 'a.sigma') == raw


def a_pipeline_in_python_gets_its_bytes_back():
    said = _run('pipeline-in-python.py').splitlines()
    assert said[0].endswith('as records') and said[1] == 'the same came back', said
    assert said[2].startswith('of a half: the stream stops before its end packet'), said


def a_recorder_takes_turns_and_keeps_the_newest():
    recorder = subprocess.Popen([EXAMPLES / 'rotating-recorder.py', 'out', '--seconds', '0.5', '--keep', '2'])
    seen = set()

    def has_rotated():
        seen.update(names('out'))
        return len(seen) >= 5
    _wait_until(has_rotated, 'there are five files')
    recorder.send_signal(signal.SIGINT)
    assert recorder.wait(SECONDS) == 0
    assert 2 <= len(names('out')) <= 3 and set(names('out')) < seen, (names('out'), seen)
    for name in names('out'):
        assert 'recording' in output('-l', name).decode()
        output('-t', name)  # complete, each by itself


def a_player_seeks():
    _record('a.sigma', 300)
    said = _run('seeking-player.py', 'a.sigma', '--hidden', input='p\n3.5\n+2\n-1\n100\nnonsense\nq\n').splitlines()
    assert said[0].startswith('paused at 0.') and said[0].endswith(' of 10.00 s'), said
    assert [line.split()[2] for line in said[1:4]] == ['3.50', '5.50', '4.50'], said
    assert len(said) == 6, said
    missing = subprocess.run([EXAMPLES / 'seeking-player.py', 'missing.sigma', '--hidden'], stdin=subprocess.DEVNULL,
                             stderr=subprocess.PIPE, timeout=SECONDS, check=False)
    assert missing.returncode == 1 and missing.stderr


def hits_of_a_search_are_shown_with_what_is_around():
    raw = lines(60000)
    write('log', raw)
    output('--search-index', 'log')
    said = _run('log-player.py', 'log.sigma', 'request 7919 took', '-F').splitlines()
    line = next(line for line in raw.splitlines() if b'request 7919 took' in line).decode()
    offset = raw.index(line.encode())
    assert said[0] == f'--- hit 1, at byte {offset}', said
    assert said.count(f'{offset:>12} > {line}') == 1 and 5 <= len(said) <= 20, said
    assert all(text[15:].encode() in raw for text in said[1:]), said
    none = subprocess.run([EXAMPLES / 'log-player.py', 'log.sigma', 'no such thing'], timeout=SECONDS, check=False)
    assert none.returncode == 1


def _free_port():
    with socket.create_server(('127.0.0.1', 0)) as one:
        return str(one.getsockname()[1])


def _ship(raw, break_off):
    """Sends lines; break_off() gets the receiver, and gives another. Gives what has been received."""
    port = _free_port()
    receive = lambda: subprocess.Popen([EXAMPLES / 'ship-logs.py', 'receive', 'got', port], stderr=subprocess.DEVNULL)
    receiver = receive()
    sender = subprocess.Popen([EXAMPLES / 'ship-logs.py', 'send', 'spool', '127.0.0.1', port], stdin=subprocess.PIPE)
    half = len(raw) // 2
    sender.stdin.write(raw[:half])
    sender.stdin.flush()
    _wait_until(lambda: pathlib.Path('got').exists() and pathlib.Path('got').stat().st_size > 200, 'something came')
    receiver = break_off(receiver, receive)
    sender.stdin.write(raw[half:])
    sender.stdin.close()
    assert sender.wait(SECONDS) == 0
    receiver.kill()
    receiver.wait()


def a_log_arrives_though_the_receiver_is_killed():
    raw = lines(60000)

    def kill(receiver, receive):
        receiver.kill()
        receiver.wait()
        with open('got', 'r+b') as file:  # as if the last bytes had not reached the disk
            file.truncate(os.path.getsize('got') - 100)
        return receive()
    _ship(raw, kill)
    assert output('cat', 'got') == raw
    assert pathlib.Path('got').read_bytes() == pathlib.Path('spool').read_bytes()


def a_log_goes_on_behind_what_was_sent_before():
    raw = lines(20000)
    for _ in range(2):
        _ship(raw, lambda receiver, receive: receiver)
    assert output('cat', 'got') == raw + raw


def a_sender_that_is_interrupted_ends_its_stream():
    port = _free_port()
    receiver = subprocess.Popen([EXAMPLES / 'ship-logs.py', 'receive', 'got', port])
    sender = subprocess.Popen([EXAMPLES / 'ship-logs.py', 'send', 'spool', '127.0.0.1', port], stdin=subprocess.PIPE)
    raw = lines(20000)
    sender.stdin.write(raw)
    sender.stdin.flush()
    _wait_until(lambda: pathlib.Path('got').exists() and pathlib.Path('got').stat().st_size > 200, 'something came')
    time.sleep(1.5)  # what a pipe held is in the spool
    sender.send_signal(signal.SIGINT)
    assert sender.wait(SECONDS) == 0
    receiver.kill()
    receiver.wait()
    assert output('cat', 'got') == raw
    assert output('-t', 'got') == b''


def a_receiver_with_another_file_is_refused():
    write('got', b'something else')
    port = _free_port()
    receiver = subprocess.Popen([EXAMPLES / 'ship-logs.py', 'receive', 'got', port])
    sent = subprocess.run([EXAMPLES / 'ship-logs.py', 'send', 'spool', '127.0.0.1', port], input=lines(20000),
                          stderr=subprocess.PIPE, timeout=SECONDS, check=False)
    second = subprocess.run([EXAMPLES / 'ship-logs.py', 'receive', 'got', _free_port()], stderr=subprocess.PIPE,
                            timeout=SECONDS, check=False)
    receiver.kill()
    receiver.wait()
    assert sent.returncode == 1 and b'is no beginning of the spool' in sent.stderr, sent
    assert second.returncode == 1 and b'is in use' in second.stderr
    assert pathlib.Path('got').read_bytes() == b'something else'


if __name__ == '__main__':
    if importlib.util.find_spec('gi') is None or not all(map(shutil.which, ('cc', 'gst-launch-1.0'))):
        sys.exit(77)
    main(globals())
