#!/usr/bin/python3
"""Opens the lines that sigma grep finds in a player of logs: each hit by a seek, with what is around it.

    examples/log-player.py [--around BYTES] [--speed LINES] FILE.sigma PATTERN [OPTION OF GREP]...

`sigma grep -b` says where lines are, and looks at no more of the archive than it has to. The player is a pipeline with
sigmadec, which goes there by a seek in bytes: it decodes the groups that are shown, and no others. With --speed it shows
so many lines a second.

Needs python3-gi, gir1.2-gst-plugins-base-1.0 and the command sigma.

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import argparse
import subprocess
import sys
import time

import gi

gi.require_version('Gst', '1.0')
gi.require_version('GstApp', '1.0')
from gi.repository import Gst, GstApp  # pylint: disable=wrong-import-position,unused-import


def find(path, pattern, options):
    """Where the lines begin that match, one after the other."""
    grep = subprocess.Popen(['sigma', 'grep', '-b', '-h', '-a', *options, '-e', pattern, '--', path],
                            stdout=subprocess.PIPE)
    for line in grep.stdout:
        offset, _, text = line.partition(b':')
        if offset.isdigit():  # else it is a line around a hit, which is shown anyway
            yield int(offset), text
    if grep.wait() > 1:
        raise RuntimeError(f'{path} could not be searched as a whole')


class Player:
    """A log that is paused where the last seek led."""

    def __init__(self, path):
        self.pipeline = Gst.parse_launch('filesrc name=source ! sigmadec ! appsink name=sink sync=false')
        self.pipeline.get_by_name('source').set_property('location', path)
        self.sink = self.pipeline.get_by_name('sink')
        self.pipeline.set_state(Gst.State.PAUSED)
        self._wait()

    def _wait(self):
        message = self.pipeline.get_bus().timed_pop_filtered(
            Gst.CLOCK_TIME_NONE, Gst.MessageType.ERROR | Gst.MessageType.ASYNC_DONE)
        if message.type == Gst.MessageType.ERROR:
            raise RuntimeError(message.parse_error()[0].message)

    def read(self, begin, end):
        """The bytes from begin to end, or to the end of the log."""
        if not self.pipeline.seek(1.0, Gst.Format.BYTES, Gst.SeekFlags.FLUSH | Gst.SeekFlags.ACCURATE,
                                  Gst.SeekType.SET, begin, Gst.SeekType.SET, end):
            raise RuntimeError('the log cannot be entered there')
        self.pipeline.set_state(Gst.State.PLAYING)
        out = bytearray()
        while len(out) < end - begin and (sample := self.sink.pull_sample()):
            buffer = sample.get_buffer()
            out += buffer.extract_dup(0, buffer.get_size())
        self.pipeline.set_state(Gst.State.PAUSED)
        return bytes(out[:end - begin])

    def close(self):
        self.pipeline.set_state(Gst.State.NULL)


def show(player, offset, size, arguments):
    begin = max(0, offset - arguments.around)
    end = offset + size + arguments.around
    text = player.read(begin, end)
    is_last = len(text) < end - begin
    lines = text.split(b'\n')
    at = begin
    for number, line in enumerate(lines):
        # The first and the last one may be parts.
        is_whole = number + 1 < len(lines) or (is_last and line)
        if (number > 0 or begin == 0) and is_whole:
            mark = '>' if at == offset else ' '
            print(f'{at:>12} {mark} {line.decode(errors="replace")}', flush=True)
            if arguments.speed:
                time.sleep(1 / arguments.speed)
        at += len(line) + 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--around', type=int, default=300, metavar='BYTES')
    parser.add_argument('--speed', type=float, default=0, metavar='LINES')
    parser.add_argument('file')
    parser.add_argument('pattern')
    arguments, options = parser.parse_known_args()
    Gst.init(None)
    hits, player = 0, None
    try:
        for hits, (offset, text) in enumerate(find(arguments.file, arguments.pattern, options), 1):
            player = player or Player(arguments.file)
            print(f'--- hit {hits}, at byte {offset}')
            show(player, offset, len(text), arguments)
    except RuntimeError as error:
        print(error, file=sys.stderr)
        return 2
    finally:
        if player:
            player.close()
    return 0 if hits else 1


if __name__ == '__main__':
    sys.exit(main())
