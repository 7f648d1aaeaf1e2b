#!/usr/bin/env python3
"""The installed library from Python, by ctypes and sigma.h alone.

    program.py LIBRARY FOLDER

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import ctypes
import pathlib
import random
import sys
from ctypes import CFUNCTYPE, POINTER, byref, c_char, c_char_p, c_int, c_int32, c_size_t, c_uint32, c_uint64, c_void_p

sigma = ctypes.CDLL(sys.argv[1])
folder = pathlib.Path(sys.argv[2])
OK, INVALID_ARGUMENT, NOT_SIGMA, TRUNCATED, DAMAGED, CANCELLED = 0, 1, 4, 9, 10, 14


class Status(ctypes.Structure):
    _fields_ = [('code', c_int32), ('reserved', c_uint32), ('offset', c_uint64), ('value', c_uint64),
                ('text', c_char * 488)]


class Damage(ctypes.Structure):
    _fields_ = [('struct_size', c_size_t), ('code', c_int32), ('reserved', c_uint32), ('stream_begin', c_uint64),
                ('stream_end', c_uint64), ('position_begin', c_uint64), ('position_end', c_uint64),
                ('text', c_char_p)]


class Info(ctypes.Structure):
    _fields_ = [('struct_size', c_size_t), ('encoded_size', c_uint64), ('decoded_size', c_uint64),
                ('streams', c_uint64), ('duration', c_uint64), ('is_framed', c_int32), ('end_code', c_int32)]


DamageFunction = CFUNCTYPE(None, c_void_p, POINTER(Damage))
ProgressFunction = CFUNCTYPE(c_int, c_void_p, c_uint64, c_uint64)


class Settings(ctypes.Structure):
    _fields_ = [('struct_size', c_size_t)] + [
        (name, c_uint32) for name in ('level', 'model', 'chunk_size', 'key_interval', 'chain', 'index', 'verify',
                                      'skip_damage', 'threads', 'reserved')] + [
        ('encoder_memory', c_uint64), ('decoder_memory', c_uint64), ('on_damage', DamageFunction),
        ('damage_user', c_void_p), ('on_progress', ProgressFunction), ('progress_user', c_void_p),
        ('search_index', c_uint32), ('reserved_2', c_uint32)]


ReadFunction = CFUNCTYPE(c_int, c_void_p, c_uint64, c_void_p, c_size_t)


def declare(name, result, *arguments):
    function = getattr(sigma, name)
    function.restype, function.argtypes = result, arguments


declare('sigma_version', c_char_p)
declare('sigma_error_name', c_char_p, c_int)
declare('sigma_error_text', c_char_p, c_int)
declare('sigma_settings_init', c_int, POINTER(Settings), c_size_t)
declare('sigma_estimate_memory', c_int, POINTER(Settings), POINTER(c_uint64), POINTER(Status))
declare('sigma_encode_bound', c_uint64, c_uint64)
declare('sigma_decoded_size', c_int, c_char_p, c_size_t, POINTER(c_uint64), POINTER(Status))
declare('sigma_looks_like_stream', c_int, c_char_p, c_size_t)
for one in ('sigma_encode', 'sigma_decode'):
    declare(one, c_int, c_char_p, c_size_t, c_void_p, c_size_t, POINTER(c_size_t), POINTER(Settings),
            POINTER(Status))
    declare(one + '_file', c_int, c_char_p, c_char_p, POINTER(Settings), POINTER(Status))
for one in ('sigma_encoder', 'sigma_decoder'):
    declare(one + '_new', c_int, POINTER(c_void_p), POINTER(Settings), POINTER(Status))
    declare(one + '_free', None, c_void_p)
    declare(one + '_push', c_int, c_void_p, c_char_p, c_size_t, POINTER(c_size_t), POINTER(Status))
    declare(one + '_take', c_int, c_void_p, c_void_p, c_size_t, POINTER(c_size_t), POINTER(Status))
    declare(one + '_end', c_int, c_void_p, POINTER(Status))
    declare(one + '_reset', c_int, c_void_p)
declare('sigma_encoder_flush', c_int, c_void_p, POINTER(Status))
declare('sigma_reader_open_file', c_int, POINTER(c_void_p), c_char_p, POINTER(Settings), POINTER(Status))
declare('sigma_reader_open_memory', c_int, POINTER(c_void_p), c_char_p, c_size_t, POINTER(Settings),
        POINTER(Status))
declare('sigma_reader_open', c_int, POINTER(c_void_p), ReadFunction, c_void_p, c_uint64, POINTER(Settings),
        POINTER(Status))
declare('sigma_reader_free', None, c_void_p)
declare('sigma_reader_read', c_int, c_void_p, c_uint64, c_void_p, c_size_t, POINTER(c_size_t), POINTER(Status))
declare('sigma_reader_info', c_int, c_void_p, POINTER(Info), POINTER(Status))


def settings(**values):
    made = Settings()
    assert sigma.sigma_settings_init(byref(made), ctypes.sizeof(made)) == OK and made.level == 3
    for name, value in {'level': 1, 'chunk_size': 65536, 'key_interval': 4, **values}.items():
        setattr(made, name, value)
    return made


def opened(function, *arguments):
    """The code, and what function opened."""
    made = c_void_p(1)
    code = function(byref(made), *arguments)
    assert (code == OK) == (made.value is not None)
    return code, made


def whole(function, data, room, used=None):
    """Memory to memory: the code, the bytes and the status."""
    out, size, status = ctypes.create_string_buffer(room), c_size_t(), Status()
    code = function(data, len(data), out, room, byref(size), used, byref(status))
    assert status.code == code
    return code, out.raw[:size.value], status


class Pieces:
    """An encoder or a decoder, piece by piece."""

    def __init__(self, kind, used):
        self.calls = [getattr(sigma, f'sigma_{kind}_{call}') for call in ('push', 'take', 'end', 'free')]
        code, self.object = opened(getattr(sigma, f'sigma_{kind}_new'), used, None)
        assert code == OK

    def take(self, room):
        out, size = ctypes.create_string_buffer(room), c_size_t()
        code = self.calls[1](self.object, out, room, byref(size), None)
        return code, out.raw[:size.value]

    def run(self, data, piece, room):
        result, ended = b'', False
        while True:
            if data:
                used = c_size_t()
                code = self.calls[0](self.object, data[:piece], min(piece, len(data)), byref(used), None)
                if code != OK:
                    return code, result
                data = data[used.value:]
            if not data and not ended:
                ended = self.calls[2](self.object, None) == OK
            code, part = self.take(room)
            result += part
            if code != OK or (ended and not part):
                return code, result

    def free(self):
        self.calls[3](self.object)


chance = random.Random(1)
raw = b''.join(b'%d: request %d took %d ms\n' % (i, chance.randrange(9999), chance.randrange(900)) for i in range(60000))
plain = settings()

# Memory to memory, with and without threads.
code, stream, _ = whole(sigma.sigma_encode, raw, sigma.sigma_encode_bound(len(raw)), plain)
assert code == OK and len(stream) < len(raw) / 2
for threads in (1, 2, 5, 0):
    used = settings(threads=threads)
    assert whole(sigma.sigma_encode, raw, sigma.sigma_encode_bound(len(raw)), used)[:2] == (OK, stream)
    assert whole(sigma.sigma_decode, stream, len(raw), used)[:2] == (OK, raw)
number = c_uint64()
assert sigma.sigma_decoded_size(stream, len(stream), byref(number), None) == OK and number.value == len(raw)
code, _, status = whole(sigma.sigma_decode, stream, len(raw) - 1)
assert code == INVALID_ARGUMENT and b'room' in status.text
assert sigma.sigma_looks_like_stream(stream, len(stream)) == 2 and sigma.sigma_looks_like_stream(raw, 100) == 0

# Piece by piece, odd ones.
for piece, room, threads in ((1 << 20, 1 << 20, 1), (9973, 5003, 1), (70001, 333, 3)):
    used = settings(threads=threads)
    encoder, decoder = Pieces('encoder', used), Pieces('decoder', used)
    assert encoder.run(raw, piece, room) == (OK, stream)
    assert decoder.run(stream, piece, room) == (OK, raw)
    encoder.free()
    decoder.free()
    # A stream that stops early, and an object that is dropped in the middle.
    decoder = Pieces('decoder', used)
    code, part = decoder.run(stream[:len(stream) // 2], piece, room)
    assert code == TRUNCATED and raw.startswith(part) and part
    assert decoder.take(room)[0] == TRUNCATED
    decoder.free()
    encoder = Pieces('encoder', used)
    taken = c_size_t()
    assert encoder.calls[0](encoder.object, raw, len(raw), byref(taken), None) == OK and taken.value
    encoder.free()

# Anywhere: in memory, in a file, and by a function.
path = folder / 'stream.sigma'
path.write_bytes(stream)


@ReadFunction
def read_stream(user, offset, out, size):
    ctypes.memmove(out, stream[offset:offset + size], size)
    return 0


@ReadFunction
def refuse(user, offset, out, size):
    return 1


for code, reader in (opened(sigma.sigma_reader_open_memory, stream, len(stream), None, None),
                     opened(sigma.sigma_reader_open_file, str(path).encode(), None, None),
                     opened(sigma.sigma_reader_open, read_stream, None, len(stream), None, None)):
    assert code == OK
    info = Info(struct_size=ctypes.sizeof(Info))
    assert sigma.sigma_reader_info(reader, byref(info), None) == OK
    assert (info.encoded_size, info.decoded_size, info.streams, info.end_code) == (len(stream), len(raw), 1, OK)
    room, got = ctypes.create_string_buffer(1000), c_size_t()
    for _ in range(50):
        at = chance.randrange(len(raw) + 100)
        assert sigma.sigma_reader_read(reader, at, room, 1000, byref(got), None) == OK
        assert room.raw[:got.value] == raw[at:at + 1000]
    sigma.sigma_reader_free(reader)
status = Status()
assert opened(sigma.sigma_reader_open, refuse, None, len(stream), None, byref(status))[0] == status.code != OK

# Damage: an error, or skipped with its range.
bad = bytearray(stream)
bad[len(bad) // 2] ^= 0x10
bad = bytes(bad)
assert whole(sigma.sigma_decode, bad, len(raw), plain)[0] == DAMAGED
lost = []


@DamageFunction
def on_damage(user, damage):
    one = damage.contents
    assert one.struct_size >= ctypes.sizeof(Damage) and one.text
    lost.append((one.position_begin, one.position_end))


skipping = settings(skip_damage=1, on_damage=on_damage)
code, rest, _ = whole(sigma.sigma_decode, bad, len(raw), skipping)
assert code == OK and len(lost) == 1
begin, end = lost[0]
assert rest == raw[:begin] + raw[end:] and 0 < end - begin <= 4 * 65536
decoder = Pieces('decoder', skipping)
assert decoder.run(bad, 10007, 4001) == (OK, rest) and lost == [(begin, end)] * 2
decoder.free()

# Files, progress and cancel.
source, coded, back = (str(folder / name).encode() for name in ('py-in', 'py-coded', 'py-back'))
(folder / 'py-in').write_bytes(raw)
calls = []


@ProgressFunction
def on_progress(user, bytes_in, bytes_out):
    calls.append(bytes_in)
    return bytes_in > len(raw) / 2 and len(calls) > 20


assert sigma.sigma_encode_file(source, coded, plain, None) == OK
assert sigma.sigma_decode_file(coded, back, plain, None) == OK and (folder / 'py-back').read_bytes() == raw
plain.on_progress = on_progress
for _ in range(30):
    code = sigma.sigma_encode_file(source, back, plain, byref(status))
    if code != OK:
        break
assert code == CANCELLED and status.offset > len(raw) / 2 and b'ended' in status.text

assert b'damaged' in sigma.sigma_error_text(DAMAGED)
assert sigma.sigma_error_name(DAMAGED) == b'DAMAGED' and sigma.sigma_version()
assert sigma.sigma_estimate_memory(plain, byref(number), None) == OK and number.value > 1 << 20
assert sigma.sigma_encoder_push(None, b'x', 1, None, None) == INVALID_ARGUMENT
print('Python: 0 failures')
