#!/usr/bin/python3
"""Decodes streams by sigma_decode.py, all in one process: to start one takes longer than to decode a golden stream.

    tests/reference/decode_many.py JOBS RESULTS

A line of JOBS is a stream, where its bytes go and where its framing goes, parted by tabs. The line of RESULTS with the
same number is "decoded", or why it is refused.

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import sys

import sigma_decode

MEMORY = 64 << 20


def decode(stream, output, framing):
    with open(stream, "rb") as source, open(output, "wb") as decoded, open(framing, "wb") as framed:
        try:
            sigma_decode.decode(sigma_decode.Cursor(source.read()), decoded, framed, MEMORY)
        except sigma_decode.Malformed as error:
            return str(error)
    return "decoded"


def main():
    with open(sys.argv[1], encoding="utf-8") as jobs, open(sys.argv[2], "w", encoding="utf-8") as results:
        for job in jobs:
            print(decode(*job.rstrip("\n").split("\t")), file=results)


if __name__ == "__main__":
    main()
