#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes what sigma-bench measured into documents, as tables:

    tests/bench/tables.py CSV... DOCUMENT.md...

In the documents, what stands between the lines `<!-- table NAME -->` and `<!-- end -->` is replaced. NAME
is `glance` (the classes, a few codecs), `overall`, `pairs` or `classes` (one table each, all codecs).
"""
import sys

from means import classes_of, means_of_class, name_of_class, overall_of, read

GLANCE = ("sigma-3", "sigma-6@64M", "zstd-3", "zstd-19", "xz-6")
PAIRS = (("sigma-1", "zstd-1"), ("sigma-3", "zstd-3"), ("sigma-6@64M", "zstd-12"), ("sigma-9@64M", "zstd-19"))


def title_of(codec):
    name, _, variant = codec.partition("-")
    level, _, memory = variant.partition("@")
    if name != "sigma":
        return f"{name} -{variant}" if variant else name
    return f"sigma level {level}" + (f", {memory[:-1]} MiB" if memory else "")


def speed(value):
    return f"{value:.0f}" if value >= 10 else f"{value:.1f}"


def ratio(value):
    return f"{value:.2f}" if value < 9.995 else f"{value:.1f}"


def table(head, rows):
    aligned = ["|" + "|".join(head) + "|", "|---|" + "--:|" * (len(head) - 1)]
    return "\n".join(aligned + ["| " + " | ".join(row) + " |" for row in rows])


def glance(by_class):
    """Ratios and speeds of the codecs that most know, the best ratio of each class in bold. A class
    that none makes smaller is left to the other tables."""
    rows = []
    for name, means in by_class.items():
        best = max(means[codec].ratio for codec in GLANCE)
        if best < 1.01:
            continue
        row = [name_of_class(name)]
        for codec in GLANCE:
            one = means[codec]
            is_best = one.ratio > best * 0.995
            mark = "**" if is_best else ""
            row.append(f"{mark}{ratio(one.ratio)}{mark} at {speed(one.encode)}, {speed(one.decode)}")
        rows.append(row)
    return table(["data", *(f" {title_of(codec)} " for codec in GLANCE)], rows)


def codecs(means):
    rows = [[codec, f"{one.ratio:.3f}", speed(one.encode), speed(one.decode),
             f"{one.memory / 1e6:.1f}" if one.memory else ""] for codec, one in means.items()]
    return table(["codec", "ratio", "encode MB/s", "decode MB/s", "memory MB"], rows)


def classes(by_class):
    parts = []
    for name, means in by_class.items():
        plot = "" if name == "incompressible" else f" ([plot](benchmarks/encode-{name}.svg))"
        parts.append(f"### {name_of_class(name)}{plot}\n\n{codecs(means)}")
    return "\n\n".join(parts)


def pairs(by_class):
    parts = []
    for ours, rival in PAIRS:
        rows = []
        for name, means in [*by_class.items(), ("**all**", overall_of(list(by_class.values())))]:
            if ours not in means or rival not in means:
                continue
            a, b = means[ours], means[rival]
            rows.append([name_of_class(name), f"{a.ratio / b.ratio:.3f}", f"{b.encode / a.encode:.2f}",
                         f"{a.decode / b.decode:.2f}"])
        if rows:
            parts.append(f"### {title_of(ours)} against {title_of(rival)}\n\n" +
                         table(["data", "ratio", "CPU time to encode", "decode speed"], rows))
    return "\n\n".join(parts)


def fill(text, blocks):
    """The text with each block that it asks for."""
    lines, skips = [], False
    for line in text.splitlines():
        if line == "<!-- end -->":
            skips = False
        if not skips:
            lines.append(line)
        if line.startswith("<!-- table "):
            lines += [blocks[line.split()[2]], ""]
            lines[-2] = "\n" + lines[-2]
            skips = True
    return "\n".join(lines) + "\n"


def main():
    tables = [path for path in sys.argv[1:] if path.endswith(".csv")]
    documents = [path for path in sys.argv[1:] if path.endswith(".md")]
    if not tables or not documents:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    rows, _ = read(tables)
    by_class = {name: means_of_class(rows, name) for name in classes_of(rows)}
    blocks = {
        "glance": glance(by_class),
        "overall": codecs(overall_of(list(by_class.values()))),
        "pairs": pairs(by_class),
        "classes": classes(by_class),
    }
    for path in documents:
        with open(path) as file:
            text = file.read()
        with open(path, "w") as file:
            file.write(fill(text, blocks))
    return 0


if __name__ == "__main__":
    sys.exit(main())
