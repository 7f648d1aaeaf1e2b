#!/usr/bin/env python3
"""The command and the elements make and read the same streams.

    elements_test.py SIGMA

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import json
import pathlib
import subprocess

from command import lines, main, noise, output, run, write

RAW = lines(40000) + noise(300000)


def _launch(*words):
    subprocess.run(['gst-launch-1.0', '-q', *words], check=True, timeout=120)


def the_same_settings_make_the_same_stream():
    write('a', RAW)
    for level, size, option, value in ((3, '0', '', ''), (1, '65536', 'key-interval', '3'), (6, '0', 'max-memory', '67108864'),
                                       (9, '0', 'model', 'bytes'), (0, '131072', 'index', 'false'),
                                       (4, '0', 'verify', 'true'), (3, '0', 'search-index', 'true'), (3, '0', 'threads', '2')):
        _launch('filesrc', 'location=a', '!', 'sigmaenc', f'level={level}', f'chunk-size={size}',
                *([f'{option}={value}'] if option else []), '!', 'filesink', 'location=b.sigma')
        own = {'key-interval': '--key-interval=3', 'max-memory': '--memory=64M', 'model': '--model=bytes',
               'index': '--no-index', 'verify': '--verify', 'search-index': '--search-index', 'threads': '-T2'}.get(option)
        arguments = [f'-{level}', *([f'--chunk-size={size}'] if size != '0' else []), *([own] if own else [])]
        assert output('-c', *arguments, 'a') == pathlib.Path('b.sigma').read_bytes(), arguments
        assert output('-dc', 'b.sigma') == RAW


def elements_decode_what_the_command_encodes():
    write('a.sigma', output(data=RAW) + output('-9', '-T2', '--memory=64M', data=RAW))
    _launch('filesrc', 'location=a.sigma', '!', 'sigmadec', '!', 'filesink', 'location=b')
    assert pathlib.Path('b').read_bytes() == RAW + RAW


def _record(name, seconds, rate=8000):
    """A recording of so many seconds, in buffers of 10 ms, and its bytes."""
    _launch('audiotestsrc', f'num-buffers={seconds * 100}', f'samplesperbuffer={rate // 100}', 'wave=pink-noise', '!',
            f'audio/x-raw,format=S16LE,rate={rate},channels=1', '!', 'tee', 'name=t', 't.', '!', 'queue', '!', 'filesink',
            f'location={name}.raw', 't.', '!', 'queue', '!', 'sigmaenc', 'chunk-size=65536', 'key-interval=1', '!',
            'filesink', f'location={name}.sigma')
    return pathlib.Path(f'{name}.raw').read_bytes()


def times_of_recordings_are_found():
    raw = _record('a', 30)
    bytes_of = lambda begin, end: raw[int(begin * 16000):int(end * 16000)]
    info = json.loads(output('info', '--json', 'a.sigma'))
    assert info['kind'] == 'recording' and abs(info['duration'] - 30) < 0.001
    for begin, end in ((0, 1), (5, 5.5), (12.34, 20), (29.99, 30), (10, 10.01)):
        assert output('cat', f'--time={begin}:{end}', 'a.sigma') == bytes_of(begin, end), (begin, end)
    assert output('cat', '--time=25:', 'a.sigma') == bytes_of(25, 30)
    assert output('cat', '--time=:250ms', 'a.sigma') == bytes_of(0, 0.25)
    assert output('cat', '--time=0m5s:6s', '-T2', 'a.sigma') == bytes_of(5, 6)
    pathlib.Path('b.sigma').write_bytes(pathlib.Path('a.sigma').read_bytes() * 2)
    assert output('cat', '--time=29.5:31', 'b.sigma') == bytes_of(29.5, 30) + bytes_of(0, 1)
    assert output('cat', '--time=40:41', 'b.sigma') == bytes_of(10, 11)
    run('cat', '--time=1:2', data=pathlib.Path('a.sigma').read_bytes(), status=1)


def files_that_take_turns_tell_what_they_hold():
    write('a', lines(40000))
    _launch('filesrc', 'location=a', '!', 'sigmaenc', 'max-latency=1000000000', 'chunk-size=65536', 'key-interval=2', '!',
            'multifilesink', 'next-file=key-frame', 'min-keyframe-distance=1', 'location=part%03d.sigma')
    parts = sorted(pathlib.Path().glob('part*.sigma'))
    assert len(parts) > 5
    sizes = []
    for part in parts:
        sizes.append(json.loads(run('-l', '--json', part, status=0 if part == parts[-1] else 1).stdout)['decoded'])
        run('recover', '-f', '--join', '-o', 'saved', part, status=0 if part == parts[-1] else 2)
        assert pathlib.Path('saved').stat().st_size == sizes[-1], part
    assert sum(sizes) == len(lines(40000))
    assert b'damaged' not in run('info', '-v', parts[2], status=1).stderr


def recordings_decode_to_their_bytes():
    raw = _record('a', 2)
    done = run('-d', '-o', 'b', 'a.sigma')
    assert pathlib.Path('b').read_bytes() == raw and b'recording' in done.stderr
    assert b'no times' in run('-d', '--rm', '-o', 'c', 'a.sigma', status=1).stderr and pathlib.Path('a.sigma').exists()
    assert run('cat', 'a.sigma').stderr == b'' and b'recording' in output('-l', 'a.sigma')


if __name__ == '__main__':
    main(globals())
