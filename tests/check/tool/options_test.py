#!/usr/bin/env python3
"""Each option of docs/command.md does what the table says.

    options_test.py SIGMA

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import json
import os
import pathlib
import re
import stat
import subprocess
import sys

from command import SIGMA, lines, main, names, noise, output, run, write

LOG = lines(20000)
DOCUMENT = pathlib.Path(__file__).resolve().parents[3] / 'docs' / 'command.md'


def files_are_encoded_and_decoded_beside_themselves():
    write('a', LOG)
    run('a')
    assert names() == ['a', 'a.sigma']
    os.unlink('a')
    run('-d', 'a.sigma')
    assert pathlib.Path('a').read_bytes() == LOG and names() == ['a', 'a.sigma']


def pipes_are_the_default():
    coded = output(data=LOG)
    assert output('-', data=LOG) == output('-c', data=LOG) == output('-z', data=LOG) == coded
    assert output('-d', data=coded) == output('-dc', '-', data=coded) == output('cat', data=coded) == LOG
    assert output('encode', data=LOG) == coded and output('decode', data=coded) == LOG
    assert output('-d', data=output(data=b'')) == b''


def every_level_is_an_option():
    coded = {}
    for level in range(10):
        coded[level] = output(f'-{level}', data=LOG[:200000])
        assert output('--level', level, data=LOG[:200000]) == coded[level]
        assert output('-d', data=coded[level]) == LOG[:200000]
    assert output(data=LOG[:200000]) == coded[3]
    assert output('--fast', data=LOG[:200000]) == coded[1] and output('--best', data=LOG[:200000]) == coded[9]
    assert len(coded[0]) > 200000 > 5 * len(coded[1])
    for many in ('-19', '-c15', '-10'):
        assert b'levels are 0 to 9' in run(many, data=LOG, status=1).stderr
    assert output('-1', '-9', data=LOG[:200000]) == coded[9]


def letters_can_be_joined():
    write('a', LOG)
    run('-6kfqT2', 'a')
    assert output('-dcq', 'a.sigma') == LOG
    assert output('-dcT0', 'a.sigma') == LOG


def options_of_the_codec_reach_it():
    write('a', LOG * 3)
    sizes = set()
    for option in ('--chunk-size=64K', '--key-interval=1', '--chain=1', '--no-index', '--model=bytes', '--model=records',
                   '--memory=64M', '-M64M', '--memlimit=64M', '--verify', '--block-size=64K', '--model=samples'):
        run('-f', option, 'a')
        sizes.add(os.path.getsize('a.sigma'))
        assert output('-dc', 'a.sigma') == LOG * 3
    assert len(sizes) >= 6
    info = json.loads(output('info', '--json', 'a.sigma'))
    run('-f', '--chunk-size=64K', '--key-interval=3', '--no-index', 'a')
    info = json.loads(output('info', '--json', 'a.sigma'))
    assert info['index'] is False and info['stream_list'][0]['chunk_size'] == 65536
    assert info['stream_list'][0]['key_interval'] == 3
    for wrong in ('--model=frogs', '--chunk-size=1', '--chunk-size=x', '--level=10', '-T65', '--memory=1', '--range=1:2',
                  '--key-interval=-1', '--nonsense', '-y'):
        assert run('-c', wrong, 'a', status=1).stderr.startswith(b'sigma: ') or wrong in ('--nonsense', '-y')
    assert b'--memory=' in run('-c', '--memory=1M', 'a', status=1).stderr


def threads_give_the_same_stream():
    write('a', LOG * 20)
    one = output('-c', 'a')
    assert output('-c', '-T2', '--memory=64M', 'a') == output('-c', '-T', '1', '--memory=64M', 'a')
    assert output('-dc', '-T0', data=one) == LOG * 20
    run('-t', '--threads=2', data=one)


def inputs_are_kept_unless_rm_says_otherwise():
    write('a', LOG)
    run('-k', 'a')
    run('-f', '--rm', 'a')
    assert names() == ['a.sigma']
    run('-d', '--rm', '--no-check-output', 'a.sigma')
    assert names() == ['a'] and pathlib.Path('a').read_bytes() == LOG
    run('-f', '--rm', '-o', 'a', 'a', status=1)   # the output is not the input
    assert pathlib.Path('a').read_bytes() == LOG
    run('--rm', '-k', 'a')
    assert names() == ['a', 'a.sigma']
    run('-c', '--rm', 'a')
    for command in ('test', 'recover', 'join', 'list'):
        assert b'--rm' in run(command, '--rm', 'a.sigma', status=1).stderr
    assert names() == ['a', 'a.sigma']
    os.remove('a.sigma')
    os.symlink('a', 'link')
    assert b'symbolic link' in run('--rm', 'link', status=1).stderr
    run('-f', '--rm', 'link')
    assert names() == ['a', 'link.sigma']


def nothing_is_overwritten_unasked():
    write('a', LOG)
    write('a.sigma', b'precious')
    assert b'-f' in run('a', status=1).stderr
    assert pathlib.Path('a.sigma').read_bytes() == b'precious'
    run('-f', 'a')
    write('a', b'precious')
    run('-d', 'a.sigma', status=1)
    run('-d', '-o', 'a', 'a.sigma', status=1)
    assert pathlib.Path('a').read_bytes() == b'precious'
    run('-d', '--force', 'a.sigma')
    assert pathlib.Path('a').read_bytes() == LOG and names() == ['a', 'a.sigma']


def a_name_for_the_output_can_be_given():
    write('a', LOG)
    run('-o', 'b', 'a')
    run('-d', '--output', 'c', 'b')
    assert pathlib.Path('c').read_bytes() == LOG
    run('-o', 'd.sigma', data=LOG)
    assert pathlib.Path('d.sigma').read_bytes() == pathlib.Path('b').read_bytes()
    assert stat.S_IMODE(os.stat('d.sigma').st_mode) == 0o666 & ~_umask()
    assert output('-o', '-', 'a') == pathlib.Path('b').read_bytes()
    run('-o', '/dev/null', 'a')
    run('-o', 'x', 'a', 'b', status=1)
    run('-o', 'nowhere/x', 'a', status=1)
    assert names() == ['a', 'b', 'c', 'd.sigma']


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


def suffixes_are_looked_at():
    write('a', LOG)
    run('-S', '.x', 'a')
    run('a.x', '--suffix', 'x', status=1)
    run('-d', 'a.x', status=1)
    os.unlink('a')
    run('-d', '-S', 'x', 'a.x')
    run('a')
    assert b'already' in run('a.sigma', status=1).stderr
    run('-f', 'a.sigma')
    assert names() == ['a', 'a.sigma', 'a.sigma.sigma', 'a.x']


def mode_times_and_owner_are_kept():
    write('a', LOG)
    os.chmod('a', 0o640)
    os.utime('a', ns=(1111111111222222222, 1234567890123456789))
    if os.geteuid() == 0:
        os.chown('a', 1234, 4321)
    run('a')
    os.unlink('a')
    run('-d', 'a.sigma')
    for name in ('a.sigma', 'a'):
        info = os.stat(name)
        assert stat.S_IMODE(info.st_mode) == 0o640 and info.st_mtime_ns == 1234567890123456789
        assert os.geteuid() != 0 or (info.st_uid, info.st_gid) == (1234, 4321)


def folders_are_gone_through():
    for name in ('f/a', 'f/g/b', 'f/c.sigma', 'f/-x', 'f/.a.sigma.123456.sigma-part'):
        write(name, LOG if not name.endswith('sigma') else output(data=LOG))
    os.symlink('a', 'f/link')
    assert b'-r' in run('f', status=1).stderr
    run('-r', 'f')
    assert names() == ['f/-x', 'f/-x.sigma', 'f/.a.sigma.123456.sigma-part', 'f/a', 'f/a.sigma', 'f/c.sigma', 'f/g/b', 'f/g/b.sigma', 'f/link']
    run('-r', 'f', status=1)   # all of it is there
    run('-rt', 'f')
    run('-rdf', '--rm', 'f')
    assert names() == ['f/-x', 'f/.a.sigma.123456.sigma-part', 'f/a', 'f/c', 'f/g/b', 'f/link']


def no_output_takes_the_place_of_its_input():
    write('a', LOG)
    run('a')
    for arguments in (('-f', '-o', 'a', 'a'), ('-df', '-o', 'a.sigma', 'a.sigma'), ('recover', '-f', '-o', 'a.sigma', 'a.sigma')):
        assert b'it is the input' in run(*arguments, status=1).stderr
    assert pathlib.Path('a').read_bytes() == LOG and output('cat', 'a.sigma') == LOG


def lists_of_files_are_read():
    for name in ('a', 'b b', 'c'):
        write(name, LOG)
    write('list', b'a\nb b\n')
    run('--files-from', 'list')
    assert names() == ['a', 'a.sigma', 'b b', 'b b.sigma', 'c', 'list']
    run('-t', '--files-from=-', data=b'a.sigma\nb b.sigma')
    run('-t', '--files0=-', data=b'a.sigma\0b b.sigma\0')
    run('-f', '--filelist', 'list', '--', 'c')
    run('-f', '--files=list')
    assert 'c.sigma' in names()
    assert output('--files-from=/dev/null') == b''   # not standard input
    assert b'No such file' in run('--files-from=nowhere', status=1).stderr


def outputs_go_to_folders():
    write('f/g/a', LOG)
    write('f/b', LOG)
    run('-r', '--output-dir-flat=o', 'f')
    assert names('o') == ['o/a.sigma', 'o/b.sigma']
    run('-r', '--output-dir-mirror=m', './f')
    assert names('m') == ['m/f/b.sigma', 'm/f/g/a.sigma']
    write('f/a', LOG[:1000])
    done = run('-f', '--output-dir-flat=o', 'f/a', 'f/g/a', status=1)   # one name for two inputs
    assert b'another input' in done.stderr and output('-dc', 'o/a.sigma') == LOG[:1000]
    for empty in ('--output-dir-flat=', '-o', '--output-dir-flat=o --output-dir-mirror=m'):
        run(*empty.split(), *([''] if empty == '-o' else []), 'f/b', status=1)
    os.chdir('f')
    run('--output-dir-mirror=m', '../f/b', status=1)
    os.chdir('..')


def streams_are_joined_by_stdout():
    write('a', LOG)
    write('b', LOG[:1000])
    write('j.sigma', output('-c', 'a', 'b'))
    assert output('-dc', 'j.sigma') == LOG + LOG[:1000]
    assert json.loads(output('-l', '--json', 'j.sigma'))['streams'] == 2
    write('j.sigma', output('-c', 'a') + output('-c', 'b') + bytes(10240))
    assert output('cat', 'j.sigma', 'j.sigma') == 2 * (LOG + LOG[:1000])


def tests_say_what_is_intact():
    write('a.sigma', output(data=LOG))
    write('b.sigma', output(data=noise(300000))[:-100])
    write('c.sigma', b'something else')
    assert run('-t', 'a.sigma').stderr == b'' and b'intact' in run('-tv', 'a.sigma').stderr
    done = run('-t', '--json', 'a.sigma', 'b.sigma', 'c.sigma', status=1)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one['ok'] for one in found] == [True, False, False]
    assert [one.get('error', {}).get('code') for one in found] == [None, 'TRUNCATED', 'NOT_SIGMA']
    assert found[0]['decoded'] == len(LOG)
    assert done.stderr.count(b'\n') == 2
    run('test', 'b.sigma', status=1)


def lists_tell_sizes():
    write('a.sigma', output(data=LOG))
    write('b.sigma', output('--chunk-size=64K', '--key-interval=2', data=LOG))
    table = output('list', 'a.sigma', 'b.sigma').decode().splitlines()
    assert len(table) == 4 and table[0].split()[:3] == ['Streams', 'Groups', 'Chunks'] and '2 files' in table[3]
    one = json.loads(output('-l', '--json', 'b.sigma'))
    assert one['decoded'] == len(LOG) and one['bytes'] == os.path.getsize('b.sigma') and one['complete']
    assert one['chunks'] == -(-len(LOG) // 65536) and one['groups'] == -(-one['chunks'] // 2)
    run('-l', data=b'', status=1)
    groups = json.loads(output('info', '-v', '--json', 'b.sigma'))['stream_list'][0]['group_list']
    assert [group['decoded_begin'] for group in groups] == list(range(0, len(LOG), 131072))
    assert b'stream 0: format 1.' in output('info', '-v', 'b.sigma')


def lists_read_the_index_alone():
    coded = bytearray(output('--chunk-size=64K', '--model=bytes', data=noise(2000000)))
    write('a.sigma', coded)
    found = [output(command, '--json', 'a.sigma') for command in ('list', 'info')]
    coded[200:-3000] = noise(len(coded) - 3200)   # all chunks are gone
    write('a.sigma', coded)
    assert [output(command, '--json', 'a.sigma') for command in ('list', 'info')] == found
    run('-t', 'a.sigma', status=1)


def explanations_name_models_and_columns():
    golden = pathlib.Path(os.environ['SIGMA_GOLDEN'])
    for path in sorted(golden.glob('*.sigma')):
        text = output('explain', path).decode()
        assert 'for heads, headers, index and end' in text
    text = output('explain', '--columns', 3, golden / '1.2-records.sigma').decode()
    assert 'records, of' in text and 'values behind | form' in text
    write('a.sigma', output(data=LOG))
    found = json.loads(output('explain', '--json', 'a.sigma'))
    assert found['record_count'] == 20000 and found['records']['chunks'] and len(found['columns']) > 3
    samples = json.loads(output('explain', '--json', golden / '1.4-samples.sigma'))['samples']
    assert samples and samples[0]['bits'] and 'integers' in samples[0]['layout']
    for path in sorted((golden / 'errors').glob('*.sigma')):
        done = subprocess.run([SIGMA, 'explain', path], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
        assert done.returncode in (0, 1)


def zeros_become_holes():
    zeros = bytes(5000) + b'x' * 100 + bytes(3000000) + b'y' + bytes(2000000)
    write('z', zeros)
    run('z')
    run('-d', '-o', 'a', 'z.sigma')
    run('-d', '--no-sparse', '-o', 'b', 'z.sigma')
    with open('c', 'wb') as file:
        subprocess.run([SIGMA, '-dc', '--sparse', 'z.sigma'], stdout=file, check=True)
    with open('d', 'wb') as file:
        file.write(b'before')
        file.flush()
        subprocess.run([SIGMA, '-dc', '--sparse', 'z.sigma'], stdout=file, check=True)
    for name in ('a', 'b', 'c'):
        assert pathlib.Path(name).read_bytes() == zeros
    assert pathlib.Path('d').read_bytes() == b'before' + zeros
    assert os.stat('a').st_blocks * 512 < 100000 or os.stat('z').st_blocks == 0
    assert os.stat('c').st_blocks <= os.stat('a').st_blocks
    write('e', b'old and longer ' * 1000000)   # what was there must not show through
    with open('e', 'r+b') as file:
        subprocess.run([SIGMA, '-dc', '--sparse', 'z.sigma'], stdout=file, check=True)
    assert pathlib.Path('e').read_bytes()[:len(zeros)] == zeros


def tar_uses_it():
    write('f/a', LOG)
    write('f/b', LOG)
    subprocess.run(['tar', '-I', SIGMA, '-cf', 'f.tar.sigma', 'f'], check=True)
    assert subprocess.run(['tar', '-I', SIGMA, '-tf', 'f.tar.sigma'], stdout=subprocess.PIPE, check=True,
                          text=True).stdout.count('f/') == 3
    subprocess.run(['tar', '-I', f'{SIGMA} -6', '-cf', 'f.tar.sigma', 'f'], check=True)


def what_is_no_stream_passes_where_that_is_asked_for():
    write('a', LOG)
    for words in (('cat', '-f'), ('-dcf',)):
        assert output(*words, 'a') == output(*words, data=LOG) == LOG
        assert output(*words, data=b'') == b'' and output(*words, data=b'x') == b'x'
        assert output(*words, data=output(data=LOG)) == LOG
    run('-dc', data=LOG, status=1)


def cat_takes_a_name():
    write('a.sigma', output(data=LOG))
    run('cat', '-o', 'b', '--range=10:20', 'a.sigma')
    assert pathlib.Path('b').read_bytes() == LOG[10:30]


def long_names_of_files_are_names():
    name = 'n' * 249
    write(name, LOG)
    run('--rm', name)
    run('-d', '--rm', name + '.sigma')
    assert names() == [name] and pathlib.Path(name).read_bytes() == LOG


def links_are_commands():
    write('a', LOG)
    run('a')
    os.unlink('a')
    for name in ('unsigma', 'sigmacat'):
        os.symlink(SIGMA, name)
    assert output('a.sigma', command='./sigmacat') == LOG
    write('plain', b'not coded')
    run('plain', command='./sigmacat', status=1)
    assert output('-f', 'plain', 'a.sigma', command='./sigmacat') == b'not coded' + LOG
    run('a.sigma', command='./unsigma')
    assert pathlib.Path('a').read_bytes() == LOG


def names_of_commands_can_be_files():
    write('list', LOG)
    run('./list')
    run('-d', '-f', 'list.sigma')
    run('-f', '--', 'list')
    assert names() == ['list', 'list.sigma']


def it_says_as_much_as_it_is_asked():
    write('a', LOG)
    assert run('a').stderr == b''
    assert b'a.sigma' in run('-fv', 'a').stderr
    assert run('-q', 'a', status=1).stderr.startswith(b'sigma: a.sigma: ')
    version = output('-V').decode()
    assert version == output('--version').decode() and re.fullmatch(r'sigma \d+\.\d+\.\d+\n', version)
    assert output('-h') in output('--help') == output('-H')
    assert max(map(len, output('--help').decode().splitlines())) <= 110


def what_cannot_be_read_is_an_error_and_the_others_are_done():
    write('a', LOG)
    write('b', LOG)
    os.mkfifo('fifo')
    done = run('a', 'nowhere', 'b', status=1)
    assert b'nowhere' in done.stderr and names() == ['a', 'a.sigma', 'b', 'b.sigma']
    assert b'no regular file' in run('fifo', status=1).stderr
    run('-l', 'a', status=1)
    run('-d', 'a.sigma', status=1)
    for command in ('list', 'info', 'explain', 'test'):
        found = [json.loads(line) for line in output(command, '--json', 'nowhere', 'a', 'b.sigma', status=1).splitlines()]
        assert [one['file'] for one in found] == ['nowhere', 'a', 'b.sigma']
        assert [one.get('ok') for one in found[:2]] == [False, False]
    run('--json', 'a', status=1)


def pipes_are_flushed_after_a_while():
    process = subprocess.Popen([SIGMA, '--flush-timeout=100'], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    process.stdin.write(LOG[:1000])
    process.stdin.flush()
    assert os.read(process.stdout.fileno(), 65536)   # comes although neither chunk nor input is at its end
    process.stdin.close()
    process.stdout.read()
    assert process.wait() == 0


def checks_find_what_was_written_wrong():
    write('a', LOG)
    run('--check-output', 'a')
    run('-f', '--check-output', '-o', 'b.sigma', data=LOG)
    assert output('-dc', 'b.sigma') == LOG


def parts_of_zstd_and_xz_that_are_none_are_refused():
    for option in ('-e', '--extreme', '-Ccrc64', '-D', '--long=27', '--patch-from=x', '--adapt', '--rsyncable', '--ultra'):
        run(option, data=b'x', status=1)


def long_names_are_those_of_letters():
    write('a', LOG)
    coded = output('-c', 'a')
    for option in ('--encode', '--compress', '--stdout', '--to-stdout', '--check', '--sync', '--no-sync'):
        assert output(option, '-c', 'a') == coded
    write('f/a.sigma', coded)
    for option in ('--decode', '--decompress', '--uncompress'):
        assert output(option, '--stdout', 'f/a.sigma') == LOG
    assert b'intact' in run('--test', '--verbose', '--recursive', 'f').stderr
    assert output('--list', 'f/a.sigma') == output('list', 'f/a.sigma')
    assert output('--info', '--robot', 'f/a.sigma') == output('info', '--json', 'f/a.sigma')
    run('--rm', '--keep', '--no-sync', '-o', 'b', 'a')
    assert names() == ['a', 'b', 'f/a.sigma']


def _known_options():
    source = DOCUMENT.parents[1] / 'gst' / 'tool' / 'option_names.hpp'
    return set(re.findall(r'^ +\{"([a-z0-9-]+)", (?:no|required)_argument', source.read_text(), re.M))


def every_row_of_the_table_is_about_options_that_are_there():
    rows = [[cell.strip() for cell in row.split('|')[1:-1]]
            for row in re.findall(r'^\|.*\|$', DOCUMENT.read_text(), re.M)]
    table = [row for row in rows if len(row) == 4 and row[2] != 'sigma' and not row[2].startswith('---')]
    assert len(table) > 30
    for row in table:
        assert row[2] != 'none' or row[3], row   # the reason why not
        for option in re.findall(r'`--([a-z0-9-]+)', row[2]):
            assert option in _known_options(), option


def every_option_is_tested():
    tests = ''.join(path.read_text() for path in pathlib.Path(__file__).parent.glob('*_test.py'))
    missing = [option for option in sorted(_known_options()) if not re.search(rf'--{option}\b', tests)]
    assert not missing, missing


if __name__ == '__main__':
    main(globals())
