#!/usr/bin/python3
# An independent decoder for .sigma streams, slow and simple, written from docs/format.md alone.
# It is the second implementation that the tests compare with. Section numbers refer to that document.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
# This file may be used, changed and passed on under the GNU Lesser General Public License, version 2.1
# or, at your option, any later version.

"""Decode joined .sigma streams: sigma_decode.py [--max-memory BYTES] IN OUT ('-' for stdin, stdout)."""

import argparse
import struct
import sys
from collections import namedtuple

import xxhash
import zstandard

PRIMITIVE, REFERENCE, DELTA, COMPOSITE = range(4)
TYPE_NAMES = ("PRIMITIVE", "REFERENCE", "DELTA", "COMPOSITE")

# Primitives (section 2)
ATTRIBUTE, QUANTITY, SPATIAL, ITERATION, ABSTRACT = 0x03, 0x04, 0x06, 0x0E, 0x0F
LITERAL, BLOCK, LOCATION, BOUNDARY, LIST = 0x1A, 0x1D, 0x42, 0x47, 0x70
NUMBER, POINTER, STREAM, FIRST_SLOT = 0x79, 0x7C, 0x7E, 0x80

SYNC = bytes.fromhex("89CEA3470D0A1A0A")
HEADER = struct.Struct("<8sBBBBIQQQIIQQQ")
HEAD = struct.Struct("<BBHIIIIII")
END = struct.Struct("<QQQQ32s")
ZSTD_MAGIC = bytes.fromhex("28B52FFD")

KEY, COPY, CRITICAL = 0x01, 0x02, 0x80  # packet flags (section 3)
JOIN, FRAMED = 0x01, 0x02  # head flags (section 5)

MAX_CHUNK = 1 << 27
MAX_BODY = (1 << 28) - 73
MAX_VALUE = 1 << 27
MAX_DEPTH = 16
MAX_ENTRIES = 256

Kind = namedtuple("Kind", "name allowed_flags largest_body")  # largest_body None: the head's body_max
KINDS = {
    (PRIMITIVE, STREAM): Kind("head", COPY, 4096),
    (PRIMITIVE, BLOCK): Kind("chunk", KEY, None),
    (COMPOSITE, BLOCK): Kind("chunk", KEY, None),
    (DELTA, BLOCK): Kind("chunk", 0, None),
    (PRIMITIVE, ATTRIBUTE): Kind("metadata", CRITICAL, 65536),
    (REFERENCE, LIST): Kind("index", 0, 65536),
    (PRIMITIVE, BOUNDARY): Kind("end", 0, 64),
}
UNKNOWN = Kind("unknown", 0xFF, 65536)

Glyph = namedtuple("Glyph", "type primitive payload")
Head = namedtuple("Head", "major minor flags chunk_max body_max slots_max history_max workspace_max key_interval")
Header = namedtuple("Header", "sync type primitive flags reserved body_size stream_id sequence raw_offset "
                              "raw_size framing_size body_hash raw_hash check")
# An expression: its size, a function that computes it, and whether it takes no workspace as a prefix
Value = namedtuple("Value", "size compute direct")


class Malformed(Exception):
    """The input is not a stream that this decoder accepts."""


def require(condition, reason):
    if not condition:
        raise Malformed(reason)


def hash64(data):
    return xxhash.xxh3_64_intdigest(data)


class Cursor:
    """Reads bytes held in memory."""

    def __init__(self, data):
        self.data = data
        self.position = 0

    def take(self, size):
        require(size <= len(self.data) - self.position, "a field reaches past the end of what holds it")
        self.position += size
        return self.data[self.position - size:self.position]

    def rest(self):
        return self.take(len(self.data) - self.position)

    def at_end(self):
        return self.position == len(self.data)


class Input:
    """Reads a file, counts the bytes read, and remembers where the current packet began."""

    def __init__(self, file):
        self.file = file
        self.position = 0
        self.packet_offset = 0

    def take(self, size):
        data = self.file.read(size)
        require(len(data) == size, "the input ends where more is due")
        self.position += size
        return data

    def at_end(self):
        return not self.file.peek(1)


# Sections 1 and 2: varints and glyphs


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


