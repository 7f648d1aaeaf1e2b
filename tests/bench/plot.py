#!/usr/bin/env python3
#
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Draws what sigma-bench measured, as SVG files:

    tests/bench/plot.py CSV... OUTDIR        (needs Debian's python3-matplotlib)

From `sigma-bench codecs --csv`: ratio against speed, encode-CLASS.svg for every class, encode-overall.svg and
decode-overall.svg for all of them, and glance.svg, logs, JSON and CSV side by side. From
`sigma-bench pipelines --memory-sizes … --csv`: memory.svg, the memory that is added by the size of the input.
MODEL=NAME in the environment tells which --model sigma-bench was given (default: auto), and stands in the
titles. The same CSV gives the same files.
"""
import math
import os
import sys
from collections import defaultdict

import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt  # noqa: E402
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator  # noqa: E402

from means import STORES, classes_of, means_of_class, name_of_class, overall_of, read  # noqa: E402

# Colours that differ for the colour-blind, too (Okabe and Ito, Tol).
STYLES = {
    "sigma": ("#0072b2", "o"),
    "sigma, 64 MiB": ("#56b4e9", "o"),
    "zstd": ("#d55e00", "s"),
    "lz4": ("#b8860b", "^"),
    "brotli": ("#009e73", "v"),
    "xz": ("#882255", "D"),
    "bzip2": ("#999933", "<"),
    "bzip3": ("#666666", ">"),
    "flac": ("#cc79a7", "P"),
    "wavpack": ("#44aa99", "X"),
    "blosc": ("#661100", "p"),
    "zfp": ("#6699cc", "h"),
    "ffv1": ("#aa4499", "*"),
}
GLANCE = ("logs", "json", "csv")
MODELS = {"auto": "sigma with its default model", "bytes": "sigma with model=bytes", "records": "sigma with model=records"}
OTHER = ("#000000", ".")
TEXT = 8.5  # points
BEHIND, NEXT = 1, 3  # layers


def family_of(codec):
    if "@" in codec:
        return "sigma, 64 MiB"
    return codec.split("-")[0]


def label_of(codec, has_line):
    """The variant alone where a line of its family says the rest."""
    variant = codec.partition("-")[2]
    if "@" in codec:
        return variant.replace("@64M", ", 64 MiB")
    return variant if variant and has_line else codec


def points_of(means, direction):
    """Codec: (MB/s, ratio)."""
    return {codec: (getattr(one, direction), one.ratio) for codec, one in means.items() if codec != STORES}


def pareto_front(points):
    """Those that no other codec beats in both, from fast to slow."""
    front = []
    for speed, ratio in sorted(points, reverse=True):
        if not front or ratio > front[-1][1]:
            front.append((speed, ratio))
    return front


def staircase(front, slowest):
    """The corners of the line behind which a codec would have to be to beat none."""
    xs, ys = [], []
    for i, (speed, ratio) in enumerate(front):
        xs.append(speed)
        ys.append(ratio)
        xs.append(front[i + 1][0] if i + 1 < len(front) else slowest)
        ys.append(ratio)
    return xs, ys


def log_axis(axis, low, high):
    """More ticks the smaller the range is; plain numbers."""
    if high / low > 30:
        steps = (1, 2, 5)
    elif high / low > 3:
        steps = (1, 1.5, 2, 3, 4, 5, 6, 8)
    else:
        steps = (1, 1.2, 1.4, 1.6, 1.8, 2, 2.5, 3, 3.5, 4, 5, 6, 7, 8, 9)
    axis.set_major_locator(LogLocator(subs=steps, numticks=50))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))


def ratio_axis(axes, ratios):
    """Linear from 1, no compression at all; logarithmic where that would crowd the lower ones. Says which."""
    low, high = min(ratios), max(ratios)
    if high / low > 4:
        axes.set_yscale("log")
        log_axis(axes.yaxis, low, high)
        axes.set_ylim(low / (high / low) ** 0.06, high * (high / low) ** 0.06)
        return ", logarithmic"
    axes.yaxis.set_major_locator(MaxNLocator(8, steps=[1, 2, 2.5, 5, 10]))
    axes.set_ylim(1, high + 0.06 * (high - 1))
    return ""


def overlap(a, b):
    width = min(a.x1, b.x1) - max(a.x0, b.x0)
    height = min(a.y1, b.y1) - max(a.y0, b.y0)
    return max(width, 0) * max(height, 0)


def place_labels(figure, all_axes):
    """Puts each label beside its point, where it covers least of points, lines and other labels."""
    renderer = figure.canvas.get_renderer()
    figure.draw(renderer)
    figure.set_layout_engine("none")  # what is placed now must stay where it is
    for axes, labels, lines in all_axes:
        place_labels_of(axes, renderer, labels, lines)


def place_labels_of(axes, renderer, labels, lines):
    frame = axes.get_window_extent(renderer)
    taken = []
    for point, _, _ in labels:
        x, y = axes.transData.transform(point)
        taken.append(matplotlib.transforms.Bbox.from_extents(x - 4, y - 4, x + 4, y + 4))
    for line in lines:  # small boxes along every line
        corners = axes.transData.transform(line)
        for (x0, y0), (x1, y1) in zip(corners, corners[1:]):
            steps = max(int(math.hypot(x1 - x0, y1 - y0) / 3), 1)
            for i in range(steps + 1):
                x, y = x0 + (x1 - x0) * i / steps, y0 + (y1 - y0) * i / steps
                taken.append(matplotlib.transforms.Bbox.from_extents(x - 1, y - 1, x + 1, y + 1))
    for point, text, color in labels:
        best = None
        for distance in (7, 11, 16, 22):
            for angle in range(0, 360, 30):
                dx, dy = distance * math.cos(math.radians(angle)), distance * math.sin(math.radians(angle))
                side = "left" if dx > 1 else "right" if dx < -1 else "center"
                note = axes.annotate(
                    text, point, (dx, dy), textcoords="offset points", ha=side, va="center",
                    fontsize=TEXT, color=color, zorder=NEXT + 2)
                box = note.get_window_extent(renderer).padded(1)
                cost = sum(overlap(box, other) for other in taken) + distance * 1.5
                cost += 10 * (box.width * box.height - overlap(box, frame))
                if best is None or cost < best[0]:
                    if best is not None:
                        best[1].remove()
                    best = (cost, note, box)
                else:
                    note.remove()
        taken.append(best[2])
        if math.hypot(*best[1].xyann) > 12:  # far enough away to lose sight of its point
            axes.annotate("", point, best[1].xyann, textcoords="offset points",
                          arrowprops={"arrowstyle": "-", "color": color, "lw": 0.5, "shrinkB": 3})


def draw_codecs(axes, points, direction):
    """Points, lines and axes; gives labels and lines for place_labels()."""
    speeds = [speed for speed, _ in points.values()]
    ratios = [ratio for _, ratio in points.values()]
    low, high = min(speeds), max(speeds)
    axes.set_xscale("log")
    axes.set_xlim(low / (high / low) ** 0.05, high * (high / low) ** 0.07)
    log_axis(axes.xaxis, low, high)
    scale = ratio_axis(axes, ratios)
    axes.grid(True, which="major", color="#dddddd", lw=0.6, zorder=0)

    xs, ys = staircase(pareto_front(points.values()), low / (high / low) ** 0.05)
    axes.plot(xs, ys, color="#cccccc", lw=4.5, solid_joinstyle="round", zorder=BEHIND,
              label="the best here: no other codec\nis both faster and smaller")
    families = defaultdict(list)
    for codec, point in points.items():
        families[family_of(codec)].append((codec, point))
    labels, lines = [], [list(zip(xs, ys))]
    for family, members in families.items():
        color, marker = STYLES.get(family, OTHER)
        line = [point for _, point in members]
        axes.plot(*zip(*line), color=color, marker=marker, ms=6, lw=1.3, label=family, zorder=NEXT)
        lines.append(line)
        labels += [(point, label_of(codec, len(members) > 1), color) for codec, point in members]
    axes.set_xlabel(f"{direction} speed: MB/s of CPU time, logarithmic")
    axes.set_ylabel("compression ratio: bytes in by bytes out" + scale)
    return labels, lines


def model_text():
    return MODELS[os.environ.get("MODEL", "auto")]


def plot_codecs(points, direction, title, path):
    figure, axes = plt.subplots(figsize=(8.2, 5.4), layout="constrained")
    labels, lines = draw_codecs(axes, points, direction)
    axes.set_title(f"{title} ({model_text()})", loc="left", fontsize=11)
    axes.legend(fontsize=TEXT, loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False)
    place_labels(figure, [(axes, labels, lines)])
    save(figure, path)


def plot_glance(by_class, path):
    """The classes where sigma differs most, side by side; up and to the right is better."""
    figure, all_axes = plt.subplots(1, len(GLANCE), figsize=(12.5, 5), layout="constrained")
    placed = []
    for axes, name in zip(all_axes, GLANCE):
        points = points_of(by_class[name], "encode")
        labels, lines = draw_codecs(axes, points, "encode")
        axes.set_title(name_of_class(name), loc="left", fontsize=12)
        placed.append((axes, labels, lines))
    for axes in all_axes[1:]:
        axes.set_ylabel("")
    figure.suptitle(f"Up and to the right is better ({model_text()}; numbers are levels)", fontsize=12)
    handles, names = all_axes[0].get_legend_handles_labels()
    figure.legend([*handles[1:], handles[0]], [*names[1:], names[0].replace("\n", " ")], fontsize=TEXT + 1,
                  loc="lower center",
                  ncol=len(handles), frameon=False, bbox_to_anchor=(0.5, -0.06))
    place_labels(figure, placed)
    save(figure, path)


def plot_memory(rows, path):
    figure, axes = plt.subplots(figsize=(7.6, 4.6), layout="constrained")
    lines = defaultdict(list)
    for row in rows:
        lines[row["job"], row["direction"]].append((float(row["size"]) / 1e6, float(row["added_rss"]) / 2**20))
    colors = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#882255", "#b8860b", "#666666"]
    jobs = list(dict.fromkeys(job for job, _ in lines))
    for (job, direction), points in lines.items():
        decodes = direction == "decode"
        axes.plot(*zip(*sorted(points)), color=colors[jobs.index(job) % len(colors)],
                  ls="--" if decodes else "-", marker="s" if decodes else "o", ms=5, lw=1.4,
                  label=f"{job}, {direction}")
    added = [value for points in lines.values() for _, value in points]
    sizes = [size for points in lines.values() for size, _ in points]
    axes.set_xscale("log")
    log_axis(axes.xaxis, min(sizes), max(sizes))
    scale = ""
    if max(added) > 24:
        axes.set_yscale("log")
        log_axis(axes.yaxis, max(min(added), 0.1), max(added))
        scale = ", logarithmic"
    else:
        axes.set_ylim(0, max(added) * 1.1)
    axes.grid(True, which="major", color="#dddddd", lw=0.6)
    axes.set_title(f"Memory against input size ({model_text()}; T2: two threads)", loc="left", fontsize=11)
    axes.set_xlabel("input: MB, logarithmic")
    axes.set_ylabel("peak resident set added to identity or cat: MiB" + scale)
    axes.legend(fontsize=TEXT, loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False)
    save(figure, path)


def save(figure, path):
    figure.savefig(path, metadata={"Date": None}, bbox_inches="tight", pad_inches=0.1)
    if os.environ.get("PLOT_PNG"):  # to look at where no browser is
        figure.savefig(os.path.splitext(path)[0] + ".png", dpi=100)
    plt.close(figure)
    print(path)


def main():
    if len(sys.argv) < 3:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    folder = sys.argv[-1]
    os.makedirs(folder, exist_ok=True)
    plt.rcParams.update({
        "svg.hashsalt": "sigma-bench",
        "svg.fonttype": "none",
        "font.family": "sans-serif",
        "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial", "Helvetica"],
        "font.size": 9.5,
        "figure.dpi": 72,  # pixels are points, as in SVG
        "axes.spines.top": False,
        "axes.spines.right": False,
    })
    codecs, memory = read(sys.argv[1:-1])
    by_class = {name: means_of_class(codecs, name) for name in classes_of(codecs)}
    for name, means in by_class.items():
        if name != "incompressible":  # all ratios are 1
            plot_codecs(points_of(means, "encode"), "encode", name_of_class(name),
                        os.path.join(folder, f"encode-{name}.svg"))
    if len(by_class) > 1:
        overall = overall_of(list(by_class.values()))
        for direction in ("encode", "decode"):
            plot_codecs(points_of(overall, direction), direction, f"Means of {len(by_class)} classes",
                        os.path.join(folder, f"{direction}-overall.svg"))
    if all(name in by_class for name in GLANCE):
        plot_glance(by_class, os.path.join(folder, "glance.svg"))
    if memory:
        plot_memory(memory, os.path.join(folder, "memory.svg"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
