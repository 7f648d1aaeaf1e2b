#!/usr/bin/env python3
"""`sigma grep` prints what GNU grep prints, byte for byte.

    grep_test.py SIGMA

Files of several kinds are searched with generated patterns and options, the same in each run. The streams have short
chunks and groups, so that what is skipped and what is not lie close together.

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import base64
import concurrent.futures
import os
import pathlib
import random
import subprocess

from command import SIGMA, lines, main, noise, output, run, write

CASES = 2400
WORDS = ('error warning failed connection refused timeout request service host GET POST index.html user admin cache '
         'flush commit rollback page table session opened closed for root by daemon kernel eth0 link up down').split()


def _log(rng, count):
    out = []
    for i in range(count):
        # What is rare stands in few places, so that the chunks around it can be passed.
        some = WORDS[i * 7 // count * 3:][:12]
        word = 'panic: Lost+Found' if i in (1700, 1701, 3300, 21000) else rng.choice(some)
        out.append('2026-01-%02d %02d:%02d:%02d.%03d host%d %s[%d]: %s %s after %d ms\n' % (
            i // 1000 + 1, i // 60 % 24, i % 60, i * 7 % 60, rng.randrange(1000), rng.randrange(4), rng.choice(WORDS),
            1000 + rng.randrange(50), word, rng.choice(WORDS), rng.randrange(5000)))
    return ''.join(out).encode()


def _json(rng):
    return ''.join('{"id": %d, "name": "%s", "tags": ["%s", "%s"], "price": %d.%02d, "ok": %s}\n' % (
        i, rng.choice(WORDS), rng.choice(WORDS), rng.choice(WORDS), rng.randrange(100), rng.randrange(100),
        rng.choice(['true', 'false', 'null'])) for i in range(3000)).encode()


def _mixed(rng):
    """Records, and between them lines that are none, which may refer to bytes before."""
    parts = [_log(rng, 36000), b''.join(base64.b64encode(noise(4000 + 45 * i))[:60 + i % 9] + b'\n' for i in range(90)) * 60]
    size = 700000
    return b''.join(part[i * size:(i + 1) * size] for i in range(4) for part in parts)


def _csv(rng):
    return b'id,name,value,note\r\n' + ''.join('%d,%s,%.3f,"%s, %s"\r\n' % (
        i, rng.choice(WORDS).upper(), rng.random() * 100, rng.choice(WORDS), '' if i % 5 else 'Sonderfall')
        for i in range(4000)).encode()


def _text(rng):
    out, line = [], []
    for _ in range(30000):
        line.append(rng.choice(WORDS))
        if rng.random() < 0.1:
            out.append(' '.join(line).capitalize() + rng.choice(['.', '?', '!', '']))
            line = []
        if rng.random() < 0.01:
            out.append('')
    return '\n'.join(out).encode()   # without an end of the last line


def _files():
    rng = random.Random(25)
    log = _log(rng, 4200)
    return {'log': log, 'long': _log(rng, 36000), 'mixed': _mixed(rng),
            'words': _log(rng, 30000), 'json': _json(rng), 'csv': _csv(rng), 'text': _text(rng), 'zero': log[:50000] + b'\0\n' + log,
            'latin': log[:60000].replace(b'a', b'\xe4'), 'utf8': log[:60000].replace(b'e', 'é'.encode()),
            'noise': noise(40000), 'empty': b'', 'feeds': b'\n' * 5000, 'feed': b'x'}


def _write_files(files):
    """The same names in two folders: as they are, and as streams."""
    settings = [('-3', '--chunk-size=64K', '--key-interval=2'), ('-1',), ('-6', '--chunk-size=128K', '--key-interval=1'),
                ('-2', '--chunk-size=64K', '--key-interval=1', '--search-index')]
    own = {'long': ('-3', '--chunk-size=512K', '--key-interval=3'), 'words': ('-1', '--key-interval=1', '--chunk-size=512K', '--search-index'),
           'mixed': ('-6', '--chunk-size=512K', '--memory=64M')}
    for i, (name, data) in enumerate(files.items()):
        write(f'plain/{name}', data)
        write(f'coded/{name}', output('-c', *own.get(name, settings[i % len(settings)]), data=data))


def _snippet(rng, data):
    text = [line for line in data.decode('latin-1').replace('\0', '\n').split('\n') if line.strip()] or ['x']
    line = rng.choice(text)
    begin = rng.randrange(len(line))
    return line[begin:begin + rng.choice([1, 2, 3, 5, 8, 12, 20])]


def _quote(text, is_extended):
    special = '\\.[]*^$' + ('+?{}()|' if is_extended else '')
    return ''.join('\\' + c if c in special else c for c in text)


def _regex(rng, text, is_extended):
    """An expression that is made of a text."""
    def op(letter):
        return letter if is_extended else '\\' + letter
    parts = []
    for c in text:
        quoted = _quote(c, is_extended)
        parts.append(rng.choice(
            [quoted] * 12 + ['.', '.*', quoted + '*', quoted + op('+'), quoted + op('?'), '[^,]', '[a-z0-9]', '[[:alnum:]]*',
                             '\\w', '\\W*', op('(') + quoted + op('|') + 'q' + op(')'), quoted + op('{') + '1,2' + op('}'),
                             '[[:space:][:punct:]]*', op('(') + quoted + 'x' + op(')') + op('?'), '\\b', '\\<']))
    regex = ''.join(parts)
    form = rng.random()
    if form < 0.1:
        regex = '^' + regex
    elif form < 0.2:
        regex += '$'
    elif form < 0.3:
        regex += op('|') + _quote(rng.choice(WORDS), is_extended)
    elif form < 0.36:
        regex = op('(') + '[a-z]' + op(')') + '\\1' + regex[:0]
    elif form < 0.4:
        regex = '^.*' + regex + '.*$'
    return regex


def _pattern(rng, data):
    """Options of a syntax, and a pattern."""
    kind = rng.random()
    text = _snippet(rng, data) if rng.random() < 0.75 else rng.choice(WORDS + ['panic', 'nothing like it', 'Sonderfall', ''])
    if kind < 0.35:
        return ['-F'], text
    if kind < 0.5:
        return [], _quote(text, False)
    is_extended = kind < 0.78
    return ['-E'] if is_extended else [], _regex(rng, text, is_extended)


def _options(rng):
    options = []
    for option, chance in (('-i', .2), ('-v', .12), ('-n', .3), ('-c', .12), ('-o', .15), ('-w', .12), ('-x', .06), ('-H', .15),
                           ('-b', .1), ('-a', .15), ('-l', .04), ('-L', .03), ('-q', .03), ('--color=always', .15)):
        if rng.random() < chance:
            options.append(option)
    for option, chance, most in (('-m', .12, 4), ('-A', .12, 4), ('-B', .12, 4), ('-C', .1, 300)):
        if rng.random() < chance:
            options += [option, str(rng.randrange(most))]
    return options


def _case(number, files):
    rng = random.Random(number)
    names = rng.sample([name for name in files if name not in ('long', 'mixed', 'words')], 1 if rng.random() < 0.85 else 2)
    # These take most of the time.
    if number % 10 == 0:
        names = [('long', 'mixed', 'words')[number // 10 % 3]]
    syntax, pattern = _pattern(rng, files[names[0]])
    arguments = _options(rng) + syntax + ['-e', pattern.encode('latin-1')]
    if rng.random() < 0.1:
        arguments += ['-e', rng.choice(WORDS)]
    if number % 7 == 0:
        arguments = ['-Z', *arguments]
    threads = ['-T', '3'] if number % 3 == 0 else []
    return arguments + ['--'] + names, threads


def _result(folder, command, environment):
    done = subprocess.run(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False,
                          timeout=300)
    return done.stdout, done.returncode, done.stderr.count(b'binary file matches')


def generated_cases_are_as_of_grep():
    files = _files()
    _write_files(files)
    environment = dict(os.environ, LC_ALL='C')
    environment.pop('GREP_COLORS', None)

    def compare(number):
        arguments, threads = _case(number, files)
        wanted = _result('plain', ['grep', *arguments], environment)
        return arguments, wanted, _result('coded', [SIGMA, 'grep', *threads, *arguments], environment)

    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        results = list(pool.map(compare, range(CASES)))
    wrong = [f'{arguments}: {found[1:]} and not {wanted[1:]}, {len(found[0])} and {len(wanted[0])} bytes'
             for arguments, wanted, found in results if found != wanted]
    assert not wrong, f'{len(wrong)} of {CASES}:\n' + '\n'.join(wrong[:20])
    assert sum(wanted[1] == 0 for _, wanted, _ in results) > CASES / 3
    assert sum(wanted[1] == 1 for _, wanted, _ in results) > CASES / 10
    assert sum(wanted[1] == 2 for _, wanted, _ in results) < CASES / 100


def words_and_lines_are_shown_as_by_grep():
    """What GNU grep shows of lines with -w or -x is not always a word or a line."""
    raw = (b'ab cd: - warning, x\n ; warning\n - warning\nwarning - x\na--b warning\n30,"down, x"\nab,ab,ab\nx\nxx\n\n'
           b'host0 root[1019]: r\xe9qu\n')
    write('plain', raw)
    write('coded', output('-c', data=raw))
    environment = dict(os.environ, LC_ALL='C')
    for patterns in (['[[:space:][:punct:]]*|warning'], ['[- ]*|warning'], ['x*'], [',', 'down'], [',ab'], ['.[[:space:][:punct:]]*'],
                     ['[[:alnum:]]*(rx)?\\w.'], ['[[:alnum:]]*\\b'], ['x'], ['']):
        arguments = [word for pattern in patterns for word in ('-e', pattern)]
        for options in (['-wo'], ['-w', '--color=always'], ['-xo'], ['-wxo'], ['-wx', '--color=always'],
                        ['-xvo', '-m3', '-A1', '-B2'], ['-wvo', '-m1', '-C2'], ['-Fwo'], ['-Fxo'], ['-Fwx', '--color=always']):
            words = [*([] if '-F' in options[0] else ['-E']), *options, *arguments, '--']
            found = _result('.', [SIGMA, 'grep', *words, 'coded'], environment)
            assert found == _result('.', ['grep', *words, 'plain'], environment), words


def the_longest_match_is_shown_in_any_locale():
    raw = b'15E148 12ms error abcd abc ab foo_b \xe9abcd abcd\xff gr\xc3\xbc\xc3\x9fe gr\xc3\xbc\n' + b'ab abcd ' * 500 + b'\n'
    write('plain', raw)
    write('coded', output('-c', data=raw))
    for locale in ('C', 'C.UTF-8'):
        environment = dict(os.environ, LC_ALL=locale)
        for patterns in (['1|15E148'], ['err|error'], ['[0-9]+|[0-9]+ms'], ['ab', 'abcd'], ['ab|abc'], ['fo*|foo_b'],
                         ['gr|gr.+e'], ['.b|.bcd']):
            for options in (['-oE'], ['-owE'], ['-aoE', '--color=always'], ['-cE'], ['-oF']):
                words = ['-a', *options, *(word for pattern in patterns for word in ('-e', pattern)), '--']
                found = _result('.', [SIGMA, 'grep', *words, 'coded'], environment)
                assert found == _result('.', ['grep', *words, 'plain'], environment), (locale, words)


def digits_of_one_word_are_one_number():
    raw = b''.join(b'%d\n' % number for number in range(1000))
    write('plain', raw)
    write('coded', output('-c', data=raw))
    for words in (['-12'], ['-300'], ['-1', '-2'], ['-1n2'], ['-n12'], ['-2', '-A1']):
        found = _result('.', [SIGMA, 'grep', *words, '-e', '500', 'coded'], dict(os.environ))
        assert found == _result('.', ['grep', *words, '-e', '500', 'plain'], dict(os.environ)), words


def options_that_few_use_are_as_of_grep():
    raw = lines(3000)
    environment = dict(os.environ, LC_ALL='C')
    write('plain', raw)
    write('coded', output('-c', data=raw))
    for words in (['-m', '-1', '-c'], ['-m-7', '-c'], ['-m', '-0', '-c'], ['-HZ'], ['-lZ'], ['-HcZ'], ['-HnZ', '--color=always'],
                  ['-H', '--label=log', '-m2'], ['-lZ', '--label', 'log'], ['-F', '-F', '-c'], ['--line-buffered', '-m', '3']):
        for pattern in ('7919', 'service'):
            found = subprocess.run([SIGMA, 'grep', *words, '-e', pattern], input=raw, env=environment, capture_output=True, check=False)
            wanted = subprocess.run(['grep', *words, '-e', pattern], input=raw, env=environment, capture_output=True, check=False)
            assert (found.stdout, found.returncode) == (wanted.stdout, wanted.returncode), words
    # Somebody reads a line before the next one is there.
    with subprocess.Popen([SIGMA, 'grep', '--line-buffered', 'service'], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as search:
        search.stdin.write(b'this is a service\n')
        search.stdin.flush()
        assert search.stdout.readline() == b'this is a service\n'
        search.stdin.close()


def damaged_archives_are_searched_as_far_as_they_are_intact():
    raw = lines(60000)
    rare = raw.replace(b'request 7919 ', b'request lost ').splitlines(True)
    rare[40000] = rare[40000].replace(b'host', b'hyperspace')
    raw = b''.join(rare)
    for options in ((), ('--search-index',)):
        coded = bytearray(output('-c', '--key-interval=1', '--chunk-size=512K', *options, data=raw))
        # In the body of the first chunk.
        coded[2000:2010] = bytes(10)
        write('damaged', bytes(coded))
        found = run('grep', '-c', 'service', 'damaged', status=2)
        assert 0 < int(found.stdout) < 60000 and b'damaged' in found.stderr
        found = run('grep', '-n', 'hyperspace', 'damaged', status=2 if not options else 0)
        assert found.stdout.count(b'hyperspace') == 1 and found.stdout.endswith(rare[40000])
        write('cut', bytes(coded[:len(coded) // 2]))
        assert run('grep', '-s', 'hyperspace', 'cut', status=2).stderr == b''


def places_behind_a_hole_are_right():
    raw = lines(60000)
    coded = bytearray(output('-c', '--key-interval=1', '--chunk-size=512K', data=raw))
    # In the body of the second chunk, whose first line begins in the one before.
    place = len(coded) // 3
    coded[place:place + 10] = bytes(10)
    write('damaged', bytes(coded))
    found = run('grep', '-b', 'service', 'damaged', status=2).stdout.splitlines(True)
    places = [line.split(b':', 1) for line in found]
    wrong = [line for at, line in places if raw[int(at):int(at) + len(line)] != line]
    assert len(places) > 10000 and len(wrong) <= 1, wrong[:5]  # what is left of the line before the hole has no end


def archives_that_begin_with_damage_are_searched():
    raw = lines(60000)
    write('plain', raw)
    last = raw.splitlines()[-1]
    for options in ((), ('--search-index',)):
        coded = output('-c', '--key-interval=1', '--chunk-size=512K', *options, data=raw)
        for place in (0, 1, 5, 8, 20):
            damaged = bytearray(coded)
            damaged[place] ^= 0xFF
            write('damaged.sigma', damaged)
            found = run('grep', '-F', last.decode(), 'damaged.sigma', status=2)
            assert found.stdout == last + b'\n', place
            assert found.stderr.startswith(b'sigma: damaged.sigma: '), found.stderr
    write('text.sigma', raw)
    assert run('grep', 'request', 'text.sigma', status=2).stdout == b''


def files_of_all_kinds_are_searched():
    raw = lines(3000)
    write('plain', raw)
    write('a.sigma', output('-c', data=raw))
    wanted = b''.join(line for line in raw.splitlines(True) if b' 7919 ' in line)
    assert wanted and output('grep', ' 7919 ', 'plain') == output('grep', ' 7919 ', 'a.sigma') == wanted
    for data in (raw, output('-c', data=raw)):
        assert output('grep', ' 7919 ', data=data) == output('grep', ' 7919 ', '-', data=data) == wanted
    assert output('grep', '-Hc', '7919', data=raw).startswith(b'(standard input):')
    assert output('grep', '--memory=32M', '--threads=2', ' 7919 ', 'a.sigma') == wanted
    write('patterns', b' 7919 \nno such thing\n')
    assert output('grep', '-f', 'patterns', 'a.sigma') == wanted
    assert run('grep', '7919', 'missing', 'plain', status=2).stdout.startswith(b'plain:')
    assert run('grep', '-q', '7919', 'plain', 'missing').stderr == b''
    write('zero', b'text 7919 \0 of zeros\n')
    assert output('grep', '7919', 'zero') == b'' and output('grep', '--binary-files=without-match', '-c', '7919', 'plain') != b'0\n'
    assert output('grep', '--binary-files=text', '-o', '7919', 'zero') == output('grep', '-ao', '7919', 'zero') == b'7919\n'
    assert run('grep', '-I', '7919', 'zero', status=1).stdout == b''


def what_cannot_be_is_refused():
    write('plain', b'a\n')
    for pattern in ('[', '\\(', '\\', 'a\\{2,1\\}', '[[:nothing:]]', '\\1', '[z-a]'):
        assert run('grep', pattern, 'plain', status=2).stderr.startswith(b'sigma: grep: '), pattern
    for options in (('-E', '-F', 'a'), ('-G', '-E', 'a'), ('-m', '--1', 'a'), ('-E', '{1}a'), ('--memory=x', 'a'), ('-T65', 'a'), ('-A', '-1', 'a'), ('--color=blue', 'a')):
        assert run('grep', *options, 'plain', status=2).stderr
    assert output('grep', '--help').startswith(b'usage: sigma grep')
    assert output('grep', '-V').startswith(b'sigma ')


if __name__ == '__main__':
    main(globals())
