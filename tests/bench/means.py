# SPDX-License-Identifier: LGPL-2.1-or-later
"""What plot.py and tables.py share: the rows that sigma-bench wrote, and their means."""
import csv
import math
from collections import defaultdict

CLASS_NAMES = {
    "json": "JSON", "csv": "CSV", "pcm": "PCM audio", "video": "raw video", "numeric": "numeric arrays",
    "source": "source code", "markup": "HTML, XML, SVG", "text": "prose",
}
STORES = "sigma-0"  # a copy is no compression, and far from all others


def name_of_class(name):
    return CLASS_NAMES.get(name, name)


def geometric_mean(values):
    values = list(values)
    return math.exp(sum(map(math.log, values)) / len(values))


def read(paths):
    """The rows of all files, those of codecs and those of memory."""
    codecs, memory = [], []
    for path in paths:
        with open(path, newline="") as file:
            for row in csv.DictReader(file):
                if "codec" in row:
                    codecs.append(row)
                elif "added_rss" in row:
                    memory.append(row)
    return codecs, memory


def classes_of(rows):
    return list(dict.fromkeys(row["class"] for row in rows))


class Means:
    """Of one codec: over the sets of a class, or over classes."""

    def __init__(self, ratio, encode, decode, memory):
        self.ratio = ratio  # bytes in by bytes out
        self.encode = encode  # MB/s of CPU time
        self.decode = decode
        self.memory = memory  # bytes, the most; 0: not known


def mean_of(parts):
    return Means(geometric_mean(part.ratio for part in parts), geometric_mean(part.encode for part in parts),
                 geometric_mean(part.decode for part in parts), max(part.memory for part in parts))


def means_of_class(rows, class_name):
    """Codec: Means, of the codecs that did all sets of the class."""
    rows = [row for row in rows if row["class"] == class_name]
    sets = {row["set"] for row in rows}
    parts = defaultdict(list)
    for row in rows:
        size = float(row["bytes"])
        parts[row["codec"]].append(Means(
            size / float(row["coded"]), size / float(row["encode_cpu_s"]) / 1e6,
            size / float(row["decode_cpu_s"]) / 1e6, int(row["memory"] or 0)))
    return {codec: mean_of(some) for codec, some in parts.items() if len(some) == len(sets)}


def overall_of(by_class):
    """The same over classes, of the codecs that are in all of them."""
    common = set.intersection(*(set(means) for means in by_class))
    return {codec: mean_of([means[codec] for means in by_class]) for codec in by_class[0] if codec in common}
