#!/usr/bin/python3
"""Ships lines of a log to another machine, and loses none of them whichever side dies.

    journalctl -f | examples/ship-logs.py send SPOOL HOST PORT
    examples/ship-logs.py receive FILE PORT

The sender compresses lines as they come, and has what is a second old in SPOOL, a stream like any other. The receiver
says how many bytes of it FILE has already, and gets what follows. So FILE is at any moment a beginning of SPOOL, and a
receiver that was killed, or a network that was away, goes on where it was. A sender that is begun again with the same
SPOOL puts a stream of its own behind what is there: `sigma cat FILE` gives all lines, and where a sender was killed,
`sigma recover --join` does. One that is interrupted (Ctrl-C, SIGTERM) ends its stream and goes when the receiver has
all of it; interrupted again, it goes at once. A receiver whose FILE is no beginning of SPOOL is refused. The lines are not encrypted on
their way, and whoever can connect can send: put ssh, stunnel or a VPN under it. A machine that loses power may lose
what was not yet on its disk. Needs python3-gi and gir1.2-gst-plugins-base-1.0.

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import fcntl
import hashlib
import os
import signal
import socket
import struct
import sys
import threading
import time

PIECE = 1 << 16
GREETING = b'sigma ship-logs 1\n'
PATIENCE = 1  # s, between tries


def open_alone(path):
    """A file that grows at its end, by one process at a time."""
    file = open(path, 'a+b')
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        give_up(f'{path} is in use by another sender or receiver')
    return file


def give_up(text):
    print(text, file=sys.stderr)
    os._exit(1)  # of all threads


def digest_before(file, offset):
    """What the bytes before it are, by the last ones."""
    begin = max(0, offset - PIECE)
    file.seek(begin)
    return hashlib.sha256(file.read(offset - begin)).digest()


class Spool:
    """A file that grows, and who waits for that."""

    def __init__(self, path):
        self.file = open_alone(path)
        self.reading = open(path, 'rb')
        self.grown = threading.Condition()
        self.is_complete = False

    def append(self, data):
        with self.grown:
            self.file.write(data)
            self.file.flush()
            self.grown.notify()

    def complete(self):
        with self.grown:
            self.is_complete = True
            self.grown.notify()

    def size(self):
        return os.fstat(self.file.fileno()).st_size

    def digest_before(self, offset):
        with self.grown:
            return digest_before(self.reading, offset)

    def read(self, offset):
        """What follows; empty at the end of a complete one."""
        with self.grown:
            while True:
                self.reading.seek(offset)
                data = self.reading.read(PIECE)
                if data or self.is_complete:
                    return data
                self.grown.wait()


def end_when_interrupted(end):
    """The first signal ends what goes on, the next one the process."""
    def interrupted(number, _frame):
        signal.signal(number, signal.SIG_DFL)
        end()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupted)


def encode(spool):
    """Lines of the standard input into the spool, by sigmaenc."""
    import gi  # pylint: disable=import-outside-toplevel
    gi.require_version('Gst', '1.0')
    gi.require_version('GstApp', '1.0')
    from gi.repository import Gst, GstApp  # pylint: disable=import-outside-toplevel,unused-import
    Gst.init(None)
    pipeline = Gst.parse_launch('fdsrc fd=0 ! sigmaenc max-latency=1000000000 ! appsink name=sink sync=false')
    sink = pipeline.get_by_name('sink')
    end_when_interrupted(lambda: pipeline.send_event(Gst.Event.new_eos()))
    pipeline.set_state(Gst.State.PLAYING)
    while not sink.is_eos():
        # Signals are handled when Python is back, so it must not stay away for long.
        if sample := sink.try_pull_sample(Gst.SECOND // 5):
            buffer = sample.get_buffer()
            spool.append(buffer.extract_dup(0, buffer.get_size()))
    error = pipeline.get_bus().pop_filtered(Gst.MessageType.ERROR)
    pipeline.set_state(Gst.State.NULL)
    spool.complete()
    if error:
        sys.exit(error.parse_error()[0].message)


def deliver(spool, address):
    """All of the spool, to whoever receives at this address, however often that has to be begun."""
    told = ''
    while True:
        try:
            with socket.create_connection(address, timeout=60) as peer:
                peer.sendall(GREETING)
                offset, digest = struct.unpack('>Q32s', peer.recv(40, socket.MSG_WAITALL))
                if offset > spool.size() or digest != spool.digest_before(offset):
                    give_up(f'what the receiver has, {offset} bytes, is no beginning of the spool')
                while data := spool.read(offset):
                    peer.sendall(data)
                    offset += len(data)
                peer.shutdown(socket.SHUT_WR)
                if peer.recv(1) == b'.':  # the receiver has it on its disk
                    return
        except (OSError, struct.error) as error:  # it is tried again
            if str(error) != told:
                told = str(error)
                print(f'{address[0]} port {address[1]}: {told}', file=sys.stderr)
        except (ValueError, OverflowError) as error:
            give_up(f'{address[0]} port {address[1]}: {error}')
        time.sleep(PATIENCE)


def send(path, host, port):
    spool = Spool(path)
    delivery = threading.Thread(target=deliver, args=(spool, (host, int(port))), daemon=True)
    delivery.start()
    encode(spool)
    delivery.join()


def notice_absence(peer):
    """A machine that went away without a word is noticed within a minute."""
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in ((socket.TCP_KEEPIDLE, 20), (socket.TCP_KEEPINTVL, 10), (socket.TCP_KEEPCNT, 4)):
        peer.setsockopt(socket.IPPROTO_TCP, option, value)


def take(peer, file):
    peer.settimeout(10)
    if peer.recv(len(GREETING), socket.MSG_WAITALL) != GREETING:
        return  # somebody else
    offset = file.seek(0, os.SEEK_END)
    peer.sendall(struct.pack('>Q32s', offset, digest_before(file, offset)))
    peer.settimeout(None)
    notice_absence(peer)
    while data := peer.recv(PIECE):
        file.write(data)
        file.flush()
    os.fsync(file.fileno())
    peer.sendall(b'.')


def receive(path, port):
    """From one sender after the other; ends when it is killed."""
    with socket.create_server(('', int(port))) as server, open_alone(path) as file:
        while True:
            peer, _ = server.accept()
            with peer:
                try:
                    take(peer, file)
                except (ConnectionError, TimeoutError) as error:
                    print(f'the sender is gone: {error}', file=sys.stderr)


def main():
    jobs = {('send', 5): send, ('receive', 4): receive}
    job = jobs.get((sys.argv[1] if len(sys.argv) > 1 else '', len(sys.argv)))
    if job is None:
        print(__doc__, file=sys.stderr)
        return 2
    job(*sys.argv[2:])
    return 0


if __name__ == '__main__':
    sys.exit(main())
