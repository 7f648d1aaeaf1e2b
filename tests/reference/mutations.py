#!/usr/bin/python3
"""The golden streams pin the format: a decoder with one rule wrong does not agree with all of them.

    tests/reference/mutations.py [--all] [NUMBER...]

Makes each change of the table below to sigma_decode.py, by itself, and decodes the streams of tests/golden with the
changed decoder. A change is noticed if a stream that is to decode gives other bytes or other framing, or is refused, or
if one that is to be refused is not, or gives other bytes before. All but two have to be noticed. With numbers, these
changes alone are made; with --all, all streams that notice a change are named, instead of the first.

First the decoder as it is decodes all streams, and the lines that each reaches are noted. A change is tried with the
streams that reach its statement, quick ones first: to the others it makes no difference.

A rule that a new operator brings gets its changes here, and golden streams that notice them.

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import argparse
import ast
import functools
import io
import multiprocessing
import os
import pathlib
import signal
import sys
import time
import types
from collections import namedtuple

import xxhash

FOLDER = pathlib.Path(__file__).resolve().parent
GOLDEN = FOLDER.parent / "golden"
DECODER = "sigma_decode.py"
MOST_MISSED = 2
MEMORY = 64 << 20
SECONDS = 120  # for all streams: a change may make a decoder that does not end

Change = namedtuple("Change", "part old new reason")
CHANGES = [
    # Varints and glyphs
    Change("varint", 'require(byte != 0 or shift == 7, "a varint is not canonical")', "pass",
           "varints that are not canonical are accepted"),
    Change("varint", "require(shift < bits and value >> bits == 0,", "require(shift < bits,",
           "the tenth byte of a varint may hold more than bit 63"),
    Change("glyph", "require(primitive >= 31,", "require(primitive >= 30,",
           "a primitive below 31 may stand in a byte of its own"),
    # Lanes
    Change("lane", 'require(frame[len(ZSTD_MAGIC)] & ZSTD_SINGLE_SEGMENT, "a lane\'s zstd frame has a window of its own")',
           "pass", "a frame may have a window of its own"),
    Change("lane", "require(decoder.eof and not decoder.unused_data,", "require(decoder.eof,",
           "bytes may follow the frame"),
    Change("lane", "DICT_TYPE_RAWCONTENT", "DICT_TYPE_AUTO", "a prefix is parsed as a formatted dictionary"),
    # Limits of trees
    Change("tree", "require(depth <= 16,", "require(depth <= 17,", "a path has 17 glyphs"),
    Change("slots", "held = sum(map(len, self.group.slots))",
           "held = sum(map(len, self.group.slots)) - (glyph_type != DELTA) * len(self.group.slots[primitive - 128])",
           "a value that is replaced does not count"),
    Change("slots", 'require(self.put <= self.head.slots_max, "a chunk puts more than slots_max into slots")', "pass",
           "what a chunk puts into slots is not added up"),
    Change("slots", "if glyph_type != DELTA:", "if glyph_type == COMPOSITE:", "set appends"),
    Change("work", "65536 + 16 * (", "65536 + 17 * (", "more work than a chunk may do"),
    Change("workspace", "self.check_workspace(value.needs)\n        self.put", "self.put",
           "workspace of statements is not limited"),
    Change("workspace", "(round_up(value.size) if", "(value.size if", "values are not rounded up to 8"),
    Change("workspace", "planes[1:] if count == 2 else planes", "planes",
           "the first child of an array of two takes workspace"),
    Change("workspace", "needs=max(needs, taken + records.tables))", "needs=needs)",
           "tables of records take no workspace"),
    # Operators
    Change("history", "reach = min(len(history), self.head.history_max)", "reach = len(history)",
           "history reaches further than history_max"),
    Change("sum", 'width, ("little", "big")[order], distance', 'width, ("big", "little")[order], distance',
           "byte orders exchanged"),
    Change("branches", "code[i + 6] in (0x00, 0xFF)", "code[i + 6] == 0x00", "operands behind the code only"),
    Change("branches", "(word - (address >> 2))", "(word + (address >> 2))", "BL: wrong sign"),
    Change("branches", "pages >= 0x1E0000", "pages >= 0x1C0000", "ADRP: a wider range"),
    Change("branches", "range(-position % 4, ", "range(0, ", "ARM64: words from the first byte on"),
    # Records
    Change("codes", "code if code < 192 else 192", "code if code <= 192 else 192", "code 192 without a second byte"),
    Change("numbers", "lanes.bits.take((sum(sizes) + 7) // 8)", "lanes.bits.take(sum(sizes) // 8 + 1)",
           "a byte of bits too many where they end with a byte"),
    Change("numbers", "1 <= self.places <= 18", "0 <= self.places <= 18", "numbers with a point and no places"),
    Change("numbers", "1 <= self.places <= 18", "1 <= self.places <= 19", "numbers of 19 places"),
    Change("numbers", "self.least_places <= self.places,", "self.least_places <= 18,",
           "more places at least than at most"),
    Change("numbers", "> self.least_places and digits", "> 0 and digits", "zeros are left out whatever the least"),
    Change("numbers", "self.kind in (1, 5)", "self.kind == 1", "numbers with a point have no sign"),
    Change("numbers", "return self.base.last + unfold", "return self.last + unfold", "differences ignore their base"),
    Change("dictionary", "self.recent = [entry, *self.recent][:self.window]",
           "self.recent = [entry, *(old for old in self.recent if old != entry)][:self.window]",
           "an entry named by its number leaves its old place in the list"),
    Change("dictionary", "self.predicted[due] = entry", "self.predicted.setdefault(due, entry)",
           "the first prediction stays"),
    Change("dictionary", 'require(entry is not None, "a dictionary predicts no entry where a code names it")',
           "require(entry is not None, 'no entry')\n            self.to_front(entry)",
           "a predicted entry moves to the front of the list"),
    Change("records", "require(depth <= 8,", "require(depth <= 9,", "columns nested 9 deep"),
    Change("records", "64, 2 * self.window, 2 * self.partner", "64, 2 * self.partner",
           "the list of recent entries is no table"),
    # Samples
    Change("symbols", "return mean >> 7", "return mean >> 8", "levels of half the height without rows"),
    Change("symbols", "(5 if self.fine else 8)", "(5 if self.fine else 9)", "levels of half the height with rows"),
    Change("symbols", "(5 if self.fine else 8)", "(6 if self.fine else 8)", "fine levels of half the height"),
    Change("symbols", "((128, row), (64, row + step), (64, row - step))", "((128, row), (128, row - step))",
           "of the row above two neighbours instead of three"),
    Change("symbols", "112 + height // 8", "height", "high levels are as fine as low ones"),
    Change("symbols", "(32, 2 * row)", "(32, row)", "fine levels do not see the second row"),
    Change("symbols", "(16, row + 2 * step)", "(16, row + step)", "fine levels see one symbol less to the left"),
    Change("symbols", "(16, row - 2 * step)", "(16, row - step)", "fine levels see one symbol less to the right"),
    Change("symbols", "1 <= self.rate <= 16", "1 <= self.rate <= 17", "means of rate 17"),
    Change("symbols", "if back <= i)", "if back < i)", "the first symbol is nobody's neighbour"),
    Change("symbols", "for a, b in zip([0] + self.levels, self.levels)),",
           "for a, b in zip(self.levels, self.levels[1:])),", "the first level may be 0"),
    Change("symbols", "bits.position == bits.size and not any(states)", "bits.position == bits.size",
           "states may end anywhere"),
    Change("symbols", 'require(head.take(-head.position % 8) == 0, "bits follow the counts of symbols")',
           "head.take(-head.position % 8)", "any bits may follow the counts"),
    Change("symbols", "require(abs(length - before) > 1,", "require(True,", "a step may be written as a length"),
    Change("symbols", "tables = 8192 * lane.tables", "tables = 8192", "one table takes workspace"),
    Change("integers", "8 * width - 4) * 4,", "8 * width - 5) * 4,", "the largest integers have no token"),
    Change("integers", "len(bits) and source.value >> source.position == 0,", "len(bits),",
           "the last byte's bits may be anything"),
    Change("scaled", "return 1 << bits - 1\n    if", "return 0\n    if", "there is no negative zero"),
    Change("scaled", "(64 if width == 4 else 512) and decimal <= 9", "(64 if width == 4 else 512) and decimal <= 10",
           "ten decimal places"),
    Change("scaled", "significand = round(exact / Fraction(2) ** exponent)",
           "significand = int(exact / Fraction(2) ** exponent)", "cut instead of rounded"),
    Change("excepted", "meant.setdefault(stand_in, source.take(width))", "meant[stand_in] = source.take(width)",
           "the last pair of a stand-in counts"),
    Change("excepted", "others.take(width) if unit == mark else meant.get(unit, unit)",
           "meant[unit] if unit in meant else others.take(width) if unit == mark else unit", "stand-ins come first"),
    Change("excepted", "width in (1, 2, 4, 8) and count <= 8", "width in (1, 2, 3, 4, 8) and count <= 8",
           "numbers may have 3 bytes"),
    Change("excepted", "count <= 8, \"exceptions", "count <= 9, \"exceptions", "there may be 9 stand-ins"),
    Change("excepted", "units.count(mark) * width == exceptions.size,", "True,", "exceptions may be left"),
    Change("excepted", "max(numbers.needs, self.room(exceptions))", "numbers.needs", "exceptions take no workspace"),
    Change("palette", "width in (2, 4, 8)", "width in (1, 2, 4, 8)", "numbers of a palette may have 1 byte"),
    Change("palette", "place in (1, 2)", "place in (1, 2, 4)", "indexes may have 4 bytes"),
    Change("palette", 'require(index < len(numbers), "an index is beyond its palette")',
           "index = min(index, len(numbers) - 1)", "an index may be beyond its palette"),
    Change("palette", "entries.size // width <= count,", "True,", "a palette may have more numbers than indexes"),
    Change("palette", "max(indexes.needs, self.room(entries))", "indexes.needs", "a palette takes no workspace"),
    Change("palette", "int.from_bytes(data[i:i + place], \"little\")", "int.from_bytes(data[i:i + place], \"big\")",
           "indexes are big-endian"),
    Change("predicted", "out = [value >> predictor.unused for value in known[-32:]]", "out = known[-32:]",
           "the values before have their unused bits"),
    Change("predicted", "require(1 <= unused < 8 * self.width and kind != 33,", "require(1 <= unused < 8 * self.width,",
           "a median may have unused bits"),
    Change("predicted", "total = (total + (1 << 63)) % (1 << 64) - (1 << 63)", "pass", "sums are of more than 64 bits"),
    Change("predicted", "require(shift <= 15,", "require(shift <= 16,", "a shift of 16"),
    Change("predicted", "code <= 65535 for code", "code <= 65536 for code", "a coefficient of 17 bits"),
    Change("predicted", 'require(not (before.is_median and is_paired), "a median predicts one of a pair")', "pass",
           "a median from before may predict one of a pair"),
    Change("predicted", "self.signed(b + (d >> 1)) for", "self.signed(b + d // 2 + d % 2) for",
           "means before a block are rounded up"),
    Change("frames", "(1 << shift) // 2 + sum(", "sum(", "sums are not rounded"),
    Change("frames", "kind = (x + y * plane.skew) % plane.period", "kind = x % plane.period", "rows begin with kind 0"),
    Change("frames", "is_first or not x and not y % self.block_height", "not x and not y % self.block_height",
           "a value's first blocks begin with the next row of them"),
    Change("frames", "guess + (at(reference) if reference else 0) >> self.unused", "guess >> self.unused",
           "a median of differences is added to nothing"),
    Change("frames", "(prediction + residual << self.unused)", "(prediction + residual)", "unused bits are coded"),
    Change("frames", "shift = predictor.shift + self.unused", "shift = predictor.shift", "sums have unused bits"),
    Change("frames", "corner = beyond(predictor.left + predictor.above)", "corner = beyond(predictor.above)",
           "the corner is above"),
    Change("frames", "passed = -self.position", "passed = 0", "values begin with frames"),
    Change("frames", "len({plane[:2] for plane in self.planes}) == 1", "True", "planes that are apart may differ"),
    Change("frames", "size //= len(self.planes)", "pass", "a position of planes that are apart is in the frame"),
    Change("frames", "not self.apart or reference % unit == 0", "True", "planes may have unlike parts of a reference"),
    Change("frames", "require(self.width > 1 or not order & 1,", "require(True,", "single bytes may have an order"),
    Change("frames", "modes = modes[blocks:]", "pass", "planes that are apart have the same modes"),
    Change("frames", "reference[number * known:(number + 1) * known]", "reference[:known]",
           "planes that are apart have the same reference"),
    Change("ranked", "order = read_varint(source)", "order = read_varint(source) % 2", "there are more orders of samples"),
    Change("ranked", "require(step > 0,", "require(True,", "values may be the same"),
    Change("ranked", "len(values) <= 4096 and", "len(values) <= 4097 and", "there may be 4097 values"),
    Change("ranked", "values[-1] < 65536", "values[-1] < 65537", "values may be of 17 bits"),
    Change("ranked", "bisect.bisect_right(values, sample) - 1", "bisect.bisect_left(values, sample)",
           "a rank is that of the next value"),
    Change("ranked", "(2, \"little\")", "(2, (\"little\", \"big\")[order])", "ranks are in the order of samples"),
    Change("combined", "colours.number(0, 256, \"the mark\")", "colours.number(0, 257, \"the mark\")", "a mark of 257"),
    Change("combined", "needs=max(self.room(planes), taken + self.room(exceptions))",
           "needs=max(self.room(planes), self.room(exceptions))", "planes take no room beside exceptions"),
    Change("combine", "require(others.at_end(),", "require(True,", "exceptions may be left"),
    Change("combine", "out += other + colours if self.first else colours + other", "out += colours + other",
           "what is no colour comes last"),
    Change("combine", "colours = others.take(3)", "colours = others.take(3)[::-1 if self.blue_first else 1]",
           "exceptions are in one order"),
    Change("colours", "(by_blue[blue] >> 16) + (by_red[red] >> 16)", "by_blue[blue] + by_red[red] >> 16",
           "both parts of green are added before they are rounded"),
    Change("colours", "curve.step if x < 128 else 0", "curve.step if x <= 128 else 0", "128 is below the middle"),
    Change("colours", "joint = self.number(0, 1,", "joint = self.number(0, 2,", "there are three sums of green"),
    Change("colours", "self.first = self.number(0, self.unit - 3,", "self.first = self.number(0, 1,",
           "colours may begin behind a pixel's beginning"),
    Change("colours", "self.number(0, 2 << bits, \"a factor\")", "self.number(0, 3 << bits, \"a factor\")",
           "factors may be larger"),
    Change("colours", "self.unit = self.number(3, 4,", "self.unit = self.number(3, 5,", "pixels of 5 bytes"),
    Change("separated", "colours.number(0, colours.unit - 1, \"the rest", "colours.number(0, colours.unit, \"the rest",
           "the rest may be a pixel"),
    Change("separated", "require(size >= colours.unit,", "require(True,", "there may be no pixel"),
    Change("separated", "needs=self.room(pixels)", "needs=pixels.needs", "pixels take no workspace"),
    Change("separate", "range(len(data) % unit, len(data), unit)", "range(0, len(data) - unit + 1, unit)",
           "what is no whole pixel is at the end"),
    Change("separate", "red = 128", "red = 0", "there is another difference before the first one"),
    Change("separate", "pixel[0 if self.first else 3]", "pixel[3]", "the last byte is no colour"),
    Change("samples_of", "[before] + reds", "reds", "the pixel before does not matter"),
    Change("samples_of", "colour not in (0, 255)", "colour != 0", "255 is a whole colour"),
    Change("samples_of", "(-4 if pixel[1] == 0 else 4)", "(4 if pixel[1] == 0 else -4)", "ends are to the other side"),
    Change("colours", "self.luma_of = {value: x for x, value in reversed(list(enumerate(self.luma)))}",
           "self.luma_of = {value: x for x, value in enumerate(self.luma)}", "the greatest luma counts"),
    Change("colours", "self.blue_of = {value: x for x, value in reversed(list(enumerate(self.blue)))}",
           "self.blue_of = {value: x for x, value in enumerate(self.blue)}", "the greatest difference to blue counts"),
    Change("colours", "TRIED = (0, -1, 1, -2, 2)", "TRIED = (0, 1, -1, 2, -2)", "greater samples come first"),
    Change("copies", 'self.joined >> (self.kind', 'self.joined >> (1 + self.kind', "kinds are one further"),
    Change("copies", 'number(0, 15, "the number of distances")', 'number(0, 16, "the number of distances")',
           "16 distances"),
    Change("copies", "1 << 27 if self.unit <= 4 else 0,", "1 << 27,", "pixels of 8 bytes may be predicted"),
    Change("copies", "if count == 16:", "if count == 15:", "steps of 15 are long"),
    Change("copies", "distance <= len(out), \"a copy", "distance <= len(out) - known, \"a copy",
           "nothing is copied out of the reference"),
    Change("copies", "taken == len(literals) and next(numbers, None) is None,", "True,", "literals may be left"),
    Change("copies", "+ unfold(literal)) % 256 if self.above else", "+ unfold(literal)) % 256 if self.unit < 5 else",
           "all literals are predicted"),
    Change("copies", "(self.kind + len(out) - known) % self.unit", "(len(out) - known) % self.unit",
           "values begin with pixels"),
    Change("copies", "sorted((left, above, left + above - corner))[1] + (at(1) if joined else 0)",
           "sorted((left, above, left + above - corner))[1]", "a joined median is added to nothing"),
    Change("copies", "literals.size <= copies.size", "literals.size < copies.size", "not all may be new"),
    Change("text", "require(self.ones <= len(codes),", "require(True,", "more words of one mark than marks"),
    Change("text", "self.ones <= count <= min(most, 32768)", "self.ones <= count <= most", "more than 32768 words"),
    Change("text", "self.ones <= count <= min(most, 32768)", "self.ones <= count <= 32768", "words without a code"),
    Change("text", "self.ones <= count <= min(most, 32768)", "count <= min(most, 32768)", "codes of one mark without a word"),
    Change("text", "require(shared <= len(word),", "require(True,", "a word shares what is not there"),
    Change("text", "require(shared + own <= 16,", "require(True,", "a word of more than 16 bytes"),
    Change("text", 'require(source.at_end(), "bytes follow the words of a dictionary")', "pass",
           "bytes may follow a dictionary"),
    Change("text", "self.ones + (number - self.ones) * len(self.marks) + second",
           "self.ones + number * len(self.marks) + second", "long codes are numbered from the first mark"),
    Change("text", "first = 1 if word[0] == 0x20 else 0", "first = 0", "a capital stands before the space"),
    Change("text", "tables = 24 * (256 + len(dictionary.words))", "tables = 24 * len(dictionary.words)",
           "bytes have no entries in tables"),
    Change("text", "needs=max(needs, taken + tables))", "needs=max(needs, tables))",
           "the tables of a text lie where its codes lay"),
    Change("matches", "4 <= self.tables <= 64,", "3 <= self.tables <= 65,", "3 or 65 tables"),
    Change("matches", "self.offsets = [1, 4, 8]", "self.offsets = [1, 8, 4]", "other offsets at first"),
    Change("matches", "1 <= length <= 1 << 20 and", "length <= 2 << 20 and", "blocks of no bytes, or of 2^21"),
    Change("matches", "require(left >= 0,", "require(True,", "more tables than the head has"),
    Change("matches", 'require(head.take(-head.position % 8) == 0, "bits follow the tables of matches")',
           "head.take(-head.position % 8)", "any bits may follow tables"),
    Change("matches", "near = self.out[-back] if back <= len(self.out)", "near = self.out[-back] if back <= len(self.out) - self.first",
           "the first literal does not know the prefix"),
    Change("matches", "if back <= len(self.out) else 0", "if back < len(self.out) else 0",
           "the first byte of a value is nobody's neighbour"),
    Change("matches", "64 * min(number_before, 3)", "64 * min(number_before, 2)", "differences by three places of a run"),
    Change("matches", "near // 4 if self.differences", "near // 8 if self.differences", "differences by half as many bytes"),
    Change("matches", "(near + symbol) % 256 if", "(near - symbol) % 256 if", "differences from the byte to the one before"),
    Change("matches", "back = self.offsets[0] if", "back = self.offsets[1] if", "differences to the second of the latest offsets"),
    Change("matches", "self.differences = self.tables > 64", "self.differences = self.tables > 63", "differences from 64 tables on"),
    Change("matches", "3 + min(distance_symbol // 4, 12)", "3 + min(distance_symbol // 4, 11)", "lengths have 60 contexts"),
    Change("matches", "number(length_symbol) + 2, end)", "number(length_symbol) + 3, end)", "matches have 3 bytes or more"),
    Change("matches", "tokens.position == tokens.size and literals", "literals", "bits of tokens may be left"),
    Change("matches", "not any(states) and not literal_state,", "not any(states),", "literals may end in any state"),
    Change("matches", "not any(states) and not literal_state,", "not literal_state,", "tokens may end in any state"),
    Change("matches", "self.offsets.insert(0, offset)", "self.offsets.insert(distance if distance < 3 else 0, offset)",
           "an offset that is used again stays where it was"),
    Change("matches", "offset = distance - 2\n", "offset = distance - 1\n", "offsets are one more"),
    Change("matches", 'require(self.source.at_end(), "bytes follow the blocks of matches")', "pass",
           "bytes may follow the blocks"),
    Change("matches", "needs=max(needs, taken + (room if lane.size else 0)))", "needs=max(needs, room))",
           "tables lie where the prefix lies"),
    Change("matches", "            count_tables()\n            self.block()", "            self.block()", "tables are no work"),
    Change("predicted", "if self.is_float and value < 0 else", "if self.is_float else", "all floats are turned"),
    Change("fields", "2 <= len(widths) <= 64", "1 <= len(widths) <= 65", "one field, or 65"),
    Change("fields", "1 <= width <= 255 for", "1 <= width <= 256 for", "a field of 256 bytes"),
    Change("fields", "field.size == rows * width for", "field.size // width == rows for",
           "a field may end in the middle of a row"),
    Change("fields", "needs = [self.room(field) for field in fields]", "needs = [self.room(fields[0])]",
           "only the first field takes workspace"),
    Change("adapted", "wrapped(sum(c * x for c, x in zip(self.weights, self.inputs)), 32)",
           "sum(c * x for c, x in zip(self.weights, self.inputs))", "sums are of more than 32 bits"),
    Change("adapted", "[wrapped(c + sign * g, 16) for", "[c + sign * g for", "weights are of more than 16 bits"),
    Change("adapted", "(total + (1 << self.shift - 1) >> self.shift)", "(total >> self.shift)", "sums are not rounded"),
    Change("adapted", "self.shift) << self.down", "self.shift)", "predictions are not scaled up"),
    Change("adapted", "max(value >> self.down, -32767)", "max(value >> self.down, -32768)", "inputs of -32768"),
    Change("adapted", "min(32, 128 * abs(seen)", "min(33, 128 * abs(seen)", "steps of 33"),
    Change("adapted", "self.mean += abs(seen) - self.mean // 16", "self.mean += abs(seen) - self.mean / 16",
           "means are not rounded"),
    Change("adapted", "2 <= self.width <= 4 and 1 <=", "1 <= self.width <= 4 and 1 <=", "filters of single bytes"),
    Change("adapted", "self.down <= 16,", "self.down <= 17,", "inputs divided by 2^17"),
    Change("adapted", "taps and 1 <= shift <= 24 for", "taps and 1 <= shift <= 25 for", "a shift of 25"),
    Change("adapted", "all(taps and 1", "all(1", "a stage without taps"),
    Change("adapted", "taps <= 1024,", "taps <= 1040,", "1040 taps"),
    Change("adapted", "self.work += filters.work", "pass", "filters are no work"),
    # Framing
    Change("framing", 'require(size <= head.framing_max, "a framing tree\'s value is longer than framing_max")', "pass",
           "framing_max is not a limit"),
    Change("framing", "self.expected = Expected()\n        context, rest",
           "clock, self.expected = self.expected.clock, Expected()\n        self.expected.clock = clock\n        context, rest",
           "a clock goes on behind a key"),
    Change("framing", "script = Script(0, 0, Expected())", "script = Script(0, 0, self.expected)",
           "what stands between chunks changes what they expect"),
    Change("framing", "if NOT_KNOWN in (self.last.offset_end, offset):", "if NOT_KNOWN == self.last.offset_end:",
           "an offset end is expected without an offset"),
    Change("framing", "self.buffers <= MOST_EMPTY_BUFFERS + self.raw_size", "self.buffers <= MOST_EMPTY_BUFFERS",
           "a chunk's bytes allow no buffers more"),
    Change("framing", "        self.left = rest\n", "", "the cursor of who enters begins at 0"),
    Change("framing", "self.tick()[0] if self.clock and self.last.duration != NOT_KNOWN else",
           "self.tick()[0] if self.clock else", "a clock makes durations known"),
    # Index packets
    Change("index", "self.misnumbered |= check_index(body) != self.indexes",
           "self.misnumbered |= check_index(body) > self.indexes", "a number may repeat"),
    Change("index", "(number - 1).bit_count() + 1", "(number - 1).bit_length() + 1", "more links than are due"),
    Change("index", "require(0 < sum(values) < 1 << 64,", "require(0 < values[-1],",
           "the end is no difference"),
    Change("index", "32 <= size <= 8192 and", "16 <= size <= 8192 and", "filters of 16 bytes"),
    Change("index", "require(sum(values[1:]) < 1 << 64,", "require(sum(values) < 1 << 64,",
           "the number of entries before is a line"),
    # Packets and streams
    Change("header", "require(header.raw_offset >= header.sequence and (", "require((",
           "fewer decoded bytes than chunks"),
    Change("group", "self.group.chunks < self.head.key_interval", "self.group.chunks <= self.head.key_interval",
           "one chunk more in a group"),
    Change("join", "self.partial = self.from_copy", "self.partial = False",
           "a stream that begins with a copy is whole"),
    Change("head", "require(body == self.head_body,", "require(body[:24] == self.head_body[:24],",
           "a copy may differ in its last fields"),
    Change("end", "require(head == self.head_body[:32],", "require(head[:31] == self.head_body[:31],",
           "the end packet's copy may differ in its last byte"),
    Change("end", "require(size == self.source.position - self.start,", "require(size >= self.source.position - self.start,",
           "the end packet may tell more bytes than there are"),
]


Case = namedtuple("Case", "name stream output framing")  # framing: None if it is not compared; all None: to be refused


def golden_cases():
    """All streams that there are, with what is to come out."""
    cases = []
    for path in GOLDEN.glob("*.sigma"):
        framing = path.with_suffix(".framing")
        cases.append(Case(path.stem, path.read_bytes(), path.with_suffix(".raw").read_bytes(),
                          framing.read_bytes() if framing.exists() else None))
    for line in (GOLDEN / "errors.tsv").read_text().splitlines():
        name, _error, _offset, size, output_hash = line.split("\t")[:5]
        cases.append(Case(name, (GOLDEN / "errors" / f"{name}.sigma").read_bytes(), (int(size), output_hash), None))
    return cases


def statements_of(source):
    """First and last line of each statement in a function's body, an outer one before those inside."""
    found = []

    def visit(node, is_in_function):
        if isinstance(node, ast.stmt) and is_in_function:
            found.append((node.lineno, node.end_lineno))
        for child in ast.iter_child_nodes(node):
            visit(child, is_in_function or isinstance(node, ast.FunctionDef) and child in node.body)

    visit(ast.parse(source), False)
    return found


