#!/usr/bin/python3
"""Plays a recording, and seeks in it, by lines that are typed.

    examples/seeking-player.py FILE [--hidden]

    p        pause, and go on            +5, -5   seconds on, or back
    12.5     to this second              q        end (or the end of the input)

FILE is whatever playbin plays: a media file, the same as .sigma, or a recording of raw media by sigmaenc. With
--hidden nothing is shown or heard. After each command it prints where it is. Needs python3-gi and
gir1.2-gstreamer-1.0.

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import pathlib
import re
import sys

import gi

gi.require_version('Gst', '1.0')
from gi.repository import GLib, Gst  # pylint: disable=wrong-import-position


class Player:
    def __init__(self, path, is_hidden):
        self.bin = Gst.ElementFactory.make('playbin')
        self.bin.set_property('uri', pathlib.Path(path).resolve().as_uri())
        if is_hidden:
            for kind in ('video', 'audio', 'text'):
                self.bin.set_property(f'{kind}-sink', Gst.ElementFactory.make('fakesink'))
                self.bin.get_property(f'{kind}-sink').set_property('sync', True)
        self.loop = GLib.MainLoop()
        self.failure = ''
        bus = self.bin.get_bus()
        bus.add_signal_watch()
        bus.connect('message', self.look)

    def look(self, _bus, message):
        if message.type == Gst.MessageType.ERROR:
            self.failure = message.parse_error()[0].message
        if message.type in (Gst.MessageType.ERROR, Gst.MessageType.EOS):
            self.loop.quit()

    def seconds(self, query):
        known, time = query(Gst.Format.TIME)
        return time / Gst.SECOND if known else 0.0

    def seek(self, seconds):
        end = self.seconds(self.bin.query_duration)
        time = min(max(seconds, 0.0), end) * Gst.SECOND
        self.bin.seek_simple(Gst.Format.TIME, Gst.SeekFlags.FLUSH | Gst.SeekFlags.ACCURATE, int(time))
        self.settle()

    def settle(self):
        """Until what was asked for is so."""
        return self.bin.get_state(10 * Gst.SECOND)

    def pause(self):
        is_playing = self.settle().state == Gst.State.PLAYING
        self.bin.set_state(Gst.State.PAUSED if is_playing else Gst.State.PLAYING)
        self.settle()

    def obey(self, line):
        word = line.strip()
        if word == 'q' or not line:
            self.loop.quit()
            return GLib.SOURCE_REMOVE
        if word == 'p':
            self.pause()
        elif re.fullmatch(r'[+-]\d+(\.\d+)?', word):
            self.seek(self.seconds(self.bin.query_position) + float(word))
        elif re.fullmatch(r'\d+(\.\d+)?', word):
            self.seek(float(word))
        else:
            print('p, SECONDS, +SECONDS, -SECONDS or q', file=sys.stderr)
        state = 'playing' if self.settle().state == Gst.State.PLAYING else 'paused'
        print(f'{state} at {self.seconds(self.bin.query_position):.2f} of {self.seconds(self.bin.query_duration):.2f} s',
              flush=True)
        return GLib.SOURCE_CONTINUE

    def run(self):
        self.bin.set_state(Gst.State.PLAYING)
        if self.settle()[0] != Gst.StateChangeReturn.FAILURE:
            GLib.io_add_watch(sys.stdin, GLib.PRIORITY_DEFAULT, GLib.IO_IN | GLib.IO_HUP,
                              lambda *_: self.obey(sys.stdin.readline()))
            self.loop.run()
        elif error := self.bin.get_bus().pop_filtered(Gst.MessageType.ERROR):
            self.look(None, error)
        self.bin.set_state(Gst.State.NULL)
        return self.failure


def main():
    if len(sys.argv) < 2 or sys.argv[1].startswith('--'):
        print(__doc__, file=sys.stderr)
        return 2
    Gst.init(None)
    failure = Player(sys.argv[1], '--hidden' in sys.argv[2:]).run()
    if failure:
        print(failure, file=sys.stderr)
    return 1 if failure else 0


if __name__ == '__main__':
    sys.exit(main())