def write_varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def read_varints(data):
    source, values = Cursor(data), []
    while not source.at_end():
        values.append(read_varint(source))
    return values


def read_glyph_start(source):
    """The type, the primitive and the payload's length, None without a payload."""
    tag = source.take(1)[0]
    primitive = tag & 0x1F
    if primitive == 31:
        primitive = source.take(1)[0]
        require(primitive >= 31, "a primitive below 31 is not in its tag")
    length = read_varint(source, 28) if tag & 0x20 else None
    return tag >> 6, primitive, length


def write_glyph_start(glyph_type, primitive, length):
    tag = glyph_type << 6 | 0x20 | min(primitive, 31)
    extension = bytes([primitive]) if primitive >= 31 else b""
    return bytes([tag]) + extension + write_varint(length)


def read_glyph(source):
    glyph_type, primitive, length = read_glyph_start(source)
    return Glyph(glyph_type, primitive, None if length is None else source.take(length))


def payload_of(glyph):
    require(glyph.payload is not None, "an operator lacks its payload")
    return glyph.payload


def require_no_payload(glyph):
    require(glyph.payload is None, "an operator has a payload and must not")


# Section 7: lanes


def frame_content_size(frame):
    """Check that these bytes are exactly one zstd frame as a lane has it (RFC 8878, 3.1.1)."""
    source = Cursor(frame)
    require(source.take(4) == ZSTD_MAGIC, "a lane is no zstd frame")
    descriptor = source.take(1)[0]
    single_segment = descriptor >> 5 & 1
    require(not descriptor & 0x08, "a zstd frame has its reserved bit set")
    if not single_segment:
        source.take(1)  # window descriptor: no limit here
    dictionary = source.take((0, 1, 2, 4)[descriptor & 3])
    require(not any(dictionary), "a zstd frame names a dictionary")
    size_flag = descriptor >> 6
    require(size_flag or single_segment, "a zstd frame does not state its content size")
    content_size = int.from_bytes(source.take(1 << size_flag), "little")
    if size_flag == 1:
        content_size += 256
    last = False
    while not last:
        block = int.from_bytes(source.take(3), "little")
        last, block_type, block_size = block & 1, block >> 1 & 3, block >> 3
        require(block_type != 3, "a zstd block has the reserved type")
        source.take(1 if block_type == 1 else block_size)
    if descriptor & 0x04:
        source.take(4)  # checksum
    require(source.at_end(), "bytes follow a lane's zstd frame")
    return content_size


def decompress(frame, size, prefix):
    dictionary = zstandard.ZstdCompressionDict(prefix, dict_type=zstandard.DICT_TYPE_RAWCONTENT) if prefix else None
    decompressor = zstandard.ZstdDecompressor(dict_data=dictionary, max_window_size=1 << 31)
    try:
        # With all input and room for all output zstd decodes at once, so that the prefix stays in reach.
        content = decompressor.stream_reader(frame).read(size + 1)
    except zstandard.ZstdError as error:
        raise Malformed(f"a lane does not decode: {error}") from error
    require(len(content) == size, "a lane has not the size that its frame states")
    return content


# Section 7: trees


class Group:
    """What chunks may refer to: the end of the group's decoded bytes, and the slots."""

    def __init__(self, history_max):
        self.history_max = history_max
        self.history = bytearray()
        self.slots = [bytearray() for _ in range(128)]
        self.chunks = 0

    def add(self, decoded):
        self.history += decoded
        del self.history[:max(0, len(self.history) - self.history_max)]


