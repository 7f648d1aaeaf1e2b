#!/usr/bin/python3
"""Compresses what a program has in memory, and gets it back: appsrc, sigmaenc, sigmadec, appsink.

    examples/pipeline-in-python.py

Needs python3-gi and gir1.2-gst-plugins-base-1.0.

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import random
import sys

import gi

gi.require_version('Gst', '1.0')
gi.require_version('GstApp', '1.0')
from gi.repository import Gst, GstApp  # pylint: disable=wrong-import-position,unused-import


def transform(element, data):
    """What the element makes of the bytes, and its figures."""
    pipeline = Gst.parse_launch(f'appsrc name=source ! {element} name=element ! appsink name=sink sync=false')
    source, sink = pipeline.get_by_name('source'), pipeline.get_by_name('sink')
    source.set_property('max-bytes', len(data))
    pipeline.set_state(Gst.State.PLAYING)
    source.push_buffer(Gst.Buffer.new_wrapped(data))
    source.end_of_stream()
    out = []
    while sample := sink.pull_sample():  # None at EOS, and after an error
        buffer = sample.get_buffer()
        out.append(buffer.extract_dup(0, buffer.get_size()))
    error = pipeline.get_bus().pop_filtered(Gst.MessageType.ERROR)
    figures = pipeline.get_by_name('element').get_property('stats')
    pipeline.set_state(Gst.State.NULL)
    if error:
        raise RuntimeError(error.parse_error()[0].message)
    return b''.join(out), figures


def main():
    Gst.init(None)
    chance = random.Random(1)
    data = ''.join(f'{{"time": {1700000000 + i}, "value": {chance.randrange(1000) / 10}}}\n' for i in range(50000)).encode()
    coded, figures = transform('sigmaenc level=6', data)
    print(f"{len(data)} bytes became {len(coded)}: {figures.get_value('compression-ratio'):.1f} times smaller, "
          f"{figures.get_value('chunks-records')} of {figures.get_value('chunks')} chunks as records")
    back, _ = transform('sigmadec', coded)
    print('the same came back' if back == data else 'OTHER bytes came back')
    try:
        transform('sigmadec', coded[:len(coded) // 2])
    except RuntimeError as error:
        print(f'of a half: {error}')
    return 0 if back == data else 1


if __name__ == '__main__':
    sys.exit(main())
