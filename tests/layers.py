#!/usr/bin/env python3
"""The layers of gst/sigma, gst/tool and plugin: no include runs up, and none in a circle.

    tests/layers.py

meson.build of each tree lists its folders from the bottom up (subdir), and that of each folder says which others it may
include ("# May include: base wire"): only such that stand below it, or beside it in the same folder. Files of the tree
itself stand on top of all, but for headers that a folder needs ("# Below decode: decoded_chunk.hpp"). An installed
header includes no header that is not. The command in gst/tool includes none either: it shows what the public library can do.

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SUFFIXES = ('.cpp', '.hpp', '.h')
faults = []


class Tree:
    """The folders of one tree; the tree itself is the folder ''."""

    def __init__(self, name):
        self.path = ROOT / name
        self.name = name
        meson = (self.path / 'meson.build').read_text()
        self.folders = re.findall(r"^subdir\('(.+)'\)", meson, re.M)
        self.below = {header: folder for folder, headers in re.findall(r'^# Below (\S+): (.+)$', meson, re.M)
                      for header in headers.split()}
        self.allowed = {folder: self.read_allowed(folder) for folder in self.folders}
        self.used = {folder: set() for folder in self.folders}
        self.includes = {}   # file -> files of this tree
        for path in sorted(self.path.rglob('*')):
            if path.suffix in SUFFIXES:
                self.read_file(path)

    def read_allowed(self, folder):
        text = (self.path / folder / 'meson.build').read_text()
        line = re.search(r'^# May include:(.*)$', text, re.M)
        if line is None:
            faults.append(f'{self.name}/{folder}/meson.build: no line "# May include:"')
            return set()
        allowed = set(line.group(1).split())
        for other in sorted(allowed):
            if other not in self.folders:
                faults.append(f'{self.name}/{folder}/meson.build: there is no folder {other}')
            elif not self.is_below(other, folder):
                faults.append(f'{self.name}/{folder}/meson.build: {other} is not below it')
        return allowed

    def is_below(self, other, folder):
        beside = other.split('/')[0] == folder.split('/')[0]
        return beside or self.folders.index(other) < self.folders.index(folder)

    def read_file(self, path):
        file = str(path.relative_to(self.path))
        self.includes[file] = []
        for number, line in enumerate(path.read_text().splitlines(), 1):
            match = re.match(rf'\s*#\s*include\s*["<]{self.name}/([^">]+)[">]', line)
            if match is None:
                continue
            if match.group(1).endswith(SUFFIXES):
                self.includes[file].append(match.group(1))
            if not self.may_include(file, match.group(1)):
                faults.append(f'{self.name}/{file}:{number}: must not include {match.group(1)}')

    def may_include(self, file, header):
        if not (self.path / header).exists():
            return False
        folder, other = (str(pathlib.PurePath(name).parent) for name in (file, header))
        if folder != '.' and folder not in self.folders:
            return True   # on top, beside the tree's own files
        if other == '.':
            reader = folder if folder != '.' else self.below.get(file)
            if reader is None:
                return True   # on top
            return header in self.below and (header == file or self.folders.index(self.below[header]) <=
                                             self.folders.index(reader))
        if folder == '.':
            top = self.below.get(file)
            return top is None or self.folders.index(other) < self.folders.index(top)
        if other != folder:
            self.used[folder].add(other)
        return other == folder or other in self.allowed[folder]

    def check_circles(self):
        done, way = set(), []

        def visit(file):
            if file in way:
                circle = way[way.index(file):] + [file]
                faults.append(f'{self.name}: a circle: ' + ' includes '.join(circle))
            elif file not in done:
                way.append(file)
                for header in self.includes.get(file, []):
                    visit(header)
                way.pop()
                done.add(file)
        for file in self.includes:
            visit(file)

    def installed(self):
        headers = set()
        for folder in ['', *self.folders]:
            text = (self.path / folder / 'meson.build').read_text()
            headers |= {str(pathlib.PurePath(folder) / name) for name in re.findall(r"'([\w-]+\.hpp)'", text)}
        return headers

    def check_installed(self):
        installed = self.installed()
        for file in sorted(installed):
            for header in self.includes.get(file, []):
                if header not in installed:
                    faults.append(f'{self.name}/{file}: is installed, but includes {header}, which is not')
        return len(installed)

    def report(self):
        count = sum(len(headers) for headers in self.includes.values())
        print(f'{self.name}: {len(self.includes)} files in {len(self.folders)} folders, {count} includes')
        for folder in self.folders:
            files = sum(str(pathlib.PurePath(file).parent) == folder for file in self.includes)
            print(f'  {folder:18} {files:3} files; includes {" ".join(sorted(self.used[folder])) or "nothing below"}')


codec = Tree('gst/sigma')
plugin = Tree('plugin')
tool = Tree('gst/tool')
for tree in (codec, plugin, tool):
    tree.check_circles()
    tree.report()
print(f'{codec.check_installed()} headers are installed')
for tree in (codec, plugin, tool):
    for file in tree.includes:
        # What else is included: no relative paths, which would not be seen above, and no GStreamer in the codec.
        others = re.findall(r'^\s*#\s*include\s*(["<].*[">])', (tree.path / file).read_text(), re.M)
        for header in others:
            if header[0] == '"' and not re.match(r'"(gst/sigma|gst/tool|plugin)/|"config.h"', header):
                faults.append(f'{tree.name}/{file}: {header} is no path from the root')
            if tree is codec and re.match(r'["<](plugin/|glib|gst/(?!sigma/))', header):
                faults.append(f'{tree.name}/{file}: the codec must not know of {header}')
            if tree is tool and re.match(r'["<](plugin|glib|gst)[/.]', header) and \
                    not header.startswith('"gst/tool/') and header[11:-1] not in codec.installed():
                faults.append(f'{tree.name}/{file}: {header} is not installed')
for fault in faults:
    print(fault, file=sys.stderr)
print(f'{len(faults)} faults' if faults else 'no include runs up, none in a circle')
sys.exit(1 if faults else 0)
