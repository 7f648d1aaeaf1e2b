#!/usr/bin/env python3
"""Parts of what a file decodes to, and what is left of damaged files.

    parts_test.py SIGMA

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import json
import os
import pathlib

from command import lines, main, names, noise, output, run, write

LOG = lines(30000)


def _small_groups(data, *options):
    return output('--chunk-size=64K', '--key-interval=2', *options, data=data)


def ranges_are_cut_out():
    write('a.sigma', _small_groups(LOG) + _small_groups(LOG))
    both = LOG + LOG
    for begin, length in ((0, 10), (100000, 1), (65536, 65536), (131071, 2), (len(LOG) - 5, 10), (len(both) - 3, 100),
                          (500000, 1000000), (7, 0)):
        assert output('-d', f'--range={begin}:{length}', 'a.sigma') == both[begin:begin + length]
        assert output('cat', f'--range={begin}:{length}', data=pathlib.Path('a.sigma').read_bytes()) == \
            both[begin:begin + length]
        assert output('cat', '-T2', f'--range={begin}:{length}', 'a.sigma') == both[begin:begin + length]
    assert output('cat', '--range=1M:', 'a.sigma') == both[1 << 20:]
    assert output('cat', '--range=:1K', 'a.sigma') == both[:1024]
    assert output('cat', '--range=-10:4', 'a.sigma') == both[-10:-6]
    assert output('cat', '--range=-10:', 'a.sigma') == both[-10:]
    run('-d', '--range=5:7', '-o', 'part', 'a.sigma')
    assert pathlib.Path('part').read_bytes() == both[5:12]
    for wrong in ('abc:3', '5', '-5:x', ':', '1:2:3'):
        done = run('cat', f'--range={wrong}', 'a.sigma', status=0 if wrong == ':' else 1)
        assert done.stdout == (both if wrong == ':' else b'')
    assert b'behind the end' in run('cat', f'--range={len(both)}:5', 'a.sigma', status=1).stderr
    run('cat', '--range=-5:5', data=pathlib.Path('a.sigma').read_bytes(), status=1)


def lines_are_cut_out():
    write('a.sigma', _small_groups(LOG + b'no end'))
    all_lines = (LOG + b'no end').splitlines(keepends=True)
    for begin, end in ((1, 1), (1, 3), (2, 2), (1000, 5000), (29999, 30001), (30001, 40000)):
        assert output('cat', f'--lines={begin}:{end}', 'a.sigma') == b''.join(all_lines[begin - 1:end])
    assert output('cat', '--lines=7', 'a.sigma') == all_lines[6]
    assert output('cat', '--lines=:2', 'a.sigma') == b''.join(all_lines[:2])
    assert output('cat', '--lines=30000:', data=pathlib.Path('a.sigma').read_bytes()) == b''.join(all_lines[29999:])
    for count in (1, 2, 1000, 29999, 30001, 30002, 10**9):
        assert output('cat', f'--lines=-{count}:', 'a.sigma') == b''.join(all_lines[-count:])
    write('b.sigma', _small_groups(LOG) + _small_groups(b''))
    for count in (1, 7, 29999, 30000, 30001):
        assert output('cat', f'--lines=-{count}:', 'b.sigma') == b''.join(all_lines[:30000][-count:])
    write('c.sigma', _small_groups(b'\n\n'))
    assert output('cat', '--lines=-1:', 'c.sigma') == b'\n'
    write('d.sigma', _small_groups(b''))
    assert output('cat', '--lines=-5:', 'd.sigma') == b''
    assert b'read anywhere' in run('cat', '--lines=-5:', data=pathlib.Path('a.sigma').read_bytes(), status=1).stderr
    for wrong in ('0:5', '5:3', 'x', '-0:', '-5:7', '-x:', '--1:'):
        run('cat', f'--lines={wrong}', 'a.sigma', status=1)
    run('cat', '--lines=30002:', 'a.sigma', status=1)
    run('cat', '--lines=1:2', '--range=1:2', 'a.sigma', status=1)


def times_need_a_recording():
    write('a.sigma', _small_groups(LOG))
    assert b'no recording' in run('cat', '--time=1:2', 'a.sigma', status=1).stderr
    run('cat', '--time=1m:30', 'a.sigma', status=1)
    run('cat', '--time=x:30', 'a.sigma', status=1)


def _damaged(raw):
    """A stream with small groups of which one chunk is hit, and the bytes around the hole."""
    coded = bytearray(_small_groups(raw, '--model=bytes', '-1'))
    coded[len(coded) // 2:len(coded) // 2 + 100] = noise(100)
    return bytes(coded)


def what_is_intact_is_recovered_at_its_place():
    raw = noise(1000000)
    write('a.sigma', _damaged(raw))
    done = run('recover', 'a.sigma', status=2)
    found = pathlib.Path('a').read_bytes()
    begin, end = (int(number) for number in done.stdout.split(b'\t')[0].split(b'-'))
    assert len(found) == len(raw) and 0 < end - begin <= 2 * 65536
    assert found == raw[:begin] + bytes(end - begin) + raw[end:]
    assert b'are missing' in done.stderr
    report = json.loads(output('recover', '--json', '-o', 'b', 'a.sigma', status=2))
    assert (report['holes'][0]['begin'], report['holes'][0]['end']) == (begin, end) and not report['ok']
    assert report['lost'] == end - begin and report['recovered'] == len(raw) - report['lost']
    run('recover', '--join', '-o', 'j', 'a.sigma', status=2)
    assert pathlib.Path('j').read_bytes() == raw[:begin] + raw[end:]
    assert output('recover', '-c', 'a.sigma', status=2) == found
    assert output('recover', '-c', '--join', '-T2', 'a.sigma', status=2) == raw[:begin] + raw[end:]
    assert b'damaged' in run('-dc', 'a.sigma', status=1).stderr
    run('-t', 'a.sigma', status=1)
    run('-d', '-o', 'no', 'a.sigma', status=1)
    assert names() == ['a', 'a.sigma', 'b', 'j']
    # What is read elsewhere is not damaged.
    assert output('cat', '--range=-1000:', 'a.sigma') == raw[-1000:]
    assert output('cat', '--range=5:1000', 'a.sigma') == raw[5:1005]


def files_that_stop_early_are_recovered_as_far_as_they_go():
    write('a.sigma', _small_groups(LOG)[:-3000])
    done = run('recover', 'a.sigma', status=2)
    found = pathlib.Path('a').read_bytes()
    assert found == LOG[:len(found)] and len(found) > len(LOG) // 2
    assert b'unknown' in done.stdout and b'an end' in done.stderr
    report = json.loads(output('recover', '--json', '-f', 'a.sigma', status=2))
    assert report['end_unknown'] is True
    # Behind it another stream goes on: where, the list tells.
    write('b.sigma', _small_groups(LOG)[:-3000] + _small_groups(LOG))
    report = json.loads(output('recover', '--json', 'b.sigma', status=2))
    hole = report['holes'][-1]
    saved = pathlib.Path('b').read_bytes()
    assert report['end_unknown'] is True and hole['unknown'] is True
    assert saved[:hole['begin']] == LOG[:hole['begin']] and saved[hole['end']:] == LOG


def sound_files_are_recovered_whole():
    write('a.sigma', _small_groups(LOG))
    assert output('recover', 'a.sigma') == b'' and pathlib.Path('a').read_bytes() == LOG
    assert json.loads(output('recover', '--json', '-f', 'a.sigma'))['ok']
    write('b.sigma', b'no stream at all')
    run('recover', 'b.sigma', status=1)
    assert json.loads(output('recover', '--json', 'b.sigma', status=1))['error']['code'] == 'NOT_SIGMA'
    assert names() == ['a', 'a.sigma', 'b.sigma']


def pieces_join_to_the_whole():
    for data, count in ((LOG, 7), (LOG[:1000], 50), (noise(300000), 3), (b'', 2), (b'one line' * 200000, 4), (b'\n', 3)):
        write('a', data)
        pieces = [f'a.{i:0{len(str(count))}}-of-{count}.sigma' for i in range(1, count + 1)]
        for i, piece in enumerate(pieces, 1):
            run('encode', '-f', f'--split={i}/{count}', '--check-output', 'a')
            part = output('-dc', piece)
            assert data != LOG or part.endswith(b'\n')
        run('join', '-f', *pieces)
        assert output('-dc', 'a.sigma') == data
        assert pathlib.Path('a.sigma').read_bytes() == b''.join(pathlib.Path(piece).read_bytes() for piece in pieces)
        assert json.loads(output('list', '--json', 'a.sigma'))['streams'] == count
        for piece in pieces:
            os.unlink(piece)
    for wrong in ('0/3', '4/3', 'x', '1/0', '1'):
        run(f'--split={wrong}', '-c', 'a', status=1)
    run('--split=1/2', data=b'x', status=1)


def pieces_of_a_file_that_changed_are_refused():
    write('a', LOG)
    run('--split=1/2', 'a')
    write('a', LOG + lines(5000))
    run('--split=2/2', 'a')
    assert b'not of one file' in run('join', 'a.1-of-2.sigma', 'a.2-of-2.sigma', status=1).stderr
    for piece in (1, 2, 3, 4):
        run(f'--split={piece}/4', 'a')
    run('join', '-f', *(f'a.{piece}-of-4.sigma' for piece in (1, 2, 3, 4)))
    assert output('cat', 'a.sigma') == LOG + lines(5000)
    pathlib.Path('a.1-of-4.sigma').rename('a.1-of-2.sigma')
    assert b'not of one file' in run('join', '-f', 'a.1-of-2.sigma', 'a.2-of-2.sigma', status=1).stderr
    assert output('cat', 'a.sigma') == LOG + lines(5000)


def what_cannot_be_joined_is_refused():
    write('a', LOG)
    for i in range(1, 4):
        run(f'--split={i}/3', 'a')
    one, two, three = names()[1:]
    for wrong in ((one, three), (one, two), (two, one, three), (one, two, two), (one, two, 'a')):
        run('join', *wrong, status=1)
        run('join', '-o', 'j', *wrong, status=1)
    whole = pathlib.Path(two).read_bytes()
    damaged = bytearray(whole)
    damaged[len(whole) // 2] ^= 1
    for broken, shallow in ((whole[:-1], 1), (whole + b'x', 1), (bytes(damaged), 0), (b'', 1)):
        write(two, broken)
        run('join', one, two, three, status=1)
        run('join', '--no-check-output', '-c', one, two, three, status=shallow)
        assert names() == ['a', one, two, three]
    write(two, whole)
    run('join', '-T2', one, two, three)
    assert output('-dc', 'a.sigma') == LOG
    write('x.sigma', whole)
    run('join', 'x.sigma', 'x.sigma', status=1)   # where to?
    assert output('join', '-c', 'x.sigma', 'x.sigma') == whole + whole


def holes_are_sparse():
    raw = noise(1000000)
    write('a.sigma', _damaged(raw))
    run('recover', 'a.sigma', status=2)
    assert os.stat('a').st_size == len(raw) and os.stat('a').st_blocks * 512 < len(raw)


if __name__ == '__main__':
    main(globals())
