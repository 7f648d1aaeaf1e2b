#!/usr/bin/env python3
"""`meson install` puts each thing where systems look for it, and it works from there.

    installed_test.py SIGMA BUILD

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys

from command import lines, main, output, run, write

BUILD = pathlib.Path(sys.argv[2]).resolve()
# Below the prefix; of libdir the last folder differs between systems.
PLACES = ['bin/sigma', 'bin/unsigma', 'bin/sigmacat', 'share/man/man1/sigma.1', 'share/man/man1/unsigma.1',
          'share/man/man1/sigmacat.1', 'share/bash-completion/completions/sigma',
          'share/bash-completion/completions/unsigma', 'share/zsh/site-functions/_sigma',
          'share/fish/vendor_completions.d/sigma.fish', 'share/fish/vendor_completions.d/sigmacat.fish',
          'share/mime/packages/sigma.xml', 'share/sigma/sigma.magic', 'include/sigma-1.0/gst/sigma/sigma.hpp',
          'include/sigma-1.0/sigma.h']


def _install():
    subprocess.run(['meson', 'install', '-C', BUILD, '--no-rebuild', '--quiet', '--destdir', os.getcwd()], check=True)
    return next(pathlib.Path('.').rglob('bin/sigma')).parent.parent.resolve()


def _says(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=True, text=True).stdout


def everything_is_in_its_place():
    prefix = _install()
    assert [place for place in PLACES if not (prefix / place).exists()] == []
    library = next(prefix.rglob('libsigma-1.0.so.1'))
    environment = dict(os.environ, LD_LIBRARY_PATH=str(library.parent))
    text = lines(5000)
    for name in ('unsigma', 'sigmacat'):
        coded = output(data=text, command=prefix / 'bin/sigma', env=environment)
        assert output('-c', data=coded, command=prefix / 'bin' / name, env=environment) == text
    # One version everywhere.
    version = re.search(r'[\d.]+', output('--version').decode()).group()
    pkgconfig = next(prefix.rglob('sigma-1.0.pc')).read_text()
    assert f'Version: {version}\n' in pkgconfig
    assert list(prefix.rglob(f'libsigma-1.0.so.{version}'))
    for preset in prefix.rglob('GstSigmaEnc.prs'):
        assert f'version={version}\n' in preset.read_text()
    changes = (pathlib.Path(__file__).parents[3] / 'docs/CHANGELOG.md').read_text()
    assert re.search(r'^## (\S+)', changes, re.M).group(1) == version


def systems_understand_what_is_installed():
    prefix = _install()
    write('text', lines(100))
    run('text')
    if shutil.which('file'):
        said = _says('file', '-m', prefix / 'share/sigma/sigma.magic', 'text.sigma')
        assert re.search(r'sigma stream, format 1\.\d', said), said
    if shutil.which('update-mime-database'):
        subprocess.run(['update-mime-database', prefix / 'share/mime'], check=True, stderr=subprocess.DEVNULL)
        assert 'application/x-sigmalang:*.sigma' in (prefix / 'share/mime/globs').read_text()
        assert b'application/x-sigmalang' in (prefix / 'share/mime/magic').read_bytes()
    completion = prefix / 'share/bash-completion/completions/sigma'
    for words, wanted in (('sigma rec', 'recover'), ('sigma --mod', '--model='), ('unsigma tex', 'text')):
        script = (f'. {completion}; COMP_WORDS=({words}); COMP_CWORD=1; _sigma {words.split()[0]}; '
                  'printf "%s\\n" "${COMPREPLY[@]}"')
        assert wanted in _says('bash', '-c', script).split()
    if shutil.which('groff'):
        assert _says('groff', '-man', '-Tutf8', '-ww', '-z', prefix / 'share/man/man1/sigma.1') == ''


def every_option_is_described_everywhere():
    prefix = _install()
    places = {'man': (prefix / 'share/man/man1/sigma.1').read_text().replace('\\-', '-'),
              'bash': (prefix / 'share/bash-completion/completions/sigma').read_text(),
              'zsh': (prefix / 'share/zsh/site-functions/_sigma').read_text(),
              'fish': (prefix / 'share/fish/vendor_completions.d/sigma.fish').read_text()}
    for option in re.findall(r'^ {2}(?:-\w, )?--([a-z0-9-]+)', output('--help').decode(), re.M):
        for place, text in places.items():
            assert re.search(rf'(--|-l ){option}\b', text), f'{place} lacks --{option}'


if __name__ == '__main__':
    main(globals())