def find_statements():
    """The lines of the innermost statement that each change is in; None if it is in no function, or in several
    statements of one. Asked before there are other processes: one that ends would be waited for."""
    source = (FOLDER / DECODER).read_text()
    statements = statements_of(source)
    places = []
    for change in CHANGES:
        if source.count(change.old) != 1:
            sys.exit(f"sigma_decode.py has {source.count(change.old)} places for: {change.old}")
        at = source.index(change.old)
        first, last = (source.count("\n", 0, end) + 1 for end in (at, at + len(change.old.rstrip("\n"))))
        around = [one for one in statements if one[0] <= first and last <= one[1]]
        places.append(range(around[-1][0], around[-1][1] + 1) if around else None)
    return places


@functools.cache
def load_decoder(change=None):
    source = (FOLDER / DECODER).read_text()
    if change:
        source = source.replace(change.old, change.new)
    module = types.ModuleType("sigma_decode")
    exec(compile(source, DECODER, "exec"), module.__dict__)
    return module


def agrees(decoder, case):
    output, framing = io.BytesIO(), io.BytesIO()
    try:
        decoder.decode(decoder.Cursor(case.stream), output, framing, MEMORY)
        refused = False
    except Exception:  # a changed decoder may also fail in a way of its own
        refused = True
    if isinstance(case.output, tuple):
        return refused and case.output == (len(output.getvalue()), xxhash.xxh3_64_hexdigest(output.getvalue()))
    return (not refused and case.output == output.getvalue()
            and (case.framing is None or case.framing == framing.getvalue()))


