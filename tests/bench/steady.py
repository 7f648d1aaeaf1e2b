#!/usr/bin/env python3
#
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Whether a pipeline stays as fast as it begins: CPU time for each eighth of a long stream.

    tests/bench/steady.py [BUILD_DIR] [BYTES]        (build; 8000000000)

Data of all kinds, which repeats every 32 MiB, is piped into sigmaenc, and what that gives into sigmadec; both with
fakesink, as writing to a disk gets slower when it must wait for it. Needs room for the coded stream in TMPDIR (/var/tmp).
"""
import os
import subprocess
import sys
import tempfile

PARTS = 8
PIECE = 1 << 20


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(source, size, element, sink):
    """CPU seconds that each part of `size` bytes from `source` takes."""
    line = ["gst-launch-1.0", "-q", "fdsrc", f"blocksize={PIECE}", "!", element, "!", *sink]
    pipeline = subprocess.Popen(line, stdin=subprocess.PIPE)
    marks = [0.0]
    done = 0
    while piece := source.read(PIECE):
        pipeline.stdin.write(piece)
        done += len(piece)
        if done >= size * len(marks) // PARTS and len(marks) < PARTS:
            marks.append(cpu_seconds(pipeline.pid))
    pipeline.stdin.flush()
    marks.append(cpu_seconds(pipeline.pid))
    pipeline.stdin.close()
    if pipeline.wait() != 0:
        sys.exit(f"{element} failed")
    return [after - before for before, after in zip(marks, marks[1:])]


def report(element, parts):
    # What starting costs is in the first part.
    print(f"{element}: {' '.join(f'{part:.2f}' for part in parts)} s; last against first {parts[-1] / parts[0]:.3f}", flush=True)


def main():
    build = os.path.realpath(sys.argv[1] if len(sys.argv) > 1 else "build")
    size = int(sys.argv[2]) if len(sys.argv) > 2 else 8_000_000_000
    os.environ["GST_PLUGIN_PATH_1_0"] = f"{build}/plugin"
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR", "/var/tmp")) as folder:
        os.environ["GST_REGISTRY"] = f"{folder}/registry.bin"
        subprocess.run(["gst-inspect-1.0", "sigmaenc"], stdout=subprocess.DEVNULL, check=True)
        coded = f"{folder}/coded"
        make = [f"{build}/tests/bench/synthetic", str(size)]
        for sink in (["fakesink"], ["filesink", f"location={coded}"]):
            data = subprocess.Popen(make, stdout=subprocess.PIPE)
            parts = measure(data.stdout, size, "sigmaenc", sink)
            if sink == ["fakesink"]:
                report("sigmaenc", parts)
        with open(coded, "rb") as stream:
            report("sigmadec", measure(stream, os.path.getsize(coded), "sigmadec", ["fakesink"]))


if __name__ == "__main__":
    main()
