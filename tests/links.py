#!/usr/bin/env python3
"""The links of the documents lead somewhere, and what code says of documents is there.

    tests/links.py

In README.md and docs/: files and anchors of all relative links, and sections of other documents that are named in the
text. In code, build files and scripts: the documents that are named, and their sections ("docs/format.md, section 7").

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import pathlib
import re
import sys
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parent.parent
DOCUMENTS = [ROOT / 'README.md', *sorted((ROOT / 'docs').rglob('*.md'))]
CODE = [path for folder in ('gst', 'plugin', 'tests', 'examples') for path in sorted((ROOT / folder).rglob('*'))
        if path.suffix in ('.cpp', '.hpp', '.h', '.py', '.sh', '.build', '.inc') or path.name == 'meson.build']
faults = []


def without_code(text):
    """The text, line by line as before, without blocks and spans of code."""
    text = re.sub(r'^( *)(```|~~~).*?^\1\2 *$', lambda block: '\n' * block.group().count('\n'), text, flags=re.M | re.S)
    return re.sub(r'(`+)(?!`)(?:.(?!\n\n))+?(?<!`)\1(?!`)', lambda span: '\n' * span.group().count('\n'), text,
                  flags=re.S)


class Document:
    def __init__(self, path):
        self.path = path
        self.name = str(path.relative_to(ROOT))
        source = path.read_text()
        self.text = without_code(source)
        blocks = re.sub(r'^( *)(```|~~~).*?^\1\2 *$', '', source, flags=re.M | re.S)
        self.headings = [re.sub(r'\s+#*\s*$', '', line) for line in re.findall(r'^#{1,6}\s+(.+)$', blocks, re.M)]
        self.anchors = set(re.findall(r'<a (?:id|name)="([^"]+)"', self.text))
        counts = {}
        for heading in self.headings:
            anchor = self.anchor_of(heading)
            count = counts[anchor] = counts.get(anchor, -1) + 1
            self.anchors.add(f'{anchor}-{count}' if count else anchor)
        # What the text may name: the headings, and paragraphs that begin with a name in bold.
        self.names = {re.sub(r'^\d[\d.]*\s+', '', heading) for heading in self.headings}
        self.names |= {name.rstrip('.:') for name in re.findall(r'^(?:[*-] )?\*\*(.+?)\*\*', self.text, re.M)}
        self.numbers = {number for heading in self.headings for number in re.findall(r'^[\d.]*\d(?=\s)', heading)}

    @staticmethod
    def anchor_of(heading):
        """As GitHub makes it."""
        text = re.sub(r'\[([^]]*)\]\([^)]*\)', r'\1', heading).strip().lower()
        return re.sub(r'[^\w\- ]', '', text).replace(' ', '-')

    def links(self):
        for number, line in enumerate(self.text.splitlines(), 1):
            for target in re.findall(r'\]\(\s*<?([^)\s>]+)', line) + re.findall(r'(?:src|href)="([^"]+)"', line) + \
                    re.findall(r'^ {0,3}\[[^]]+\]:\s+(\S+)', line):
                yield number, target

    def check_links(self):
        count = 0
        for number, target in self.links():
            if re.match(r'[a-z][a-z0-9+.-]*:|//', target):
                continue   # somewhere else
            count += 1
            path, _, anchor = urllib.parse.unquote(target).partition('#')
            where = (self.path.parent / path).resolve() if path else self.path
            if not where.is_relative_to(ROOT) or not where.exists():
                faults.append(f'{self.name}:{number}: there is no {path}')
            elif anchor and (where not in documents or anchor not in documents[where].anchors):
                faults.append(f'{self.name}:{number}: {path or self.name} has no anchor #{anchor}')
        return count


def check_mentions(name, text, pattern, folder):
    """Documents that a text names outside links, with a section of theirs if it says one."""
    count = 0
    for match in re.finditer(pattern + r'(?:[,:]?\s+(?:section\s+(\d[\d.]*\d|\d)|"([^"]+)"))?', text):
        path, number, section = match.groups()
        places = ((folder / path).resolve(), ROOT / path, ROOT / 'docs' / path)
        where = next((place for place in places if place in documents), None)
        count += 1
        if where is None:
            faults.append(f'{name}: there is no {path}')
        elif number and number not in documents[where].numbers:
            faults.append(f'{name}: {path} has no section {number}')
        elif section and re.sub(r'\s+', ' ', section) not in documents[where].names:
            faults.append(f'{name}: {path} has no section "{section}"')
    return count


documents = {path: Document(path) for path in DOCUMENTS}
links = sum(document.check_links() for document in documents.values())
mentions = 0
for document in documents.values():
    # Of links nothing but their text and what follows remains.
    text = re.sub(r'\[([^]]*)\]\([^)]*\)', r'\1', document.text)
    mentions += check_mentions(document.name, text, r'(?<![\w./-])((?:\.\./)?[\w-]+\.md)\b', document.path.parent)
for path in CODE:
    text = re.sub(r'\n\s*(?:///?|\*|#)?[ \t]*', '\n', path.read_text())
    mentions += check_mentions(str(path.relative_to(ROOT)), text, r'(?<![\w./-])(docs/[\w./-]+\.md)\b', ROOT)
for fault in faults:
    print(fault, file=sys.stderr)
print(f'{len(documents)} documents, {links} links, {mentions} mentions: ' +
      (f'{len(faults)} faults' if faults else 'all lead somewhere'))
sys.exit(1 if faults else 0)