def decode_unchanged(case):
    """Whether the decoder as it is agrees with a case, the lines that it reaches, and the seconds."""
    lines = set()

    def trace(frame, event, _value):
        if frame.f_code.co_filename == DECODER:
            lines.add(frame.f_lineno)
            return trace
        return None

    decoder = load_decoder()
    begin = time.process_time()
    sys.settrace(trace)
    try:
        is_right = agrees(decoder, case)
    finally:
        sys.settrace(None)
    return is_right, lines, time.process_time() - begin


def who_notices(job):
    """The names of the streams that notice a change, the first one alone unless all are asked for."""
    change, cases, all_of_them = job
    names = []

    def give_up(_signal, _frame):
        raise TimeoutError  # not an error of a stream: it ends the loop below

    signal.signal(signal.SIGALRM, give_up)
    decoder = load_decoder(change)
    for case in cases:
        signal.alarm(SECONDS)
        if not agrees(decoder, case):
            names.append(case.name)
            if not all_of_them:
                break
        signal.alarm(0)
    return names


def main():
    parser = argparse.ArgumentParser(description="Count the changes of the second decoder that golden streams notice.")
    parser.add_argument("--all", action="store_true", help="name all streams that notice a change")
    parser.add_argument("numbers", type=int, nargs="*", metavar="NUMBER", help="make these changes alone")
    options = parser.parse_args()
    if os.environ.get("SIGMA_TEST_SHORT"):
        return 77  # skipped: what decoders do in other builds is no subject of this test
    places = find_statements()
    numbers = options.numbers or range(1, len(CHANGES) + 1)
    noticed = 0
    with multiprocessing.Pool() as pool:
        cases = golden_cases()
        unchanged = pool.map(decode_unchanged, cases, chunksize=1)
        if differs := [case.name for case, (is_right, _, _) in zip(cases, unchanged) if not is_right]:
            sys.exit(f"the second decoder, as it is, does not agree with: {', '.join(differs)}")
        reached = sorted(zip(cases, unchanged), key=lambda pair: pair[1][2])
        jobs = []
        for number in numbers:
            place = places[number - 1]
            streams = [case for case, (_, lines, _) in reached if place is None or not lines.isdisjoint(place)]
            jobs.append((CHANGES[number - 1], streams, options.all))
        for number, (change, _, _), names in zip(numbers, jobs, pool.imap(who_notices, jobs)):
            noticed += bool(names)
            print(f"{number:2} {change.part}: {change.reason}: {', '.join(names) or 'NOT NOTICED'}")
    print(f"{noticed} of {len(jobs)} changes noticed by {len(cases)} streams")
    return 0 if options.numbers or noticed + MOST_MISSED >= len(CHANGES) else 1


if __name__ == "__main__":
    sys.exit(main())
