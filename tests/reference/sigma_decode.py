#!/usr/bin/python3
# An independent decoder for .sigma streams, slow and simple, written from docs/format.md alone.
# It is the second implementation that the tests compare with. Section numbers refer to that document.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
# This file may be used, changed and passed on under the GNU Lesser General Public License, version 2.1
# or, at your option, any later version.

"""Decode joined .sigma streams: sigma_decode.py [--max-memory BYTES] [--framing FILE] IN OUT.

IN and OUT may be '-' for standard input and output.
"""

import argparse
import bisect
import copy
import itertools
import os
import struct
import sys
from collections import Counter, namedtuple
from fractions import Fraction

import zstandard
from xxhash import xxh3_64_intdigest as hash64

PRIMITIVE, REFERENCE, DELTA, COMPOSITE = range(4)
TYPE_NAMES = ("PRIMITIVE", "REFERENCE", "DELTA", "COMPOSITE")

# Primitives (sections 2 and 9)
ATTRIBUTE, QUANTITY, SPATIAL, ITERATION, ABSTRACT = 0x03, 0x04, 0x06, 0x0E, 0x0F
LITERAL, BLOCK, LOCATION, BOUNDARY, LIST = 0x1A, 0x1D, 0x42, 0x47, 0x70
NUMBER, POINTER, STREAM, FIRST_SLOT = 0x79, 0x7C, 0x7E, 0x80
BRANCH, SUMMATION, ARRAY = 0x14, 0x2A, 0x77
DICT, STRING, RECORD = 0x71, 0x78, 0x7F
TEMPORAL, TYPE, EVENT, FILTER = 0x05, 0x18, 0x4F, 0x5B
CLASS, EXPRESSION, EXCEPTION, DERIVATIVE, LIMIT, MATRIX, VECTOR = 0x12, 0x1B, 0x1E, 0x27, 0x29, 0x2C, 0x2D
EQUALS, COMBINE, SEPARATE, SEARCH, MAP = 0x37, 0x55, 0x56, 0x58, 0x5C
MEMBER = 0x3A
EQUALS, MAP = 0x37, 0x5C

SYNC = bytes.fromhex("89CEA3470D0A1A0A")
HEADER = struct.Struct("<8sBBBBIQQQIIQQQ")
HEAD = struct.Struct("<BBHIIIIIII")
END = struct.Struct("<QQQQ32s")
ZSTD_MAGIC = bytes.fromhex("28B52FFD")
ZSTD_SINGLE_SEGMENT = 0x20

KEY, COPY, CRITICAL = 0x01, 0x02, 0x80  # packet flags (section 3.1)
JOIN, FRAMED = 0x01, 0x02  # head flags (section 5.1)

Packet = namedtuple("Packet", "name allowed_flags largest_body")  # largest_body None: the head's body_max
PACKETS = {
    (PRIMITIVE, STREAM): Packet("head", COPY, 4096),
    (PRIMITIVE, BLOCK): Packet("chunk", KEY, None),
    (COMPOSITE, BLOCK): Packet("chunk", KEY, None),
    (DELTA, BLOCK): Packet("chunk", 0, None),
    (PRIMITIVE, ATTRIBUTE): Packet("metadata", CRITICAL, 65536),
    (REFERENCE, LIST): Packet("index", 0, 65536),
    (PRIMITIVE, BOUNDARY): Packet("end", 0, 64),
}
UNKNOWN = Packet("unknown", 0xFF, 65536)

INDEX_NUMBERS = (PRIMITIVE, QUANTITY)
INDEX_ENTRIES = ((PRIMITIVE, NUMBER), (PRIMITIVE, SPATIAL), (PRIMITIVE, LOCATION))
INDEX_LINKS = (REFERENCE, POINTER)
INDEX_TIMES = ((PRIMITIVE, TEMPORAL), (REFERENCE, TEMPORAL))
INDEX_SEARCH = ((PRIMITIVE, FILTER), (PRIMITIVE, STRING))

# Limits of records (section 8)
MOST_TEMPLATES, MOST_COLUMNS, MOST_VALUES, MOST_ENTRIES = 16576, 65536, 1 << 27, 16384

# Framing (section 9)
FRAMING_PARTS = ((PRIMITIVE, LITERAL), (PRIMITIVE, ABSTRACT), (DELTA, ABSTRACT))
CONTEXT, REST, CAPS = (COMPOSITE, ATTRIBUTE), (PRIMITIVE, BOUNDARY), (PRIMITIVE, TYPE)
EVENT_KINDS = (1, 3, 4, 5, 6, 7, 8, 9)
NOT_KNOWN = (1 << 64) - 1  # a time or an offset
LARGEST_BUFFER, MOST_EMPTY_BUFFERS = 1 << 60, 65536

Glyph = namedtuple("Glyph", "kind payload")  # kind: type and primitive; payload: None if there is none
Head = namedtuple("Head", "major minor flags chunk_max body_max slots_max history_max workspace_max key_interval "
                          "framing_max")
Header = namedtuple("Header", "sync type primitive flags reserved body_size stream_id sequence raw_offset "
                              "raw_size framing_size body_hash raw_hash check")
# An expression: its size, a function that computes it, whether it takes workspace where it has to lie somewhere,
# and the workspace that computing it takes
Value = namedtuple("Value", "size compute takes_workspace needs", defaults=[True, 0])
# The children of a records glyph
Lanes = namedtuple("Lanes", "templates script ids indexes lows numbers buckets bits strings")
# The numbers of a buffer, in the order of a row's varints, and a row that changes nothing
Buffer = namedtuple("Buffer", "size pts dts duration offset offset_end flags")
AS_EXPECTED = Buffer(0, 0, 0, 0, 0, 0, 0)


class Malformed(Exception):
    """The input is not a stream that this decoder accepts."""


def require(condition, reason):
    if not condition:
        raise Malformed(reason)


def name_of(glyph_type, primitive):
    return f"{TYPE_NAMES[glyph_type]} 0x{primitive:02X}"


# Sections 1 and 2: varints and glyphs


class Cursor:
    """Reads bytes held in memory."""

    def __init__(self, data):
        self.data = data
        self.position = 0
        self.packet_start = 0  # for messages: where the packet being read began

    def take(self, size):
        require(size <= len(self.data) - self.position, "the input, or a part of it, ends where more is due")
        self.position += size
        return self.data[self.position - size:self.position]

    def at_end(self):
        return self.position == len(self.data)

    def skip_zeros(self):
        while not self.at_end() and self.data[self.position] == 0:
            self.position += 1


def read_varint(source, bits=64):
    value = shift = 0
    while True:
        byte = source.take(1)[0]
        value |= (byte & 0x7F) << shift
        require(shift < bits and value >> bits == 0, "a varint is too large")
        shift += 7
        if byte < 0x80:
            require(byte != 0 or shift == 7, "a varint is not canonical")
            return value


def read_varints(data):
    source, values = Cursor(data), []
    while not source.at_end():
        values.append(read_varint(source))
    return values


def read_operands(glyph, count):
    values = read_varints(glyph.payload)
    require(len(values) == count, "an operator has not its number of operands")
    return values


def read_glyph_start(source):
    """The type and primitive, and the payload's length, None without a payload."""
    tag = source.take(1)[0]
    primitive = tag & 0x1F
    if primitive == 31:
        primitive = source.take(1)[0]
        require(primitive >= 31, "a primitive below 31 is not in its tag")
    length = read_varint(source, 28) if tag & 0x20 else None
    return (tag >> 6, primitive), length


def read_glyph(source):
    kind, length = read_glyph_start(source)
    return Glyph(kind, None if length is None else source.take(length))


def require_payload(glyph, due):
    require((glyph.payload is not None) == due, f"{name_of(*glyph.kind)} {'lacks' if due else 'has'} a payload")


def require_known(operator, glyph, head):
    require(operator, f"unknown operator {name_of(*glyph.kind)} in a stream of format 1.{head.minor}")


# Section 7: lanes and trees


def content_size_of(frame):
    require(frame.startswith(ZSTD_MAGIC), "a lane is no zstd frame")
    try:
        parameters = zstandard.get_frame_parameters(frame)
    except zstandard.ZstdError as error:
        raise Malformed(f"a lane's zstd frame is malformed: {error}") from error
    require(frame[len(ZSTD_MAGIC)] & ZSTD_SINGLE_SEGMENT, "a lane's zstd frame has a window of its own")
    require(parameters.dict_id == 0, "a lane's zstd frame names a dictionary")
    return parameters.content_size


def decompress(frame, size, prefix):
    dictionary = zstandard.ZstdCompressionDict(prefix, dict_type=zstandard.DICT_TYPE_RAWCONTENT) if prefix else None
    # With all input and room for all output zstd decodes at once, so that the prefix stays in reach.
    decoder = zstandard.ZstdDecompressor(dict_data=dictionary).decompressobj(write_size=size + 1)
    try:
        content = decoder.decompress(frame)
    except zstandard.ZstdError as error:
        raise Malformed(f"a lane's zstd frame does not decode: {error}") from error
    require(decoder.eof and not decoder.unused_data, "a lane is not exactly one zstd frame")
    require(len(content) == size, "a lane has not the size that its zstd frame states")
    return content


class Group:
    """What chunks may refer to: the group's decoded bytes, and the slots."""

    def __init__(self):
        self.chunks = 0
        self.history = bytearray()
        self.slots = [bytearray() for _ in range(128)]