class Tree:
    """Evaluates the tree of one coded chunk."""

    def __init__(self, body, head, group):
        self.source = Cursor(body)
        self.head = head
        self.group = group
        self.workspace = 0
        self.put = 0
        self.operators = {
            (PRIMITIVE, LITERAL): self.literal,
            (PRIMITIVE, ABSTRACT): self.lane,
            (DELTA, ABSTRACT): self.prefixed_lane,
            (PRIMITIVE, ITERATION): self.run,
            (REFERENCE, STREAM): self.history,
            (COMPOSITE, LIST): self.concatenate,
        }

    def evaluate(self, raw_size):
        glyph = read_glyph(self.source)
        while self.is_statement(glyph):
            self.statement(glyph)
            glyph = read_glyph(self.source)
        value = self.expression(glyph, 1)
        require(self.source.at_end(), "bytes follow a tree's expression")
        require(value.size == raw_size, "a tree's value has not the raw size")
        return value.compute()

    @staticmethod
    def is_statement(glyph):
        return glyph.primitive >= FIRST_SLOT and glyph.type != REFERENCE

    def statement(self, glyph):
        if glyph.type == PRIMITIVE:
            value = self.literal(glyph, 1)
        else:
            require_no_payload(glyph)
            value = self.child(0)
        self.put += value.size
        held = sum(map(len, self.group.slots))
        # While a new value is put, the old one still counts: one rule for set, store and append.
        require(held + value.size <= self.head.slots_max, "the slots hold more than slots_max")
        require(self.put <= self.head.slots_max, "a chunk puts more than slots_max into slots")
        data = value.compute()
        slot = self.group.slots[glyph.primitive - FIRST_SLOT]
        if glyph.type != DELTA:
            slot.clear()
        slot += data

    def child(self, depth):
        return self.expression(read_glyph(self.source), depth + 1)

    def expression(self, glyph, depth):
        require(depth <= MAX_DEPTH, "a tree is too deep")
        require(not self.is_statement(glyph), "a statement stands for an expression")
        operator = self.slot if glyph.primitive >= FIRST_SLOT else self.operators.get(glyph[:2])
        require(operator, f"unknown operator {TYPE_NAMES[glyph.type]} 0x{glyph.primitive:02X} "
                          f"in a stream of format 1.{self.head.minor}")
        value = operator(glyph, depth)
        require(value.size <= MAX_VALUE, "a value is too long")
        return value

    def literal(self, glyph, _depth):
        payload = payload_of(glyph)
        return Value(len(payload), lambda: payload, True)

    def lane(self, glyph, _depth):
        frame = payload_of(glyph)
        size = frame_content_size(frame)
        return Value(size, lambda: decompress(frame, size, b""), False)

    def prefixed_lane(self, glyph, depth):
        frame = payload_of(glyph)
        size = frame_content_size(frame)
        prefix = self.child(depth)
        if not prefix.direct:
            self.workspace += prefix.size
            require(self.workspace <= self.head.workspace_max, "prefixes take more than workspace_max")
        return Value(size, lambda: decompress(frame, size, prefix.compute()), False)

    def run(self, glyph, _depth):
        source = Cursor(payload_of(glyph))
        size = read_varint(source)
        pattern = source.rest()
        require(1 <= len(pattern) <= 255, "a run's pattern has not 1 to 255 bytes")
        return Value(size, lambda: (pattern * (size // len(pattern) + 1))[:size], False)

    def history(self, glyph, _depth):
        source = Cursor(payload_of(glyph))
        distance, size = read_varint(source), read_varint(source)
        require(source.at_end(), "bytes follow a history reference")
        history = self.group.history
        require(1 <= size <= distance <= len(history), "a history reference is out of range")
        start = len(history) - distance
        return Value(size, lambda: bytes(history[start:start + size]), True)

    def slot(self, glyph, _depth):
        require_no_payload(glyph)
        slot = self.group.slots[glyph.primitive - FIRST_SLOT]
        return Value(len(slot), lambda: bytes(slot), True)

    def concatenate(self, glyph, depth):
        source = Cursor(payload_of(glyph))
        count = read_varint(source)
        require(source.at_end(), "bytes follow a concatenation's count")
        children = [self.child(depth) for _ in range(count)]
        return Value(sum(child.size for child in children),
                     lambda: b"".join(child.compute() for child in children), False)


# Section 9: index packets


def check_index(body):
    """Check an index packet by itself. Returns its number."""
    source, columns = Cursor(body), {}
    while not source.at_end():
        glyph = read_glyph(source)
        require(columns or glyph[:2] == (PRIMITIVE, QUANTITY), "an index does not begin with its number")
        require(glyph.payload is not None, "an index's column lacks its payload")
        require(glyph[:2] not in columns, "an index has a column twice")
        columns[glyph[:2]] = glyph.payload
    for column in ((PRIMITIVE, QUANTITY), (PRIMITIVE, NUMBER), (PRIMITIVE, SPATIAL), (PRIMITIVE, LOCATION),
                   (REFERENCE, POINTER)):
        require(column in columns, "an index lacks a column")
    quantities = read_varints(columns[PRIMITIVE, QUANTITY])
    require(len(quantities) == 2, "an index has not one number and one count")
    number, count = quantities
    require(1 <= count <= MAX_ENTRIES, "an index has not 1 to 256 entries")
    for primitive in (NUMBER, SPATIAL, LOCATION):
        values = read_varints(columns[PRIMITIVE, primitive])
        require(len(values) == count, "an index's column has not one value for each entry")
        require(0 not in values[1:], "an index's entries do not ascend")
    check_links(number, read_varints(columns[REFERENCE, POINTER]))
    return number


def check_links(number, varints):
    """The links' number follows from the packet's: to i - 1, then to i - 1 with ever more of its low bits 0."""
    due = (number - 1).bit_count() + 1 if number else 0
    require(len(varints) == 2 * due, "an index has not the links that its number asks for")


# Sections 3 to 6 and 10: packets and streams


def read_header(source):
    source.packet_offset = source.position
    glyph_type, primitive, length = read_glyph_start(source)
    require(length is not None and length >= HEADER.size, "a packet has no room for its header")
    data = source.take(HEADER.size)
    header = Header(*HEADER.unpack(data))
    require(header.sync == SYNC, "a packet lacks the sync word")
    start = write_glyph_start(glyph_type, primitive, length)
    require(header.check == hash64(start + data[:64]), "a header's check does not match")
    require((header.type, header.primitive, header.body_size) == (glyph_type, primitive, length - HEADER.size),
            "a header does not describe its glyph")
    require(header.reserved == 0, "a header's reserved byte is not 0")
    return header


def kind_of(header):
    return KINDS.get((header.type, header.primitive), UNKNOWN)


def check_header(header, body_max):
    """Section 3's rules that need nothing of the stream but body_max."""
    kind = kind_of(header)
    name = f"{kind.name} packet {TYPE_NAMES[header.type]} 0x{header.primitive:02X}"
    require(not header.flags & ~kind.allowed_flags, f"{name} has a flag of a newer format")
    require(not header.flags & CRITICAL or kind.name not in ("unknown", "metadata"), f"{name} is critical")
    largest = body_max if kind.largest_body is None else kind.largest_body
    require(header.body_size <= largest, f"{name} is too large")
    if kind.name != "chunk":
        require(header.raw_size == header.framing_size == header.raw_hash == 0, f"{name} has a chunk's fields")


def read_body(source, header):
    body = source.take(header.body_size)
    require(header.body_hash == hash64(body), "a body hash does not match")
    return body


def parse_head(body, max_memory):
    require(len(body) >= 32, "a head is too short")
    head = Head(*HEAD.unpack_from(body))
    require(head.major == 1, f"format {head.major}.{head.minor} is not known")
    require(not head.flags & ~(JOIN | FRAMED), "a head has an unknown flag")
    require(not head.flags & FRAMED, "framing trees are not part of format 1.0")
    require(1 <= head.chunk_max <= MAX_CHUNK, "chunk_max is out of range")
    require(head.body_max <= MAX_BODY, "body_max is out of range")
    require(head.key_interval >= 1, "key_interval is 0")
    needed = head.chunk_max + head.body_max + head.slots_max + head.history_max + head.workspace_max
    require(needed <= max_memory, f"the stream needs {needed} bytes of memory, more than allowed")
    return head


class Stream:
    """Decodes one stream."""

    def __init__(self, source, output, max_memory):
        self.source = source
        self.output = output
        self.start = source.position
        header = read_header(source)
        require(kind_of(header).name == "head", "a stream begins with another packet than a head")
        check_header(header, 0)
        self.head_body = read_body(source, header)
        self.head = parse_head(self.head_body, max_memory)
        self.stream_id = header.stream_id
        self.sequence = header.sequence
        self.raw_offset = header.raw_offset
        self.group = None
        self.last_index = 0  # its offset
        self.next_index = 0  # its number, None if not known
        self.partial = False
        self.entering = bool(self.head.flags & JOIN)  # before the first key: section 5, JOIN
        if header.flags & COPY:
            require(self.entering, "a stream begins with a copy of its head")
            self.miss_beginning()
        else:
            require(self.sequence == self.raw_offset == 0, "a stream begins at another place than 0")

    def miss_beginning(self):
        self.partial = True
        self.next_index = None

    def decode(self):
        """Read the packets that follow the head, up to the end packet."""
        handlers = {"head": self.head_copy, "chunk": self.chunk, "index": self.index, "end": self.end}
        kind = None
        while kind != "end":
            header = read_header(self.source)
            kind = kind_of(header).name
            require(kind != "head" or header.flags & COPY, "another head, and no end packet before it")
            check_header(header, self.head.body_max)
            self.check_place(header)
            if kind == "chunk":
                self.check_chunk_header(header)
            body = read_body(self.source, header)
            if kind in handlers:
                handlers[kind](header, body)

    def check_place(self, header):
        require(header.stream_id == self.stream_id, "a packet is of another stream")
        place = header.sequence, header.raw_offset
        if self.entering:
            if place != (0, 0):
                self.miss_beginning()
            self.sequence, self.raw_offset = place
        require(place == (self.sequence, self.raw_offset), "a packet's sequence or raw offset is not as expected")

    def head_copy(self, _header, body):
        require(body == self.head_body, "a copy of the head differs from it")

    def check_chunk_header(self, header):
        key = header.flags & KEY
        require(1 <= header.raw_size <= self.head.chunk_max, "a chunk's raw size is out of range")
        require(header.framing_size == 0, "a chunk has a framing tree")
        require(key or header.type != COMPOSITE, "a coded chunk's type and KEY contradict each other")
        require(key or self.group or (self.entering and header.sequence), "a stream's first chunk is no key")
        require(key or not self.group or self.group.chunks < self.head.key_interval,
                "a group has more chunks than key_interval")
        if header.type == PRIMITIVE:
            require(header.body_size == header.raw_size, "a stored chunk has another size than its raw size")
            require(header.body_hash == header.raw_hash, "a stored chunk's hashes differ")

    def chunk(self, header, body):
        if header.flags & KEY:
            self.entering = False
            self.group = Group(self.head.history_max)
        if self.entering:
            return
        decoded = body
        if header.type != PRIMITIVE:
            decoded = Tree(body, self.head, self.group).evaluate(header.raw_size)
        require(header.raw_hash == hash64(decoded), "a raw hash does not match")
        self.output.write(decoded)
        self.output.flush()
        self.group.add(decoded)
        self.group.chunks += 1
        self.sequence += 1
        self.raw_offset += len(decoded)

    def index(self, _header, body):
        number = check_index(body)
        require(self.next_index in (None, number), "an index's number is not the expected one")
        self.next_index = number + 1
        self.last_index = self.source.packet_offset - self.start

    def end(self, _header, body):
        require(len(body) == END.size, "an end packet has not 64 bytes")
        decoded, chunks, size, last_index, head = END.unpack(body)
        require((decoded, chunks) == (self.raw_offset, self.sequence), "an end packet's totals are not the stream's")
        require(head == self.head_body[:32], "an end packet's copy of the head differs from it")
        if not self.partial:
            require(size == self.source.position - self.start, "an end packet's stream size is not the stream's")
            require(last_index == self.last_index, "an end packet does not lead to the last index packet")


def decode(source, output, max_memory):
    """Decode all joined streams (section 4)."""
    Stream(source, output, max_memory).decode()
    while not source.at_end():
        Stream(source, output, max_memory).decode()


def main():
    parser = argparse.ArgumentParser(description="Decode .sigma streams.")
    parser.add_argument("--max-memory", type=int, default=64 << 20, metavar="BYTES",
                        help="refuse streams whose head asks for more (default: 64 MiB)")
    parser.add_argument("input", metavar="IN", help="a file, or - for standard input")
    parser.add_argument("output", metavar="OUT", help="a file, or - for standard output")
    options = parser.parse_args()
    try:
        with (open(options.input if options.input != "-" else 0, "rb") as source_file,
              open(options.output if options.output != "-" else 1, "wb") as output):
            source = Input(source_file)
            try:
                decode(source, output, options.max_memory)
            except Malformed as error:
                sys.exit(f"error at offset {source.packet_offset}: {error}")
    except OSError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
