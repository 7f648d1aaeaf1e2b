#!/usr/bin/python3
"""Records without an end, in files that take turns.

    examples/rotating-recorder.py FOLDER [--seconds N] [--keep N] [SOURCE...]

Each file holds N seconds (60), is complete as soon as the next one begins, and is named after the time at which it
began; of the complete ones of this run the newest N (10) stay, and no other file is touched. SOURCE is what stands
before sigmaenc in a pipeline; by default a test picture. Ctrl-C ends the last file. Needs python3-gi and
gir1.2-gstreamer-1.0.

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import argparse
import pathlib
import signal
import sys
import time

import gi

gi.require_version('Gst', '1.0')
from gi.repository import GLib, Gst  # pylint: disable=wrong-import-position

TEST_SOURCE = 'videotestsrc is-live=true ! video/x-raw,format=I420,width=320,height=240,framerate=30/1'


def name_of(seconds):
    return time.strftime('%Y%m%d-%H%M%S', time.localtime(seconds)) + f'.{int(seconds * 1000) % 1000:03}.sigma'


class Recorder:
    """A source and a queue that stay, and behind them an encoder and a file that are replaced."""

    def __init__(self, folder, source, keep):
        self.folder, self.keep = pathlib.Path(folder), keep
        self.folder.mkdir(parents=True, exist_ok=True)
        self.pipeline = Gst.parse_launch(f'{source} ! queue name=queue')
        self.pad = self.pipeline.get_by_name('queue').get_static_pad('src')
        self.paths = []  # of this run, the oldest first
        self.is_waiting = False
        self.part = self.begin_part()

    def begin_part(self):
        # async=false: the pipeline plays before the file has got a buffer. A crash costs a second at most.
        part = Gst.parse_bin_from_description('sigmaenc max-latency=1000000000 ! filesink name=file async=false', True)
        self.paths.append(self.folder / name_of(time.time()))
        part.get_by_name('file').set_property('location', str(self.paths[-1]))
        self.pipeline.add(part)
        self.pad.link(part.get_static_pad('sink'))
        part.sync_state_with_parent()
        return part

    def end_part(self):
        """Only while nothing flows out of the queue."""
        # Outside the pipeline: its EOS is not the end of the whole.
        self.pipeline.remove(self.part)
        self.part.get_static_pad('sink').send_event(Gst.Event.new_eos())  # comes back when all is in the file
        self.part.set_state(Gst.State.NULL)
        while len(self.paths) > self.keep:
            self.paths.pop(0).unlink(missing_ok=True)

    def rotate(self):
        """Between two buffers: the queue waits meanwhile, and the source does not notice."""
        def replace(_pad, _info):
            self.end_part()
            self.part = self.begin_part()
            self.is_waiting = False
            return Gst.PadProbeReturn.REMOVE
        if not self.is_waiting:  # a source that is silent gets one file
            self.is_waiting = True
            self.pad.add_probe(Gst.PadProbeType.BLOCK | Gst.PadProbeType.BUFFER, replace)
        return GLib.SOURCE_CONTINUE


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n', 1)[0])
    parser.add_argument('folder', help='where the files go')
    parser.add_argument('--seconds', type=float, default=60, help='that a file holds [60]')
    parser.add_argument('--keep', type=int, default=10, help='complete files that stay, beside the one that grows [10]')
    parser.add_argument('source', nargs='*', default=[TEST_SOURCE], help='elements before sigmaenc [a test picture]')
    options = parser.parse_intermixed_args()
    if options.seconds < 0.1 or options.keep < 1:
        parser.error('a file holds 0.1 seconds or more, and one or more stay')
    Gst.init(None)
    recorder = Recorder(options.folder, ' '.join(options.source), options.keep)
    loop, failures = GLib.MainLoop(), []

    def look(_bus, message):
        if message.type == Gst.MessageType.ERROR:
            failures.append(message.parse_error()[0].message)
        if message.type in (Gst.MessageType.ERROR, Gst.MessageType.EOS):
            loop.quit()

    bus = recorder.pipeline.get_bus()
    bus.add_signal_watch()
    bus.connect('message', look)
    end = lambda: recorder.pipeline.send_event(Gst.Event.new_eos())
    GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, signal.SIGINT, end)
    GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, signal.SIGTERM, end)
    GLib.timeout_add(int(options.seconds * 1000), recorder.rotate)
    recorder.pipeline.set_state(Gst.State.PLAYING)
    loop.run()
    recorder.pipeline.set_state(Gst.State.NULL)
    for text in failures:
        print(text, file=sys.stderr)
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