class Tree:
    """Evaluates the tree of one coded chunk: every value's size is known, and checked, before it is computed."""

    def __init__(self, body, head, group):
        self.source = Cursor(body)
        self.head = head
        self.group = group
        self.work = 0
        self.put = 0
        self.work_limit = None
        self.operators = {
            (PRIMITIVE, LITERAL): self.literal,
            (PRIMITIVE, ABSTRACT): self.lane,
            (DELTA, ABSTRACT): self.prefixed_lane,
            (PRIMITIVE, ITERATION): self.run,
            (REFERENCE, STREAM): self.history,
            (COMPOSITE, LIST): self.concatenate,
            (COMPOSITE, ARRAY): self.interleave,
            (DELTA, SUMMATION): self.sum,
            (DELTA, BRANCH): self.branches,
            (COMPOSITE, RECORD): self.records,
            (PRIMITIVE, EXPRESSION): self.symbols,
            (COMPOSITE, QUANTITY): self.integers,
            (DELTA, DERIVATIVE): self.predicted,
            (DELTA, LIMIT): self.adapted,
            (COMPOSITE, VECTOR): self.scaled,
            (COMPOSITE, CLASS): self.fields,
            (COMPOSITE, EXCEPTION): self.excepted,
            (COMPOSITE, MEMBER): self.palette,
            (COMPOSITE, MATRIX): self.frames,
            (COMPOSITE, EQUALS): self.copies,
            (DELTA, SEPARATE): self.separated,
            (COMPOSITE, COMBINE): self.combined,
            (DELTA, SEARCH): self.ranked,
            (COMPOSITE, MAP): self.text,
            (COMPOSITE, ABSTRACT): self.matches,
        }

    def evaluate(self, raw_size):
        self.work_limit = 65536 + 16 * (len(self.source.data) + raw_size)
        glyph = read_glyph(self.source)
        while self.is_statement(glyph):
            self.statement(glyph)
            glyph = read_glyph(self.source)
        value = self.expression(glyph, 1)
        require(self.source.at_end(), "bytes follow a tree's expression")
        require(value.size == raw_size, "a tree's value has not the raw size")
        self.check_workspace(value.needs)
        return value.compute()

    @staticmethod
    def is_statement(glyph):
        glyph_type, primitive = glyph.kind
        return primitive >= FIRST_SLOT and glyph_type != REFERENCE

    def statement(self, glyph):
        glyph_type, primitive = glyph.kind
        require_payload(glyph, glyph_type == PRIMITIVE)
        value = self.literal(glyph, 0) if glyph_type == PRIMITIVE else self.child(0)
        self.check_workspace(value.needs)
        self.put += value.size
        self.work += value.size
        held = sum(map(len, self.group.slots))  # a value to be replaced still counts
        require(held + value.size <= self.head.slots_max, "the slots hold more than slots_max")
        require(self.put <= self.head.slots_max, "a chunk puts more than slots_max into slots")
        self.check_work()
        data = value.compute()
        slot = self.group.slots[primitive - FIRST_SLOT]
        if glyph_type != DELTA:
            slot.clear()
        slot += data

    def check_work(self):
        require(self.work <= self.work_limit, "a tree does more work than a chunk may")

    def check_workspace(self, needs):
        require(needs <= self.head.workspace_max, "a tree takes more than workspace_max")

    def child(self, depth):
        return self.expression(read_glyph(self.source), depth + 1)

    def expression(self, glyph, depth):
        require(depth <= 16, "a tree is deeper than 16 glyphs")
        require(not self.is_statement(glyph), "a statement stands for an expression")
        is_slot = glyph.kind[1] >= FIRST_SLOT
        operator = self.slot if is_slot else self.operators.get(glyph.kind)
        require_known(operator, glyph, self.head)
        require_payload(glyph, not is_slot)
        value = operator(glyph, depth)
        require(value.size <= 1 << 27, "a value is longer than 2^27 bytes")
        return value

    def literal(self, glyph, _depth):
        return Value(len(glyph.payload), lambda: glyph.payload, takes_workspace=False)

    def lane(self, glyph, _depth):
        size = content_size_of(glyph.payload)
        return Value(size, lambda: decompress(glyph.payload, size, b""))

    def prefixed_lane(self, glyph, depth):
        size = content_size_of(glyph.payload)
        prefix = self.child(depth)
        return Value(size, lambda: decompress(glyph.payload, size, prefix.compute()), needs=self.room(prefix))

    def room(self, value):
        """Workspace for a value that has to lie somewhere, and for computing it."""
        if value.takes_workspace:
            self.work += value.size
            self.check_work()
        return value.needs + (round_up(value.size) if value.takes_workspace else 0)

    def run(self, glyph, _depth):
        source = Cursor(glyph.payload)
        size = read_varint(source)
        pattern = glyph.payload[source.position:]
        require(1 <= len(pattern) <= 255, "a run's pattern has not 1 to 255 bytes")
        return Value(size, lambda: (pattern * (size // len(pattern) + 1))[:size])

    def history(self, glyph, _depth):
        source = Cursor(glyph.payload)
        distance, size = read_varint(source), read_varint(source)
        require(source.at_end(), "bytes follow a history reference")
        history = self.group.history
        reach = min(len(history), self.head.history_max)
        require(1 <= size <= distance <= reach, "a history reference is out of range")
        start = len(history) - distance
        return Value(size, lambda: bytes(history[start:start + size]), takes_workspace=False)

    def slot(self, glyph, _depth):
        slot = self.group.slots[glyph.kind[1] - FIRST_SLOT]
        return Value(len(slot), lambda: bytes(slot), takes_workspace=False)

    def concatenate(self, glyph, depth):
        source = Cursor(glyph.payload)
        count = read_varint(source)
        require(source.at_end(), "bytes follow a concatenation's count")
        children = [self.child(depth) for _ in range(count)]
        return Value(sum(child.size for child in children), lambda: b"".join(child.compute() for child in children),
                     needs=max((child.needs for child in children), default=0))

    def interleave(self, glyph, depth):
        (count,) = read_operands(glyph, 1)
        require(2 <= count <= 16, "an array has not 2 to 16 planes")
        planes = [self.child(depth) for _ in range(count)]
        size = sum(plane.size for plane in planes)
        for k, plane in enumerate(planes):
            require(plane.size == (size + count - 1 - k) // count, "the planes of an array do not fit together")
        placed = planes[1:] if count == 2 else planes
        needs = [planes[0].needs] + [self.room(plane) for plane in placed]

        def compute():
            out = bytearray(size)
            for k, plane in enumerate(planes):
                out[k::count] = plane.compute()
            return bytes(out)

        return Value(size, compute, needs=max(needs))

    def fields(self, glyph, depth):
        widths = read_varints(glyph.payload)
        require(2 <= len(widths) <= 64 and all(1 <= width <= 255 for width in widths), "the widths of fields are wrong")
        fields = [self.child(depth) for _ in widths]
        rows = fields[0].size // widths[0]
        require(all(field.size == rows * width for field, width in zip(fields, widths)),
                "the fields of rows do not fit together")
        needs = [self.room(field) for field in fields]

        def compute():
            pieces = [[data[i:i + width] for i in range(0, len(data), width)]
                      for data, width in ((field.compute(), width) for field, width in zip(fields, widths))]
            return b"".join(b"".join(row) for row in zip(*pieces))

        return Value(rows * sum(widths), compute, needs=max(needs))

    def sum(self, glyph, depth):
        width, order, distance = read_operands(glyph, 3)
        require(width in (1, 2, 3, 4, 8), "integers have not 1, 2, 3, 4 or 8 bytes")
        require(order <= 1 and 1 <= distance <= 65535, "a sum's order or distance is out of range")
        child = self.child(depth)
        return Value(child.size, lambda: sum_up(child.compute(), width, ("little", "big")[order], distance),
                     needs=child.needs)

    def branches(self, glyph, depth):
        machine, position = read_operands(glyph, 2)
        require(1 <= machine <= 2 and position < 1 << 32, "a branch filter's operands are out of range")
        child = self.child(depth)
        convert = (relative_x86, relative_arm64)[machine - 1]
        return Value(child.size, lambda: convert(bytearray(child.compute()), position), needs=child.needs)

    def records(self, glyph, depth):
        size, count = read_operands(glyph, 2)
        children = [self.child(depth) for _ in Lanes._fields]
        needs = taken = 0
        for child in children:
            needs = max(needs, taken + self.room(child))
            taken += round_up(child.size) if child.takes_workspace else 0
        self.check_workspace(needs)
        # What the tables take follows from the lanes' contents, so these are computed here already.
        records = Records(Lanes(*(Cursor(child.compute()) for child in children)), size, count, self.head)
        self.work += records.tables
        self.check_work()
        return Value(size, records.write, needs=max(needs, taken + records.tables))

    def symbols(self, glyph, _depth):
        lane = Symbols(glyph.payload)
        tables = 8192 * lane.tables
        self.work += tables
        self.check_work()
        return Value(lane.count, lane.decode, needs=tables)

    def matches(self, glyph, depth):
        lane = Matches(glyph.payload)
        prefix = self.child(depth)
        needs = self.room(prefix)
        taken = round_up(prefix.size) if prefix.takes_workspace else 0
        room = lane.tables * 8192

        def count_tables():
            self.work += room
            self.check_work()
        return Value(lane.size, lambda: lane.decode(prefix.compute(), count_tables),
                     needs=max(needs, taken + (room if lane.size else 0)))

    def integers(self, glyph, depth):
        (width,) = read_operands(glyph, 1)
        require(width in (1, 2, 3, 4, 8), "integers have not 1, 2, 3, 4 or 8 bytes")
        bits = self.child(depth)
        needs = self.room(bits)
        tokens = self.child(depth)
        taken = round_up(bits.size) if bits.takes_workspace else 0
        needs = max(needs, taken + self.room(tokens))
        return Value(tokens.size * width, lambda: join_tokens(bits.compute(), tokens.compute(), width), needs=needs)

    def scaled(self, glyph, depth):
        width, order, binary, decimal = read_operands(glyph, 4)
        require(width in (4, 8) and order <= 1, "scaled numbers have not 4 or 8 bytes in either order")
        require(binary <= (64 if width == 4 else 512) and decimal <= 9, "the scale of numbers is out of range")
        child = self.child(depth)
        require(child.size % width == 0, "scaled numbers end in the middle of one")

        def compute():
            data = child.compute()
            integers = (int.from_bytes(data[i:i + width], "little", signed=True) for i in range(0, len(data), width))
            return b"".join(scaled_number(integer, width, binary, decimal).to_bytes(width, ("little", "big")[order])
                            for integer in integers)

        return Value(child.size, compute, needs=child.needs)

    def palette(self, glyph, depth):
        width, place = read_operands(glyph, 2)
        require(width in (2, 4, 8) and place in (1, 2), "the form of a palette is out of range")
        indexes = self.child(depth)
        entries = self.child(depth)
        require(indexes.size % place == 0 == entries.size % width, "a palette or its indexes are no whole numbers")
        count = indexes.size // place
        require(entries.size // width <= count, "a palette has more numbers than there are indexes")

        def compute():
            data = indexes.compute()
            units = entries.compute()
            numbers = [units[i:i + width] for i in range(0, len(units), width)]
            out = []
            for i in range(0, len(data), place):
                index = int.from_bytes(data[i:i + place], "little")
                require(index < len(numbers), "an index is beyond its palette")
                out.append(numbers[index])
            return b"".join(out)

        return Value(count * width, compute, needs=max(indexes.needs, self.room(entries)))

    def excepted(self, glyph, depth):
        require(glyph.payload is not None, "exceptions have no payload")
        source = Cursor(glyph.payload)
        width, count = source.take(2)
        require(width in (1, 2, 4, 8) and count <= 8, "exceptions are malformed")
        meant = {}
        for _ in range(count):
            stand_in = source.take(width)
            meant.setdefault(stand_in, source.take(width))
        mark = source.take(width)
        require(source.at_end(), "bytes follow the payload of exceptions")
        numbers = self.child(depth)
        exceptions = self.child(depth)
        require(numbers.size % width == 0 == exceptions.size % width, "exceptions are no whole numbers")

        def compute():
            data = numbers.compute()
            units = [data[i:i + width] for i in range(0, len(data), width)]
            others = Cursor(exceptions.compute())
            require(units.count(mark) * width == exceptions.size, "there are not as many exceptions as marks")
            return b"".join(others.take(width) if unit == mark else meant.get(unit, unit) for unit in units)

        return Value(numbers.size, compute, needs=max(numbers.needs, self.room(exceptions)))

    def predicted(self, glyph, depth):
        child = self.child(depth)
        samples = Samples(glyph.payload, child.size)
        return Value(child.size, lambda: samples.restore(child.compute()), needs=child.needs)

    def adapted(self, glyph, depth):
        child = self.child(depth)
        filters = Filters(glyph.payload, child.size)
        self.work += filters.work
        self.check_work()
        return Value(child.size, lambda: filters.restore(child.compute()), needs=child.needs)

    def frames(self, glyph, depth):
        frames = Frames(glyph.payload)
        reference = self.child(depth)
        needs = self.room(reference)
        taken = round_up(reference.size) if reference.takes_workspace else 0
        modes = self.child(depth)
        needs = max(needs, taken + self.room(modes))
        taken += round_up(modes.size) if modes.takes_workspace else 0
        residuals = self.child(depth)
        frames.check_sizes(reference.size, residuals.size, modes.size)
        return Value(residuals.size,
                     lambda: frames.restore(reference.compute(), modes.compute(), residuals.compute()),
                     needs=max(needs, taken + residuals.needs))

    def separated(self, glyph, depth):
        colours = Colours(glyph.payload)
        rest = bytes(colours.number(0, 255, "a byte")
                     for _ in range(colours.number(0, colours.unit - 1, "the rest of a pixel")))
        colours.end()
        pixels = self.child(depth)
        size = pixels.size + len(rest)
        require(size >= colours.unit, "separated colours have no pixel")
        return Value(size - size % colours.unit, lambda: colours.separate(pixels.compute() + rest),
                     needs=self.room(pixels))

    def combined(self, glyph, depth):
        colours = Colours(glyph.payload)
        mark = colours.number(0, 256, "the mark")
        colours.end()
        planes = self.child(depth)
        exceptions = self.child(depth)
        require(planes.size % colours.unit == 0 == exceptions.size % 3, "combined colours end in a pixel")
        require(exceptions.size // 3 <= planes.size // colours.unit, "there are more exceptions than pixels")
        taken = round_up(planes.size) if planes.takes_workspace else 0
        return Value(planes.size, lambda: colours.combine(planes.compute(), mark, exceptions.compute()),
                     needs=max(self.room(planes), taken + self.room(exceptions)))

    def ranked(self, glyph, depth):
        require(glyph.payload is not None, "ranks have no payload")
        source = Cursor(glyph.payload)
        order = read_varint(source)
        require(order <= 1, "samples have a third order")
        values = [read_varint(source)]
        while not source.at_end():
            step = read_varint(source)
            require(step > 0, "values do not rise")
            values.append(values[-1] + step)
        require(len(values) <= 4096 and values[-1] < 65536, "there are too many values, or too large ones")
        child = self.child(depth)
        require(child.size % 2 == 0, "ranks end in the middle of a sample")

        def compute():
            data = child.compute()
            samples = (int.from_bytes(data[i:i + 2], ("little", "big")[order]) for i in range(0, len(data), 2))
            return b"".join(max(0, bisect.bisect_right(values, sample) - 1).to_bytes(2, "little")
                            for sample in samples)

        return Value(child.size, compute, needs=child.needs)

    def copies(self, glyph, depth):
        copies = Copies(glyph.payload)
        placed, needs, taken = [], 0, 0
        for _ in range(3):
            child = self.child(depth)
            needs = max(needs, taken + self.room(child))
            taken += round_up(child.size) if child.takes_workspace else 0
            placed.append(child)
        literals = self.child(depth)
        require(placed[2].size % 2 == 0, "a length of copies is cut off")
        require(literals.size <= copies.size, "copies have too many literals")
        return Value(copies.size,
                     lambda: copies.make(*(child.compute() for child in placed), literals.compute()),
                     needs=max(needs, taken + literals.needs))

    def text(self, glyph, depth):
        (size,) = read_operands(glyph, 1)
        words = self.child(depth)
        needs = self.room(words)
        taken = round_up(words.size) if words.takes_workspace else 0
        codes = self.child(depth)
        needs = max(needs, taken + self.room(codes))
        taken += round_up(codes.size) if codes.takes_workspace else 0
        require(size <= 16 * codes.size, "a text has more than 16 bytes for each of its codes")
        self.check_workspace(needs)
        # What the tables take follows from the dictionary's contents, so it is computed here already.
        dictionary = Words(words.compute())
        tables = 24 * (256 + len(dictionary.words))
        self.work += tables
        self.check_work()
        return Value(size, lambda: dictionary.spell(codes.compute(), size), needs=max(needs, taken + tables))


class Words:
    """A dictionary of words, and the marks that codes of them are made of (7.18)."""

    def __init__(self, data):
        source = Cursor(data)
        bitmap = int.from_bytes(source.take(32), "little")
        marks = [value for value in range(256) if bitmap >> value & 1]
        require(len(marks) >= 3, "a dictionary has not three marks")
        self.capital, self.upper, self.escape, *codes = marks
        self.marks = {value: number for number, value in enumerate(codes)}
        self.ones = source.take(1)[0]
        count = int.from_bytes(source.take(2), "little")
        require(self.ones <= len(codes), "a dictionary has more words of one mark than marks")
        most = self.ones + (len(codes) - self.ones) * len(codes)
        require(self.ones <= count <= min(most, 32768), "a dictionary has too few or too many words")
        shapes = source.take(count)
        self.words = []
        word = b""
        for shape in shapes:
            shared, own = shape >> 4, (shape & 15) + 1
            require(shared <= len(word), "a word shares more than the word before it has")
            require(shared + own <= 16, "a word has more than 16 bytes")
            word = word[:shared] + source.take(own)
            self.words.append(word)
        require(source.at_end(), "bytes follow the words of a dictionary")

    def take_word(self, source):
        number = self.marks.get(source.take(1)[0])
        require(number is not None, "no word follows what changes its letters")
        if number >= self.ones:
            second = self.marks.get(source.take(1)[0])
            require(second is not None, "the second byte of a code is no mark")
            number = self.ones + (number - self.ones) * len(self.marks) + second
        require(number < len(self.words), "a code has no word")
        return self.words[number]

    def spell(self, codes, size):
        source = Cursor(codes)
        out = bytearray()
        while not source.at_end():
            value = codes[source.position]
            if value in self.marks:
                out += self.take_word(source)
                continue
            source.take(1)
            if value == self.escape:
                out += source.take(1)
            elif value == self.capital:
                word = self.take_word(source)
                first = 1 if word[0] == 0x20 else 0
                out += word[:first] + word[first:first + 1].upper() + word[first + 1:]
            elif value == self.upper:
                out += self.take_word(source).upper()
            else:
                out.append(value)
        require(len(out) == size, "codes stand for another number of bytes than a text has")
        return bytes(out)


def scaled_number(integer, width, binary, decimal):
    """The bits of the number nearest to integer / (2^binary * 10^decimal)."""
    bits, digits, bias = (32, 24, 127) if width == 4 else (64, 53, 1023)
    if integer == -1 << bits - 1:
        return 1 << bits - 1
    if integer == 0:
        return 0
    exact = Fraction(abs(integer), 2 ** binary * 10 ** decimal)
    exponent = exact.numerator.bit_length() - exact.denominator.bit_length() - digits
    while exact / Fraction(2) ** exponent >= 1 << digits:
        exponent += 1
    significand = round(exact / Fraction(2) ** exponent)  # half to even
    if significand == 1 << digits:
        significand >>= 1
        exponent += 1
    sign = (integer < 0) << bits - 1
    return sign | exponent + digits - 1 + bias << digits - 1 | significand - (1 << digits - 1)


def unfold(folded):
    return -(folded + 1) // 2 if folded % 2 else folded // 2


def fold(number):
    return -2 * number - 1 if number < 0 else 2 * number


def wrapped(number, bits):
    """The low bits, as a signed number."""
    half = 1 << bits - 1
    return (number + half) % (2 * half) - half


def sum_up(data, width, order, distance):
    whole = len(data) // width * width
    modulus = 1 << 8 * width
    values = [int.from_bytes(data[i:i + width], order) for i in range(0, whole, width)]
    for i in range(distance, len(values)):
        values[i] = (values[i - distance] + unfold(values[i])) % modulus
    return b"".join(value.to_bytes(width, order) for value in values) + data[whole:]


def relative_x86(code, position):
    for i in range(len(code) - 6):
        is_call = code[i] & 0xFE == 0xE8 and code[i + 4] in (0x00, 0xFF)
        is_operand = (code[i] & 0xFB == 0x48 and code[i + 1] & 0xF9 == 0x89 and code[i + 2] & 0xC7 == 0x05
                      and code[i + 6] in (0x00, 0xFF))
        if not is_call and not is_operand:
            continue
        at = i + (1 if is_call else 3)
        value = (int.from_bytes(code[at:at + 4], "little") - (position + at + 4)) % (1 << 25)
        if value >> 24:
            value |= 0xFF000000
        code[at:at + 4] = value.to_bytes(4, "little")
    return bytes(code)


def relative_arm64(code, position):
    for i in range(-position % 4, len(code) - 3, 4):
        word = int.from_bytes(code[i:i + 4], "little")
        address = (position + i) % (1 << 32)
        if word >> 26 == 0b100101:
            word = word & 0xFC000000 | (word - (address >> 2)) & 0x03FFFFFF
        elif word & 0x9F000000 == 0x90000000:
            pages = word >> 29 & 3 | word >> 3 & 0x1FFFFC
            if pages < 0x20000 or pages >= 0x1E0000:
                pages = (pages - (address >> 12)) % (1 << 18)
                if pages >> 17:
                    pages |= 0x1C0000
                word = word & 0x9F00001F | (pages & 3) << 29 | (pages & 0x1FFFFC) << 3
        code[i:i + 4] = word.to_bytes(4, "little")
    return bytes(code)


# Section 16: samples


class Bits:
    """Bits from the lowest of each byte on; those behind the end are 0."""

    def __init__(self, data):
        self.value = int.from_bytes(data, "little")
        self.size = 8 * len(data)
        self.position = 0

    def take(self, count):
        bits = self.value >> self.position & (1 << count) - 1
        self.position += count
        return bits


class Symbols:
    """A lane of bytes, each coded by a table that follows from those before it."""

    STATES = 2048

    def __init__(self, payload):
        source = Cursor(payload)
        self.count, self.distance = read_varint(source), read_varint(source)
        require(1 <= self.count <= 1 << 27 and self.distance <= 64, "symbols' count or distance is out of range")
        self.rate, self.row = (read_varint(source), read_varint(source)) if self.distance else (1, 0)
        self.tables = read_varint(source)
        require(1 <= self.rate <= 16 and self.row <= 65535, "symbols' rate or row is out of range")
        self.fine = self.rate > 8
        self.rate -= 8 if self.fine else 0
        require(self.row == 0 or self.row > self.distance, "symbols' row is not longer than their distance")
        require(not self.fine or self.row > 2 * self.distance, "the row of fine levels is too short")
        require(1 <= self.tables <= (32 if self.distance else 1), "symbols have not 1 to 32 tables")
        self.levels = list(source.take(self.tables - 1))
        require(all(a < b for a, b in zip([0] + self.levels, self.levels)), "symbols' levels do not rise")
        self.rest = payload[source.position:]

    def decode(self):
        head = Bits(self.rest)
        tables = [self.table(self.counts(head)) for _ in range(self.tables)]
        require(head.take(-head.position % 8) == 0, "bits follow the counts of symbols")
        coded = self.rest[head.position // 8:]
        require(coded and coded[0], "symbols end too early")
        bits = Bits(coded)
        while not bits.take(1):
            pass
        states = [bits.take(11) for _ in range(4)]
        out = bytearray()
        means = [0] * max(self.distance, 1)
        for i in range(self.count):
            level = min(self.level(out, i, means), 255)
            symbol, count, base = tables[sum(level >= first for first in self.levels)][states[i % 4]]
            states[i % 4] = base + bits.take(count)
            out.append(symbol)
            if self.distance:
                means[i % self.distance] += (256 * symbol - means[i % self.distance]) >> self.rate
        require(bits.position == bits.size and not any(states), "symbols do not end as they must")
        return bytes(out)

    def level(self, out, i, means):
        if not self.distance:
            return 0
        mean = means[i % self.distance]
        if not self.row:
            return mean >> 7
        row, step = self.row, self.distance
        weights = ((96, row), (48, row + step), (48, row - step), (32, 2 * row), (16, row + 2 * step),
                   (16, row - 2 * step)) if self.fine else ((128, row), (64, row + step), (64, row - step))
        above = sum(weight * out[i - back] for weight, back in weights if back <= i)
        height = (mean + above) >> (5 if self.fine else 8)
        return min(height, 112 + height // 8) if self.fine else height

    def counts(self, bits):
        symbol = bits.take(8)
        length = 6
        counts = [0] * 256
        while sum(counts) < self.STATES:
            require(symbol <= 255 and bits.position <= bits.size, "the counts of symbols are malformed")
            if not bits.take(1):
                before = length
                if bits.take(1):
                    length += -1 if bits.take(1) else 1
                else:
                    length = bits.take(4)
                    require(abs(length - before) > 1, "a count's length is not written as a step")
                require(0 <= length <= 12, "a count of symbols is too long")
            if length:
                counts[symbol] = 1 << length - 1 | bits.take(length - 1)
            require(sum(counts), "counts of symbols begin with none")
            symbol += 1
        require(sum(counts) == self.STATES and bits.position <= bits.size, "the counts of symbols are malformed")
        return counts

    def table(self, counts):
        owners = [0] * self.STATES
        state = 0
        for symbol, count in enumerate(counts):
            for _ in range(count):
                owners[state] = symbol
                state = (state + 1283) % self.STATES
        numbers = list(counts)
        entries = []
        for symbol in owners:
            number = numbers[symbol]
            numbers[symbol] += 1
            count = 12 - number.bit_length()
            entries.append((symbol, count, (number << count) - self.STATES))
        return entries


class Matches(Symbols):
    """Literals and matches, block by block (7.19)."""

    FAMILIES = ((256, 256), (16, 80), (16, 112), (64, 80))  # contexts, symbols

    def __init__(self, payload):
        self.source = Cursor(payload)
        self.size, self.tables = read_varint(self.source), read_varint(self.source)
        self.differences = self.tables > 64
        self.tables -= 64 if self.differences else 0
        require(self.size <= 1 << 27 and 4 <= self.tables <= 64, "matches' size or tables are out of range")
        self.offsets = [1, 4, 8]

    def decode(self, prefix, count_tables):
        self.out = bytearray(prefix)
        self.first = len(prefix)
        while len(self.out) < self.first + self.size:
            count_tables()
            self.block()
        require(self.source.at_end(), "bytes follow the blocks of matches")
        return bytes(self.out[self.first:])

    def block(self):
        length, sequences, token_size, literal_size = (read_varint(self.source) for _ in range(4))
        end = len(self.out) + length
        require(1 <= length <= 1 << 20 and end <= self.first + self.size, "a block of matches is too long")
        require(sequences <= length // 2, "a block has too many sequences")
        head = Bits(self.source.data[self.source.position:])
        left = self.tables
        families = []
        for contexts, symbols in self.FAMILIES:
            count = head.take(4) + 1
            left -= count
            require(left >= 0, "a block has too many tables")
            families.append(self.family(head, contexts, symbols, count))
        require(head.take(-head.position % 8) == 0, "bits follow the tables of matches")
        self.source.take(head.position // 8)
        tokens = self.open(token_size)
        states = [tokens.take(11) for _ in range(3)]
        literals = self.open(literal_size)
        literal_state = literals.take(11)

        def take(bits, family, context, state):
            symbol, count, base = families[family][context][state]
            return symbol, base + bits.take(count)

        def number(symbol):
            if symbol < 16:
                return symbol
            count = 2 + (symbol - 16) // 4
            return (4 + symbol % 4 << count) + tokens.take(count)

        length_symbol = distance_symbol = 0
        for i in range(sequences + 1):
            run = end - len(self.out)
            if i < sequences:
                run_symbol, states[0] = take(tokens, 1, min(length_symbol, 15), states[0])
                run = number(run_symbol)
                require(len(self.out) + run <= end, "literals are too many for their block")
            for number_before in range(run):
                back = self.offsets[0] if self.differences else 1
                near = self.out[-back] if back <= len(self.out) else 0
                context = 64 * min(number_before, 3) + near // 4 if self.differences else near
                symbol, literal_state = take(literals, 0, context, literal_state)
                self.out.append((near + symbol) % 256 if self.differences else symbol)
            if i == sequences:
                break
            context = 4 * min(distance_symbol, 3) + min(run_symbol, 3)
            distance_symbol, states[1] = take(tokens, 2, context, states[1])
            distance = number(distance_symbol)
            kind = distance_symbol if distance_symbol < 3 else 3 + min(distance_symbol // 4, 12)
            length_symbol, states[2] = take(tokens, 3, 4 * kind + min(run_symbol, 3), states[2])
            self.copy(distance, number(length_symbol) + 2, end)
        require(tokens.position == tokens.size and literals.position == literals.size, "bits of matches are left")
        require(not any(states) and not literal_state, "states of matches do not end as they must")

    def family(self, head, contexts, symbols, count):
        numbers = [0] * contexts
        number = 0
        for i in range(contexts if count > 1 else 0):
            if not head.take(1):
                number = head.take(4)
                require(number < count, "a context has a table that is not there")
            numbers[i] = number
        tables = []
        for _ in range(count):
            counts = self.counts(head)
            require(not any(counts[symbols:]), "a family has symbols beyond its last one")
            tables.append(self.table(counts))
        return [tables[number] for number in numbers]

    def open(self, size):
        data = self.source.take(size)
        require(data and data[0], "a block of matches ends too early")
        bits = Bits(data)
        while not bits.take(1):
            pass
        return bits

    def copy(self, distance, length, end):
        if distance < 3:
            offset = self.offsets.pop(distance)
        else:
            offset = distance - 2
            self.offsets.pop()
        self.offsets.insert(0, offset)
        require(offset <= len(self.out), "a match begins before the prefix")
        require(len(self.out) + length <= end, "a match is too long for its block")
        for _ in range(length):
            self.out.append(self.out[-offset])


def join_tokens(bits, tokens, width):
    source = Bits(bits)
    out = bytearray()
    for token in tokens:
        require(token < 16 + (8 * width - 4) * 4, "a token is too large for its integer")
        value = token
        if token >= 16:
            count = 2 + (token - 16) // 4
            value = (4 + (token - 16) % 4 << count) + source.take(count)
        out += value.to_bytes(width, "little")
    require((source.position + 7) // 8 == len(bits) and source.value >> source.position == 0,
            "the bits of integers are not those that their tokens leave open")
    return bytes(out)


Predictor = namedtuple("Predictor", "is_median unused shift coefficients")


class Samples:
    """Frames of integers, each predicted from those before it."""

    def __init__(self, payload, size):
        source = Cursor(payload)
        self.width, order, self.channels, self.block, self.row = (read_varint(source) for _ in range(5))
        require(self.width in (1, 2, 3, 4, 8), "samples have not 1, 2, 3, 4 or 8 bytes")
        require(order <= 3 and 1 <= self.channels <= 64, "the order or the channels of samples are out of range")
        require(16 <= self.block <= 65536 and self.row <= 1 << 20, "the block or the row of samples is out of range")
        self.order = ("little", "big")[order & 1]
        self.is_float = bool(order & 2)
        require(size % (self.width * self.channels) == 0, "samples end in the middle of a frame")
        self.frames = size // (self.width * self.channels)
        self.blocks = []
        before = [None] * self.channels
        for _ in range(0, self.frames, self.block):
            pairs = read_varint(source) if self.channels > 1 else 0
            require(pairs >> self.channels // 2 == 0, "there are more pairs than channels")
            before = [self.predictor(source, old, pairs >> i // 2 & 1) for i, old in enumerate(before)]
            self.blocks.append((pairs, before))
        require(source.at_end(), "bytes follow the predictors of samples")

    def predictor(self, source, before, is_paired):
        kind = read_varint(source)
        if kind == 34:
            require(before, "there is no predictor before")
            require(not (before.is_median and is_paired), "a median predicts one of a pair")
            return before
        unused = 0
        if kind >= 64:
            kind -= 64
            unused = read_varint(source)
            require(1 <= unused < 8 * self.width and kind != 33, "the unused bits of samples are out of range")
        require(kind <= 33, "a predictor has an unknown kind")
        if kind == 33:
            require(self.row and not is_paired, "a median has no row, or predicts one of a pair")
            return Predictor(True, 0, 0, [])
        shift = read_varint(source) if kind else 0
        require(shift <= 15, "the shift of a predictor is out of range")
        codes = [read_varint(source) for _ in range(kind)]
        require(all(code <= 65535 for code in codes), "a coefficient is out of range")
        return Predictor(False, unused, shift, [unfold(code) for code in codes])

    def signed(self, value):
        half = 1 << 8 * self.width - 1
        return (value + half) % (2 * half) - half

    def turned(self, value):
        return value ^ (1 << 8 * self.width - 1) - 1 if self.is_float and value < 0 else value

    def restore(self, residuals):
        step = self.width * self.channels
        self.values = [[] for _ in range(self.channels)]
        for number, (pairs, predictors) in enumerate(self.blocks):
            first = number * self.block
            last = min(first + self.block, self.frames)
            read = [[unfold(int.from_bytes(residuals[i:i + self.width], "little"))
                     for i in range(first * step + c * self.width, last * step, step)] for c in range(self.channels)]
            c = 0
            while c < self.channels:
                if pairs >> c // 2 & 1 and c + 1 < self.channels:
                    self.restore_pair(c, predictors, read)
                    c += 2
                    continue
                self.values[c] += self.restore_channel(self.values[c], predictors[c], read[c])
                c += 1
        out = bytearray(len(residuals))
        for c, values in enumerate(self.values):
            for i, value in enumerate(values):
                at = i * step + c * self.width
                out[at:at + self.width] = self.turned(value).to_bytes(self.width, self.order, signed=True)
        return bytes(out)

    def restore_pair(self, c, predictors, read):
        known = list(zip(self.values[c], self.values[c + 1]))[-32:]
        differences = [self.signed(a - b) for a, b in known]
        means = [self.signed(b + (d >> 1)) for (_, b), d in zip(known, differences)]
        means = self.restore_channel(means, predictors[c], read[c])
        differences = self.restore_channel(differences, predictors[c + 1], read[c + 1])
        seconds = [self.signed(m - (d >> 1)) for m, d in zip(means, differences)]
        self.values[c] += [self.signed(b + d) for b, d in zip(seconds, differences)]
        self.values[c + 1] += seconds

    def restore_channel(self, known, predictor, residuals):
        if predictor.is_median:
            return self.restore_median(known, residuals)
        out = [value >> predictor.unused for value in known[-32:]]
        begin = len(out)
        for residual in residuals:
            total = sum(k * out[-j] for j, k in enumerate(predictor.coefficients, 1) if j <= len(out))
            total = (total + (1 << 63)) % (1 << 64) - (1 << 63)
            sample = self.signed((total >> predictor.shift) + residual << predictor.unused)
            out.append(sample >> predictor.unused)
        return [value << predictor.unused for value in out[begin:]]

    def restore_median(self, known, residuals):
        out = list(known)

        def at(back):
            return out[-back] if back <= len(out) else 0

        for residual in residuals:
            left, above, corner = at(1), at(self.row), at(self.row + 1)
            guess = sorted((left, above, left + above - corner))[1]
            out.append(self.signed(guess + residual))
        return out[len(known):]


class Filters:
    """Residuals, predicted by filters that adapt."""

    def __init__(self, payload, size):
        numbers = read_varints(payload)
        require(len(numbers) in (5, 7, 9), "there are not 1 to 3 stages of filters")
        self.width, self.channels, self.down, *stages = numbers
        require(2 <= self.width <= 4 and 1 <= self.channels <= 64, "filters have a wrong width, or channels")
        require(self.down <= 16, "filters divide what they see by too much")
        self.stages = [(16 * taps, shift) for taps, shift in zip(stages[::2], stages[1::2])]
        require(all(taps and 1 <= shift <= 24 for taps, shift in self.stages), "a stage is out of range")
        taps = sum(taps for taps, _ in self.stages)
        require(taps <= 1024, "filters have more than 1024 taps")
        require(size % (self.width * self.channels) == 0, "residuals end in the middle of a frame")
        self.work = size // self.width * taps // 64

    def restore(self, data):
        step = self.width * self.channels
        out = bytearray(len(data))
        for first in range(0, step, self.width):
            stages = [Filter(taps, shift, self.down) for taps, shift in self.stages]
            for at in range(first, len(data), step):
                left = unfold(int.from_bytes(data[at:at + self.width], "little"))
                for stage in reversed(stages):
                    value = wrapped(left + stage.predict(), 8 * self.width)
                    stage.learn(value, left)
                    left = value
                out[at:at + self.width] = fold(left).to_bytes(self.width, "little")
        return bytes(out)


class Filter:
    """One stage for one channel; the newest input is the first."""

    def __init__(self, taps, shift, down):
        self.shift, self.down = shift, down
        self.weights, self.inputs, self.steps = ([0] * taps for _ in range(3))
        self.mean = 0

    def predict(self):
        total = wrapped(sum(c * x for c, x in zip(self.weights, self.inputs)), 32)
        return (total + (1 << self.shift - 1) >> self.shift) << self.down

    def learn(self, value, left):
        sign = (left > 0) - (left < 0)
        self.weights = [wrapped(c + sign * g, 16) for c, g in zip(self.weights, self.steps)]
        seen = min(max(value >> self.down, -32767), 32767)
        step = min(32, 128 * abs(seen) // (self.mean + 16))
        self.mean += abs(seen) - self.mean // 16
        self.inputs = [seen] + self.inputs[:-1]
        self.steps = [-step if seen < 0 else step] + self.steps[:-1]


Plane = namedtuple("Plane", "row rows period skew")
Taps = namedtuple("Taps", "shift offsets factors")  # factors: by tap, then by kind
Median = namedtuple("Median", "left above references")


class Frames:
    """Samples in rows of planes, each predicted from some before it."""

    def __init__(self, payload):
        source = Cursor(payload)

        def number(least, most, name):
            value = read_varint(source)
            require(least <= value <= most, name + " of frames is out of range")
            return value

        self.width = number(1, 2, "the width")
        order = number(0, 3, "the order")
        require(self.width > 1 or not order & 1, "single bytes of frames have an order")
        self.order = ("little", "big")[order & 1]
        self.apart = order > 1
        self.unused = number(0, 8 * self.width - 1, "the number of unused bits")
        self.position = number(0, (1 << 27) - 1, "the position")
        self.block_width = number(1, 64, "the width of blocks")
        self.block_height = number(1, 64, "the height of blocks")
        self.planes = [Plane(number(1, 1 << 20, "a row"), number(1, 1 << 20, "the number of rows"),
                             number(1, 4, "the period"), number(0, 1, "the skew"))
                       for _ in range(number(1, 4, "the number of planes"))]
        size = sum(plane.row * plane.rows for plane in self.planes)
        require(size <= 1 << 27, "the size of frames is out of range")
        if self.apart:
            require(len({plane[:2] for plane in self.planes}) == 1, "planes of frames that are apart differ")
            size //= len(self.planes)
        require( self.position < size, "the position of frames is out of range")
        self.predictors = []
        for plane in self.planes:
            count = number(0, 8, "the number of predictors")
            self.predictors.append([self.predictor(number, plane.period) for _ in range(count)])
        require(source.at_end(), "bytes follow the predictors of frames")

    @staticmethod
    def predictor(number, period):
        count = number(0, 20, "the number of taps")
        if not count:
            left, above = (number(1, 1 << 27, "an offset") for _ in range(2))
            return Median(left, above, [number(0, 1 << 27, "an offset") for _ in range(period)])
        shift = number(0, 15, "the shift")
        taps = [(number(1, 1 << 27, "an offset"), [unfold(number(0, 65535, "a factor")) for _ in range(period)])
                for _ in range(count)]
        return Taps(shift, [offset for offset, _ in taps], [factors for _, factors in taps])

    def alone(self, number):
        """The frames that a plane is which is apart."""
        plane = copy.copy(self)
        plane.planes, plane.predictors = [self.planes[number]], [self.predictors[number]]
        plane.apart = False
        return plane

    def places(self, count):
        """Plane, row and place in the row of so many samples; and whether a row of blocks begins with one."""
        passed = -self.position
        is_first = True
        while passed < count:
            for number, plane in enumerate(self.planes):
                for y in range(plane.rows):
                    for x in range(max(0, -passed), min(plane.row, count - passed)):
                        yield number, y, x, is_first or not x and not y % self.block_height
                        is_first = False
                    passed += plane.row

    def blocks_in_row(self, number):
        return -(-self.planes[number].row // (self.block_width * self.planes[number].period))

    def count_blocks(self, size):
        if self.apart:
            count = len(self.planes)
            return sum(self.alone(number).count_blocks(size // count) for number in range(count))
        return sum(self.blocks_in_row(number) for number, _, _, begins in self.places(size // self.width) if begins)

    def check_sizes(self, reference, size, modes):
        unit = self.width * (len(self.planes) if self.apart else 1)
        require(size % unit == 0, "frames end in the middle of a sample")
        require(not self.apart or reference % unit == 0, "the reference of planes has other parts")
        require(modes == self.count_blocks(size), "frames have another number of blocks")

    def restore_apart(self, reference, modes, residuals):
        count = len(self.planes)
        known, size = len(reference) // count, len(residuals) // count
        out = b""
        for number in range(count):
            plane = self.alone(number)
            blocks = plane.count_blocks(size)
            out += plane.restore(reference[number * known:(number + 1) * known], modes[:blocks],
                                 residuals[number * size:(number + 1) * size])
            modes = modes[blocks:]
        return out

    def restore(self, reference, modes, residuals):
        if self.apart:
            return self.restore_apart(reference, modes, residuals)
        width = self.width
        skipped = len(reference) % width
        self.samples = [int.from_bytes(reference[i:i + width], self.order)
                        for i in range(skipped, len(reference), width)]
        known = len(self.samples)
        first = blocks = 0
        for i, (number, y, x, begins) in enumerate(self.places(len(residuals) // width)):
            if begins:
                first = blocks
                blocks += self.blocks_in_row(number)
            plane = self.planes[number]
            mode = modes[first + x // (self.block_width * plane.period)]
            require(mode < len(self.predictors[number]), "a block of frames has no such predictor")
            kind = (x + y * plane.skew) % plane.period
            residual = unfold(int.from_bytes(residuals[i * width:(i + 1) * width], "little"))
            prediction = self.predict(self.predictors[number][mode], kind)
            self.samples.append((prediction + residual << self.unused) % (1 << 8 * width))
        return b"".join(sample.to_bytes(width, self.order) for sample in self.samples[known:])

    def predict(self, predictor, kind):
        def at(offset):
            return self.samples[-offset] if offset <= len(self.samples) else 0

        if isinstance(predictor, Taps):
            shift = predictor.shift + self.unused
            total = (1 << shift) // 2 + sum(
                at(offset) * factors[kind] for offset, factors in zip(predictor.offsets, predictor.factors))
            return ((total + (1 << 31)) % (1 << 32) - (1 << 31)) >> shift
        reference = predictor.references[kind]

        def beyond(offset):
            return at(offset) - (at(offset + reference) if reference else 0)

        left, above = beyond(predictor.left), beyond(predictor.above)
        corner = beyond(predictor.left + predictor.above)
        guess = sorted((left, above, left + above - corner))[1]
        return guess + (at(reference) if reference else 0) >> self.unused


Curve = namedtuple("Curve", "slope step offset")
Estimate = namedtuple("Estimate", "red green blue offset")


def clamp(sample):
    return min(255, max(0, sample))


class Colours:
    """Pixels that are made of luma and two differences of colours."""

    TRIED = (0, -1, 1, -2, 2)

    def __init__(self, payload):
        require(payload is not None, "colours have no payload")
        self.source = Cursor(payload)
        self.unit = self.number(3, 4, "a pixel")
        self.first = self.number(0, self.unit - 3, "the first colour")
        self.blue_first = self.number(0, 1, "the order")
        joint = self.number(0, 1, "the sum of green")
        curves = [Curve(self.signed(18), self.signed(18), self.signed(26)) for _ in range(5)]
        self.estimates = [Estimate(self.signed(18), self.signed(18), self.signed(18), self.signed(26))
                          for _ in range(3)]
        values = [[curve.slope * (x - 128) + curve.offset + (curve.step if x < 128 else 0) for x in range(256)]
                  for curve in curves]
        self.luma, self.red, self.blue = ([value >> 16 for value in table] for table in values[:3])
        by_blue, by_red = values[3:]
        self.green = (lambda blue, red: by_blue[blue] + by_red[red] >> 16) if joint else (
            lambda blue, red: (by_blue[blue] >> 16) + (by_red[red] >> 16))
        self.luma_of = {value: x for x, value in reversed(list(enumerate(self.luma)))}
        self.blue_of = {value: x for x, value in reversed(list(enumerate(self.blue)))}

    def number(self, least, most, name):
        value = read_varint(self.source)
        require(least <= value <= most, name + " of colours is out of range")
        return value

    def signed(self, bits):
        return unfold(self.number(0, 2 << bits, "a factor"))

    def end(self):
        require(self.source.at_end(), "bytes follow the payload of colours")

    def colours_of(self, luma, blue, red):
        value = self.luma[luma]
        return (clamp(value + self.red[red]), clamp(value + self.green(blue, red)), clamp(value + self.blue[blue]))

    def load(self, pixel):
        colours = tuple(pixel[self.first:self.first + 3])
        return colours[::-1] if self.blue_first else colours

    def combine(self, planes, mark, exceptions):
        count = len(planes) // self.unit
        others = Cursor(exceptions)
        out = bytearray()
        for i in range(count):
            luma, blue, red, *other = planes[i::count]
            colours = bytes(self.colours_of(luma, blue, red))
            colours = colours[::-1] if self.blue_first else colours
            if luma == mark:
                require(not others.at_end(), "there are fewer exceptions than marks")
                colours = others.take(3)
            other = bytes(other)
            out += other + colours if self.first else colours + other
        require(others.at_end(), "there are more exceptions than marks")
        return bytes(out)

    def separate(self, data):
        unit = self.unit
        planes = [bytearray() for _ in range(unit)]
        red = 128
        for i in range(len(data) % unit, len(data), unit):
            pixel = data[i:i + unit]
            samples = self.samples_of(self.load(pixel), red)
            red = samples[2]
            other = [pixel[0 if self.first else 3]] if unit == 4 else []
            for plane, sample in zip(planes, [*samples, *other]):
                plane.append(sample)
        return b"".join(planes)

    def samples_of(self, pixel, before):
        about = [clamp(e.red * pixel[0] + e.green * pixel[1] + e.blue * pixel[2] + e.offset >> 16)
                 for e in self.estimates]
        known = [colour not in (0, 255) for colour in pixel]
        reds = [about[2] + step for step in self.TRIED]
        if all(known):
            for red in [before] + reds:
                if 0 <= red <= 255:
                    value = pixel[0] - self.red[red]
                    luma, blue = self.luma_of.get(value), self.blue_of.get(pixel[2] - value)
                    if None not in (luma, blue) and value + self.green(blue, red) == pixel[1]:
                        return luma, blue, red
            return about
        if not any(known):
            about[0] = clamp(about[0] + (-4 if pixel[1] == 0 else 4))
        for red in reds:
            for blue in (about[1] + step for step in self.TRIED):
                if 0 <= red <= 255 and 0 <= blue <= 255:
                    luma = about[0]
                    if any(known):
                        parts = self.red[red], self.green(blue, red), self.blue[blue]
                        first = known.index(True)
                        luma = self.luma_of.get(pixel[first] - parts[first])
                    if luma is not None and self.colours_of(luma, blue, red) == pixel:
                        return luma, blue, red
        return about


class Copies:
    """Pixels that equal others some distance before, and new ones."""

    def __init__(self, payload):
        source = Cursor(payload)

        def number(least, most, name):
            value = read_varint(source)
            require(least <= value <= most, name + " of copies is out of range")
            return value

        self.unit = number(1, 8, "the unit")
        self.size = number(1, 1 << 27, "the size")
        require(self.size % self.unit == 0, "copies end in the middle of a pixel")
        self.distances = [number(1, 1 << 27, "a distance") for _ in range(number(0, 15, "the number of distances"))]
        self.above = number(0, 1 << 27 if self.unit <= 4 else 0, "the row above")
        if self.above:
            self.kind = number(0, self.unit - 1, "the first kind")
            self.joined = number(0, (1 << self.unit) - 1, "what is joined")
        require(source.at_end(), "bytes follow the payload of copies")

    def make(self, reference, steps, lengths, literals):
        out = bytearray(reference)
        known = len(reference)
        taken, numbers = 0, (int.from_bytes(lengths[i:i + 2], "little") for i in range(0, len(lengths), 2))
        for step in steps:
            count = step % 16 + 1
            if count == 16:
                more = next(numbers, None)
                require(more is not None, "copies lack a length")
                count += more
            count *= self.unit
            number = step // 16
            require(number <= len(self.distances), "a copy has no such distance")
            require(len(out) - known + count <= self.size, "copies have another size")
            if number:
                distance = self.distances[number - 1] * self.unit
                require(distance <= len(out), "a copy is out of range")
                for _ in range(count):
                    out.append(out[-distance])
            else:
                require(count <= len(literals) - taken, "copies lack literals")
                for literal in literals[taken:taken + count]:
                    out.append((self.predict(out, known) + unfold(literal)) % 256 if self.above else literal)
                taken += count
        require(len(out) - known == self.size, "copies have another size")
        require(taken == len(literals) and next(numbers, None) is None, "copies leave literals or lengths")
        return bytes(out[known:])

    def predict(self, out, known):
        def at(offset):
            return out[-offset] if offset <= len(out) else 0

        joined = self.joined >> (self.kind + len(out) - known) % self.unit & 1

        def beyond(offset):
            return at(offset) - (at(offset + 1) if joined else 0)

        left, above = beyond(self.unit), beyond(self.above)
        corner = beyond(self.unit + self.above)
        return sorted((left, above, left + above - corner))[1] + (at(1) if joined else 0)


# Section 8: records


def round_up(size):
    return (size + 7) // 8 * 8


class Templates:
    """The templates of a records glyph or of a split column."""

    def __init__(self, source):
        self.definitions = []  # lists of a text and the column whose value follows, None after the last text
        self.width = 0  # the number of columns
        self.columns = []  # None for a column that has no values
        while not source.at_end():
            self.definitions.append(self.definition(source))
        require(len(self.definitions) <= MOST_TEMPLATES, "there are more than 16576 templates")

    def definition(self, source):
        parts, follows = [], True
        while follows:
            text = source.take(read_varint(source))
            follows = read_varint(source)
            require(follows <= self.width + 1, "a template's column is not numbered in order")
            self.width = max(self.width, follows)
            parts.append((text, follows - 1 if follows else None))
        return parts

    def count_values(self, applications):
        """Each column's number of values, from each template's number of applications."""
        require(all(number < len(self.definitions) for number in applications),
                "a code names a template that is not there")
        values = [0] * self.width
        for number, times in applications.items():
            for _text, column in self.definitions[number][:-1]:
                values[column] += times
        require(sum(values) <= MOST_VALUES, "the columns of templates have more than 2^27 values")
        return values

    def apply(self, number, out, limit):
        for text, column in self.definitions[number]:
            out += text
            if column is not None:
                self.columns[column].write(out)
            require(len(out) <= limit, "records are longer than their glyph says")


class Records:
    """What the lanes of a records glyph hold."""

    def __init__(self, lanes, size, count, head):
        self.lanes = lanes
        self.size = size
        self.head = head
        self.tables = 0  # what they take
        self.columns = 0
        self.operators = {
            (PRIMITIVE, STRING): (False, Strings),
            (PRIMITIVE, NUMBER): (True, Numbers),
            (DELTA, NUMBER): (True, Differences),
            (COMPOSITE, DICT): (True, Dictionary),
            (COMPOSITE, RECORD): (True, Split),
        }
        self.ids = self.take_codes(lanes.ids, count)
        self.templates = self.take_templates(lanes.templates)
        self.take_columns(self.templates, Counter(self.ids), 1)
        for name, lane in zip(lanes._fields, lanes):
            require(lane.at_end(), f"records leave bytes of the {name} lane")

    def write(self):
        out = bytearray()
        for number in self.ids:
            self.templates.apply(number, out, self.size)
        require(len(out) == self.size, "records have not the size that their glyph says")
        return bytes(out)

    def take_codes(self, lane, count):
        codes = lane.take(count)
        return [code if code < 192 else 192 + 256 * (code - 192) + self.lanes.lows.take(1)[0] for code in codes]

    def take_text(self):
        strings = self.lanes.strings
        end = strings.data.find(b"\n", strings.position)
        require(end >= 0, "the strings end where a text is due")
        return strings.take(end + 1 - strings.position)[:-1]

    def add_tables(self, *sizes):
        self.tables += sum(map(round_up, sizes))

    def take_templates(self, source):
        templates = Templates(source)
        self.columns += templates.width
        require(self.columns <= MOST_COLUMNS, "records have more than 65536 columns")
        count, width = len(templates.definitions), templates.width
        self.add_tables(4 * count, 4 * count, 4 * width, 64 * width)
        return templates

    def take_columns(self, templates, applications, depth):
        for count in templates.count_values(applications):
            column = self.take_column(count, templates.columns, depth + 1) if count else None
            templates.columns.append(column)

    def take_column(self, count, earlier, depth):
        """A column's expression and what it takes. Its base or partner is one of the earlier columns."""
        require(depth <= 8, "the expressions of columns are more than 8 deep")
        glyph = read_glyph(self.lanes.script)
        has_payload, operator = self.operators.get(glyph.kind, (None, None))
        require_known(operator, glyph, self.head)
        require_payload(glyph, has_payload)
        return operator(self, glyph, count, earlier, depth)


class Strings:
    def __init__(self, records, _glyph, count, _earlier, _depth):
        self.texts = iter([records.take_text() for _ in range(count)])

    def write(self, out):
        out += next(self.texts)


class Numbers:
    def __init__(self, records, glyph, count, _earlier, _depth):
        self.take(records, count, *read_operands(glyph, 3))

    def take(self, records, count, kind, width, coding):
        require(kind <= 5 and coding <= 1, "a column's kind or coding of numbers is not known")
        self.least_places, self.places = divmod(width, 32)
        if kind == 5:
            require(1 <= self.places <= 18, "the places of a column's numbers are out of range")
            require(self.least_places <= self.places, "the least places of a column's numbers are out of range")
        else:
            least, most = ((0, 0), (0, 0), (1, 20), (1, 16), (1, 16))[kind]
            require(least <= width <= most, "a column's width of numbers is out of range")
        self.kind = kind
        self.width = width
        self.last = 0  # the last value
        if coding == 0:
            self.numbers = iter([read_varint(records.lanes.numbers) for _ in range(count)])
        else:
            self.numbers = iter(take_buckets(records.lanes, count))

    def next_value(self):
        number = next(self.numbers)
        return unfold(number) if self.kind in (1, 5) else number

    def write(self, out):
        self.last = self.next_value() % (1 << 64)
        out += self.text(self.last).encode()

    def text(self, value):
        if self.kind == 0:
            return str(value)
        if self.kind == 1:
            return str(value - (1 << 64) if value >> 63 else value)
        if self.kind == 5:
            return self.scaled_text(value - (1 << 64) if value >> 63 else value)
        digits = f"{value:0{self.width}{'dxX'[self.kind - 2]}}"
        require(len(digits) == self.width, "a number has more digits than its column's width")
        return digits


    def scaled_text(self, value):
        whole, rest = divmod(abs(value), 10 ** self.places)
        digits = f"{rest:0{self.places}}"
        while len(digits) > self.least_places and digits.endswith("0"):
            digits = digits[:-1]
        return ("-" if value < 0 else "") + str(whole) + ("." + digits if digits else "")


class Differences(Numbers):
    def __init__(self, records, glyph, count, earlier, depth):
        *operands, base = read_operands(glyph, 4)
        self.base = earlier_column(base, earlier, Numbers, "base") or self
        self.take(records, count, *operands)

    def next_value(self):
        return self.base.last + unfold(next(self.numbers))


def earlier_column(number, earlier, of_class, name):
    """The base or partner that an operand names, None if it is 0."""
    if number == 0:
        return None
    require(number <= len(earlier), f"a {name} is no column before its own")
    column = earlier[number - 1]
    require(isinstance(column, of_class), f"a {name} is another kind of column than due, or has no values")
    return column


def take_buckets(lanes, count):
    buckets = lanes.buckets.take(count)
    sizes = [2 + (bucket - 16) // 4 if bucket >= 16 else 0 for bucket in buckets]
    bits = lanes.bits.take((sum(sizes) + 7) // 8)
    numbers, position = [], 0
    for bucket, size in zip(buckets, sizes):
        touched = int.from_bytes(bits[position // 8:(position + size + 7) // 8], "little")
        low = (touched >> position % 8) % (1 << size)
        numbers.append(((4 + (bucket - 16) % 4) << size) + low if bucket >= 16 else bucket)
        position += size
    return numbers


class Dictionary:
    def __init__(self, records, glyph, count, earlier, depth):
        self.window, partner = read_operands(glyph, 2)
        require(self.window <= 16, "a dictionary's window is larger than 16")
        self.partner = earlier_column(partner, earlier, Dictionary, "partner")
        codes = records.take_codes(records.lanes.indexes, count)
        new = codes.count(0)
        require(new > 0, "a dictionary has no new value")
        self.codes = iter(codes)
        self.room = min(new, MOST_ENTRIES)
        self.entries = []
        self.recent = []  # numbers of entries, the latest first
        self.predicted = {}  # by the partner's last entry: this column's entry then, None if it had none
        self.last = None  # the last value's entry
        records.add_tables(8 * self.room, 64, 2 * self.window, 2 * self.partner.room if self.partner else 0)
        self.inside = records.take_column(new, [], depth + 1)

    def write(self, out):
        code = next(self.codes)
        first = 2 if self.partner else 1
        due = self.partner.last if self.partner else None
        if code == 0:
            entry = self.new_entry(out)
        elif code < first:
            entry = self.predicted.get(due)
            require(entry is not None, "a dictionary predicts no entry where a code names it")
        else:
            entry = self.named_entry(code - first)
        if code:
            out += self.entries[entry]
        if due is not None:
            self.predicted[due] = entry
        self.last = entry

    def new_entry(self, out):
        start = len(out)
        self.inside.write(out)
        if len(self.entries) == MOST_ENTRIES:
            return None
        self.entries.append(bytes(out[start:]))
        return self.to_front(len(self.entries) - 1)

    def named_entry(self, code):
        if code < self.window:
            require(code < len(self.recent), "a code names a recent entry that is not there")
            return self.to_front(self.recent.pop(code))
        require(code - self.window < len(self.entries), "a code names a dictionary entry that is not there")
        return self.to_front(code - self.window)

    def to_front(self, entry):
        self.recent = [entry, *self.recent][:self.window]
        return entry


class Split:
    def __init__(self, records, glyph, count, _earlier, depth):
        self.limit = records.size
        self.templates = records.take_templates(Cursor(glyph.payload))
        definitions = self.templates.definitions
        require(definitions, "a split column has no template")
        require(definitions != [[(b"", None)]], "a split column's only template is empty")
        if len(definitions) > 1:
            codes = records.take_codes(records.lanes.indexes, count)
            applications = Counter(codes)
            self.codes = iter(codes)
        else:
            applications = {0: count}
            self.codes = itertools.repeat(0)
        records.take_columns(self.templates, applications, depth)

    def write(self, out):
        self.templates.apply(next(self.codes), out, self.limit)


# Section 9: framing

WORDS = " ".join(line.strip() for line in """
    taglist, title=(string), artist=(string), album=(string), container-format=(string),
    language-code=(string)en, audio-codec=(string), video-codec=(string),
    bitrate=(uint), encoder=(string), datetime=(datetime),
    application/x-json, text/x-raw, format=(string)utf8, pango-markup, application/x-rtp,
    media=(string), clock-rate=(int)90000, encoding-name=(string), payload=(int)96,
    stream-format=(string)byte-stream, alignment=(string)au, level=(string),
    profile=(string), codec_data=(buffer), parsed=(boolean)true, image/jpeg,
    video/x-h264, audio/mpeg, mpegversion=(int)4, framed=(boolean)true,
    audio/x-raw, format=(string)F32LE, layout=(string)interleaved, rate=(int)44100,
    channels=(int)2, channel-mask=(bitmask)0x0000000000000003,
    audio/x-raw, format=(string)S16LE, layout=(string)interleaved, rate=(int)48000,
    channels=(int)1,
    video/x-raw, format=(string)NV12, width=(int)1920, height=(int)1080,
    format=(string)YUY2, format=(string)RGB, format=(string)RGBA, format=(string)BGRx,
    format=(string)GRAY16_LE, format=(string)GRAY8, width=(int)640, height=(int)480,
    width=(int)1280, height=(int)720, framerate=(fraction)25/1,
    framerate=(fraction)30000/1001, chroma-site=(string)mpeg2, colorimetry=(string)bt709,
    chroma-site=(string)jpeg, colorimetry=(string)bt601, colorimetry=(string)sRGB,
    interlace-mode=(string)interleaved,
    video/x-raw, format=(string)I420, width=(int)320, height=(int)240,
    framerate=(fraction)30/1, multiview-mode=(string)mono,
    multiview-flags=(GstVideoMultiviewFlagsSet)0:ffffffff,
    pixel-aspect-ratio=(fraction)1/1, interlace-mode=(string)progressive
""".strip().split("\n")).encode()


def framing_part(source, glyph):
    """The value of a framing tree, or of a child of its concatenation."""
    require(glyph.kind in FRAMING_PARTS, f"{name_of(*glyph.kind)} stands in a framing tree")
    require_payload(glyph, True)
    if glyph.kind == (PRIMITIVE, LITERAL):
        return Value(len(glyph.payload), lambda: glyph.payload)
    size = content_size_of(glyph.payload)
    prefix = b""
    if glyph.kind == (DELTA, ABSTRACT):
        require(read_glyph(source) == Glyph((REFERENCE, TYPE), None), "a framing tree's prefix is not the words")
        prefix = WORDS
    return Value(size, lambda: decompress(glyph.payload, size, prefix))


def evaluate_framing(tree, head):
    """A framing tree's value: a script."""
    source = Cursor(tree)
    glyph = read_glyph(source)
    if glyph.kind == (COMPOSITE, LIST):
        require_payload(glyph, True)
        (count,) = read_operands(glyph, 1)
        parts = [framing_part(source, read_glyph(source)) for _ in range(count)]
    else:
        parts = [framing_part(source, glyph)]
    require(source.at_end(), "bytes follow a framing tree's expression")
    size = sum(part.size for part in parts)
    require(size <= head.framing_max, "a framing tree's value is longer than framing_max")
    return b"".join(part.compute() for part in parts)


def read_script(script):
    source, glyphs = Cursor(script), []
    while not source.at_end():
        glyphs.append(read_glyph(source))
        require_payload(glyphs[-1], True)
    return glyphs


def later(value, difference):
    return NOT_KNOWN if value == NOT_KNOWN else (value + difference) % (1 << 64)


class Expected:
    """What is expected of the next buffer: it follows from those before it in the group."""

    def __init__(self):
        self.last = Buffer(0, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, 0)
        self.elapsed = 0  # S
        self.clock = None  # step, rate and phase

    def tick(self):
        """The clock's time for a buffer, and its phase behind it."""
        step, rate, phase = self.clock
        return divmod(phase + step * 10**9, rate)

    def duration(self):
        return self.tick()[0] if self.clock and self.last.duration != NOT_KNOWN else self.last.duration

    def offset(self):
        both_known = NOT_KNOWN not in (self.last.offset, self.last.offset_end)
        return self.last.offset_end if both_known else self.last.offset

    def offset_end(self, offset):
        if NOT_KNOWN in (self.last.offset_end, offset):
            return NOT_KNOWN
        return offset + self.last.offset_end - self.last.offset

    def take(self, row):
        """The next buffer."""

        def changed(value, folded):
            return (value + unfold(folded)) % (1 << 64)

        offset = changed(self.offset(), row.offset)
        self.last = Buffer(
            size=changed(self.last.size, row.size),
            pts=changed(later(self.last.pts, self.elapsed), row.pts),
            dts=changed(later(self.last.dts, self.elapsed), row.dts),
            duration=changed(self.duration(), row.duration),
            offset=offset,
            offset_end=changed(self.offset_end(offset), row.offset_end),
            flags=self.last.flags ^ row.flags)
        self.elapsed = 0 if self.last.duration == NOT_KNOWN else self.last.duration
        if self.clock:
            self.elapsed, phase = self.tick()
            self.clock = (*self.clock[:2], phase)
        return self.last


def event_item(glyph):
    """What is written of a caps or event glyph."""
    if glyph.kind == CAPS:
        return b"caps " + glyph.payload
    require(glyph.kind == (PRIMITIVE, EVENT), f"{name_of(*glyph.kind)} is no event")
    require(glyph.payload and glyph.payload[0] in EVENT_KINDS, "an event's kind is not known")
    return f"event {glyph.payload[0]} {glyph.payload[1:].hex()}".encode()


class Script:
    """Reads a script behind its context and rest: the events and buffers of a chunk, or between two chunks."""

    def __init__(self, raw_size, cursor, expected):
        self.raw_size = raw_size
        self.cursor = cursor
        self.expected = expected
        self.buffers = 0
        self.items = []
        self.readers = {
            CAPS: self.event,
            (PRIMITIVE, EVENT): self.event,
            (PRIMITIVE, ATTRIBUTE): self.belonging,
            (PRIMITIVE, TEMPORAL): self.clock,
            (REFERENCE, BLOCK): self.as_expected,
            (DELTA, BLOCK): self.rows,
        }

    def read(self, glyphs):
        for glyph in glyphs:
            reader = self.readers.get(glyph.kind)
            require(reader, f"{name_of(*glyph.kind)} stands in a script, or in a wrong place of it")
            reader(glyph)
        while self.cursor < self.raw_size:
            require(self.expected.last.size > 0, "buffers without bytes are expected where bytes are left")
            self.buffer(AS_EXPECTED)

    def check_place(self):
        require(self.cursor <= self.raw_size, "a script places an event inside a buffer")

    def event(self, glyph):
        self.check_place()
        self.items.append(event_item(glyph))

    def belonging(self, glyph):
        self.check_place()
        source = Cursor(glyph.payload)
        kind = read_varint(source)
        self.items.append(f"meta {kind} {glyph.payload[source.position:].hex()}".encode())

    def clock(self, glyph):
        step, rate, phase = read_operands(glyph, 3)
        require(1 <= step < 1 << 32 and phase < rate < 1 << 32, "a clock's operands are out of range")
        self.expected.clock = step, rate, phase

    def as_expected(self, glyph):
        (count,) = read_operands(glyph, 1)
        require(count >= 1, "a script has buffers as expected, but none")
        for _ in range(count):
            self.buffer(AS_EXPECTED)

    def rows(self, glyph):
        source = Cursor(glyph.payload)
        mask = read_varint(source)
        require(1 <= mask <= 127, "the mask of rows is out of range")
        require(not source.at_end(), "a script has rows, but none")
        while not source.at_end():
            self.buffer(Buffer(*(read_varint(source) if mask >> bit & 1 else 0 for bit in range(7))))

    def buffer(self, row):
        buffer = self.expected.take(row)
        require(buffer.size <= LARGEST_BUFFER, "a buffer is longer than 2^60 bytes")
        require(self.cursor + (buffer.size > 0) <= self.raw_size, "a buffer begins behind its chunk's bytes")
        self.cursor += buffer.size
        self.buffers += 1
        require(self.buffers <= MOST_EMPTY_BUFFERS + self.raw_size, "a chunk has more buffers than it may")
        self.items.append(f"buffer {' '.join(map(str, buffer))}".encode())


class Framing:
    """The buffers and events of one stream. Items are what is written of them."""

    def __init__(self, head):
        self.head = head
        self.expected = Expected()
        self.left = 0  # of the last buffer

    def chunk(self, header, tree, entered):
        """The items of a chunk. Entered: decoding begins with it, and what was before it is not known."""
        glyphs = read_script(evaluate_framing(tree, self.head) if tree else b"")
        context = []
        if header.flags & KEY:
            context = self.begin_group(glyphs, entered and header.sequence > 0)
        script = Script(header.raw_size, self.left, self.expected)
        script.read(glyphs)
        self.left = max(script.cursor - header.raw_size, 0)
        return (context if entered else []) + script.items

    def begin_group(self, glyphs, rest_is_new):
        """Take a key chunk's context and rest off its glyphs. Returns the context's items."""
        self.expected = Expected()
        context, rest = [], 0
        if glyphs and glyphs[0].kind == CONTEXT:
            context = [b"context " + event_item(glyph) for glyph in read_script(glyphs.pop(0).payload)]
        if glyphs and glyphs[0].kind == REST:
            (rest,) = read_operands(glyphs.pop(0), 1)
            require(1 <= rest <= LARGEST_BUFFER, "a key chunk's rest is out of range")
        require(rest_is_new or rest == self.left, "a key chunk's rest is not what is left of the last buffer")
        self.left = rest
        return context

    def between(self, tree):
        """The items of a critical metadata packet."""
        require(self.left == 0, "framing between chunks stands inside a buffer")
        script = Script(0, 0, Expected())
        script.read(read_script(evaluate_framing(tree, self.head)))
        return script.items


# Section 11: index packets


def check_index(body):
    """Check an index packet by itself. Returns its number."""
    source, columns, searched = Cursor(body), {}, {}
    while not source.at_end():
        glyph = read_glyph(source)
        if glyph.kind in (INDEX_NUMBERS, *INDEX_ENTRIES, INDEX_LINKS, *INDEX_TIMES):
            require(glyph.kind not in columns, f"an index has {name_of(*glyph.kind)} twice")
            require_payload(glyph, True)
            columns[glyph.kind] = read_varints(glyph.payload)
        elif glyph.kind in INDEX_SEARCH:
            require(glyph.kind not in searched, f"an index has {name_of(*glyph.kind)} twice")
            require_payload(glyph, True)
            searched[glyph.kind] = glyph.payload
        require(INDEX_NUMBERS in columns, "an index does not begin with its number and count")
    timed = [kind for kind in INDEX_TIMES if kind in columns]
    require(len(timed) in (0, 2) and len(columns) == 5 + len(timed), "an index lacks a column")
    require(len(columns[INDEX_NUMBERS]) == 2, "an index has not one number and one count")
    number, count = columns[INDEX_NUMBERS]
    require(1 <= count <= 256, "an index has not 1 to 256 entries")
    for kind in INDEX_ENTRIES:
        check_entries(columns[kind], count)
    check_links(columns[INDEX_LINKS], number)
    if timed:
        check_times(*(columns[kind] for kind in INDEX_TIMES), count, len(columns[INDEX_LINKS]) // 2)
    require(len(searched) in (0, 2), "an index has filters without lines, or lines without filters")
    if searched:
        check_filters(searched[INDEX_SEARCH[0]], count)
        check_lines(read_varints(searched[INDEX_SEARCH[1]]), count)
    return number


def check_filters(payload, count):
    source = Cursor(payload)
    for _ in range(count):
        size = read_varint(source)
        require(size == 0 or (32 <= size <= 8192 and size & (size - 1) == 0), "a filter has a size that none has")
        source.take(size)
    require(source.at_end(), "an index has more filters than entries")


def check_lines(values, count):
    require(len(values) == count + 2, "an index has not lines for each entry and the end")
    require(sum(values[1:]) < 1 << 64, "an index's lines reach 2^64")


def check_times(values, links, count, link_count):
    require(len(values) == count + 1, "an index has not one time for each entry and an end")
    require(0 < sum(values) < 1 << 64, "an index's end is 0, or reaches 2^64")
    require(len(links) == link_count, "an index has not one time for each link")
    require(all(after <= before for before, after in zip(links, links[1:])), "an index's times of links rise")


def check_entries(values, count):
    require(len(values) == count, "an index's column has not one value for each entry")
    require(0 not in values[1:], "an index's entries do not ascend")
    require(sum(values) < 1 << 64, "an index's entries reach 2^64")


def check_links(values, number):
    due = (number - 1).bit_count() + 1 if number else 0
    require(len(values) == 2 * due, "an index has not the links that its number asks for")
    offsets = values[::2]
    require(all(after < before for before, after in zip(offsets, offsets[1:])), "an index's links do not fall")


# Sections 3 to 6, 10 and 12: packets and streams


def read_header(source):
    source.packet_start = source.position
    kind, length = read_glyph_start(source)
    require(length is not None and length >= HEADER.size, "a packet has no room for its header")
    header = Header(*HEADER.unpack(source.take(HEADER.size)))
    require(header.sync == SYNC, "a packet lacks the sync word")
    checked = source.data[source.packet_start:source.position - 8]
    require(header.check == hash64(checked), "a header's check does not match")
    require((header.type, header.primitive) == kind, "a header has not its glyph's type and primitive")
    require(header.body_size == length - HEADER.size, "a header's body size is not its glyph's")
    require(header.reserved == 0, "a header's reserved byte is not 0")
    require(header.raw_offset >= header.sequence and (header.sequence or not header.raw_offset),
            "a header's sequence and raw offset contradict each other")
    return header


def packet_of(header):
    return PACKETS.get((header.type, header.primitive), UNKNOWN)


def check_header(header, head=None):
    """Section 3.2's table. The head is not known while it is being read itself."""
    packet = packet_of(header)
    name = f"{packet.name} packet {name_of(header.type, header.primitive)}"
    version = f" in a stream of format 1.{head.minor}" if head else ""
    require(not header.flags & ~packet.allowed_flags, f"{name} has an unknown flag{version}")
    framing = packet.name == "metadata" and head and head.flags & FRAMED
    require(framing or not header.flags & CRITICAL, f"critical {name}{version}")
    largest = head.body_max if packet.largest_body is None else packet.largest_body
    require(header.body_size <= largest, f"{name} is too large")
    if packet.name != "chunk":
        require(header.raw_size == header.framing_size == header.raw_hash == 0, f"{name} has a chunk's fields")


def read_body(source, header):
    body = source.take(header.body_size)
    require(header.body_hash == hash64(body), "a body hash does not match")
    return body


def parse_head(body, max_memory):
    require(len(body) >= 32, "a head is too short")
    head = Head(*HEAD.unpack_from(body))
    require(head.major == 1, f"format {head.major}.{head.minor} is not known")
    require(not head.flags & ~(JOIN | FRAMED), f"a head of format 1.{head.minor} has an unknown flag")
    require(1 <= head.chunk_max <= 1 << 27, "chunk_max is out of range")
    require(head.body_max <= (1 << 28) - 73, "body_max is out of range")
    require(head.key_interval >= 1, "key_interval is 0")
    framing_max = head.framing_max if head.flags & FRAMED else 0
    require(framing_max <= 1 << 27, "framing_max is out of range")
    needed = head.chunk_max + head.body_max + head.slots_max + head.history_max + head.workspace_max + framing_max
    require(needed <= max_memory, f"the stream needs {needed} bytes of memory, more than allowed")
    return head


class Stream:
    """Decodes one stream."""

    def __init__(self, source, output, framing_output, max_memory):
        self.source = source
        self.output = output
        self.framing_output = framing_output
        self.start = source.position
        header = read_header(source)
        require(packet_of(header).name == "head", "a stream begins with another packet than a head")
        check_header(header)
        self.head_body = read_body(source, header)
        self.head = parse_head(self.head_body, max_memory)
        self.stream_id = header.stream_id
        self.place = header.sequence, header.raw_offset
        self.from_copy = bool(header.flags & COPY)
        require(self.head.flags & JOIN or not self.from_copy, "a stream begins with a copy of its head")
        require(self.from_copy or self.place == (0, 0), "a head has another place than 0")
        self.framing = Framing(self.head)
        self.group = None  # before the first key
        self.partial = self.from_copy  # whether the stream's beginning is missing
        self.indexes = 0
        self.misnumbered = False  # index packets
        self.last_index = 0  # its offset

    def decode(self):
        """Read the packets that follow the head, up to the end packet."""
        handlers = {"head": self.head_copy, "chunk": self.chunk, "metadata": self.metadata, "index": self.index,
                    "end": self.end}
        name = None
        while name != "end":
            header = read_header(self.source)
            name = packet_of(header).name
            require(name != "head" or header.flags & COPY, "another head, and no end packet before it")
            check_header(header, self.head)
            self.check_place(header)
            if name == "chunk":
                self.check_chunk_header(header)
            body = read_body(self.source, header)
            if name in handlers:
                handlers[name](header, body)

    def entering(self):
        """Whether chunks that are no keys are left out (section 5.4)."""
        return self.group is None and self.head.flags & JOIN

    def check_place(self, header):
        require(header.stream_id == self.stream_id, "a packet is of another stream")
        if self.entering():
            self.place = header.sequence, header.raw_offset
            self.partial = self.partial or header.sequence > 0
        require((header.sequence, header.raw_offset) == self.place,
                "a packet's sequence or raw offset is not the expected one")

    def head_copy(self, _header, body):
        require(body == self.head_body, "a copy of the head differs from it")

    def check_chunk_header(self, header):
        key = header.flags & KEY
        require(1 <= header.raw_size <= self.head.chunk_max, "a chunk's raw size is out of range")
        require(header.framing_size == 0 or self.head.flags & FRAMED, "a chunk has a framing tree")
        require(header.framing_size <= header.body_size, "a chunk's framing tree is larger than its body")
        require(key or header.type != COMPOSITE, "a coded chunk's type and KEY contradict each other")
        require(key or self.group or self.entering() and header.sequence > 0, "a stream's first chunk is no key")
        require(key or not self.group or self.group.chunks < self.head.key_interval,
                "a group has more chunks than key_interval")
        if header.type == PRIMITIVE:
            data_size = header.body_size - header.framing_size
            require(data_size == header.raw_size, "a stored chunk has another size than its raw size")
            require(header.framing_size or header.body_hash == header.raw_hash, "a stored chunk's hashes differ")

    def chunk(self, header, body):
        entered = self.group is None and self.partial
        if header.flags & KEY:
            self.group = Group()
        if self.entering():
            return
        data_size = header.body_size - header.framing_size
        decoded = body[:data_size]
        if header.type != PRIMITIVE:
            decoded = Tree(decoded, self.head, self.group).evaluate(header.raw_size)
        require(header.raw_hash == hash64(decoded), "a raw hash does not match")
        if self.head.flags & FRAMED:
            self.write_items(self.framing.chunk(header, body[data_size:], entered))
        self.output.write(decoded)
        self.group.history += decoded
        self.group.chunks += 1
        self.place = header.sequence + 1, header.raw_offset + header.raw_size

    def metadata(self, header, body):
        if header.flags & CRITICAL and not (self.group is None and self.partial):
            self.write_items(self.framing.between(body))

    def write_items(self, items):
        self.framing_output.writelines(item + b"\n" for item in items)

    def index(self, _header, body):
        self.misnumbered |= check_index(body) != self.indexes
        self.indexes += 1
        self.last_index = self.source.packet_start - self.start
        require(self.partial or self.entering() or not self.misnumbered, "an index packet's number is not the next")

    def end(self, _header, body):
        require(len(body) == END.size, "an end packet has not 64 bytes")
        decoded, chunks, size, last_index, head = END.unpack(body)
        require((chunks, decoded) == self.place, "an end packet's totals are not the stream's")
        require(head == self.head_body[:32], "an end packet's copy of the head differs from it")
        require(self.framing.left == 0, "the stream ends inside a buffer")
        if not self.partial:
            require(not self.misnumbered, "index packets are not numbered without gaps from 0")
            require(size == self.source.position - self.start, "an end packet's stream size is not the stream's")
            require(last_index == self.last_index, "an end packet does not lead to the last index packet")


def decode(source, output, framing_output, max_memory):
    """Decode joined streams, one at least (section 4)."""
    Stream(source, output, framing_output, max_memory).decode()
    source.skip_zeros()
    while not source.at_end():
        Stream(source, output, framing_output, max_memory).decode()
        source.skip_zeros()


def main():
    parser = argparse.ArgumentParser(description="Decode .sigma streams.")
    parser.add_argument("--max-memory", type=int, default=64 << 20, metavar="BYTES",
                        help="refuse streams whose head asks for more (default: 64 MiB)")
    parser.add_argument("--framing", default=os.devnull, metavar="FILE",
                        help="write the buffers and events of framed streams to FILE, one a line")
    parser.add_argument("input", metavar="IN", help="a file, or - for standard input")
    parser.add_argument("output", metavar="OUT", help="a file, or - for standard output")
    options = parser.parse_args()
    try:
        with (open(options.input if options.input != "-" else 0, "rb") as source_file,
              open(options.output if options.output != "-" else 1, "wb") as output,
              open(options.framing, "wb") as framing_output):
            source = Cursor(source_file.read())
            decode(source, output, framing_output, options.max_memory)
    except Malformed as error:
        sys.exit(f"error at offset {source.packet_start}: {error}")
    except OSError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
