#!/usr/bin/env python3
"""Draws what sigma-bench measured, as SVG files:

    tests/bench/plot.py CSV... OUTDIR        (needs Debian's python3-matplotlib)

From `sigma-bench codecs --csv`, for every class and for all of them together: ratio against speed,
encode-CLASS.svg and decode-CLASS.svg. From `sigma-bench pipelines --memory-sizes … --csv`:
memory.svg, the memory that is added by the size of the input. The same CSV gives the same files.
"""
import csv
import math
import os
import sys
from collections import defaultdict

import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt  # noqa: E402
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator  # noqa: E402

# Colours that differ for the colour-blind, too (Okabe and Ito, Tol).
STYLES = {
    "sigma": ("#0072b2", "o"),
    "sigma, more memory": ("#56b4e9", "o"),
    "zstd": ("#d55e00", "s"),
    "lz4": ("#b8860b", "^"),
    "brotli": ("#009e73", "v"),
    "xz": ("#882255", "D"),
    "bzip2": ("#999933", "<"),
    "bzip3": ("#666666", ">"),
    "flac": ("#cc79a7", "P"),
    "wavpack": ("#44aa99", "X"),
    "ffv1": ("#aa4499", "*"),
}
STORES = "sigma-0"  # left out: a copy is no compression, and far from all others
OTHER = ("#000000", ".")
TEXT = 8.5  # points
BEHIND, NEXT = 1, 3  # layers


def family_of(codec):
    if "@" in codec:
        return "sigma, more memory"
    return codec.split("-")[0]


def label_of(codec, has_line):
    """The variant alone where a line of its family says the rest."""
    variant = codec.partition("-")[2]
    if "@" in codec:
        return variant.replace("@", " @ ")
    return variant if variant and has_line else codec


def geometric_mean(values):
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


def points_of(rows, direction):
    """Codec: (MB/s, ratio), geometric means over the sets of one class, of codecs that did all."""
    sets = {row["set"] for row in rows}
    values = defaultdict(list)
    for row in rows:
        size = float(row["bytes"])
        speed = size / float(row[direction + "_cpu_s"]) / 1e6
        values[row["codec"]].append((speed, size / float(row["coded"])))
    return {
        codec: tuple(geometric_mean(column) for column in zip(*pairs))
        for codec, pairs in values.items()
        if len(pairs) == len(sets) and codec != STORES
    }


def overall_of(by_class):
    """The same over classes, of codecs that are in all of them."""
    common = set.intersection(*(set(points) for points in by_class))
    return {
        codec: tuple(geometric_mean(column) for column in zip(*(points[codec] for points in by_class)))
        for codec in by_class[0]
        if codec in common
    }


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
    low, high = min(ratios), max(ratios)
    if high / low > 4:
        axes.set_yscale("log")
        log_axis(axes.yaxis, low, high)
        axes.set_ylim(low / (high / low) ** 0.06, high * (high / low) ** 0.06)
    else:
        span = max(high - low, 0.02)
        axes.yaxis.set_major_locator(MaxNLocator(8, steps=[1, 2, 2.5, 5, 10]))
        axes.set_ylim(low - 0.06 * span, high + 0.06 * span)


def overlap(a, b):
    width = min(a.x1, b.x1) - max(a.x0, b.x0)
    height = min(a.y1, b.y1) - max(a.y0, b.y0)
    return max(width, 0) * max(height, 0)


def place_labels(figure, axes, labels, lines):
    """Puts each label beside its point, where it covers least of points, lines and other labels."""
    renderer = figure.canvas.get_renderer()
    figure.draw(renderer)
    figure.set_layout_engine("none")  # what is placed now must stay where it is
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


def plot_codecs(points, direction, title, path):
    figure, axes = plt.subplots(figsize=(8.2, 5.4), layout="constrained")
    speeds = [speed for speed, _ in points.values()]
    ratios = [ratio for _, ratio in points.values()]
    low, high = min(speeds), max(speeds)
    axes.set_xscale("log")
    axes.set_xlim(low / (high / low) ** 0.05, high * (high / low) ** 0.07)
    log_axis(axes.xaxis, low, high)
    ratio_axis(axes, ratios)
    axes.grid(True, which="major", color="#dddddd", lw=0.6, zorder=0)

    xs, ys = staircase(pareto_front(points.values()), low / (high / low) ** 0.05)
    axes.plot(xs, ys, color="#cccccc", lw=4.5, solid_joinstyle="round", zorder=BEHIND,
              label="no codec is faster and smaller")
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
    axes.set_title(title, loc="left", fontsize=11)
    axes.set_xlabel(f"{direction} speed: MB/s of CPU time, logarithmic")
    axes.set_ylabel("compression ratio: bytes in by bytes out")
    axes.legend(fontsize=TEXT, loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False)
    place_labels(figure, axes, labels, lines)
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
    if max(added) > 24:
        axes.set_yscale("log")
        log_axis(axes.yaxis, max(min(added), 0.1), max(added))
    else:
        axes.set_ylim(0, max(added) * 1.1)
    axes.grid(True, which="major", color="#dddddd", lw=0.6)
    axes.set_title("Memory against input size", loc="left", fontsize=11)
    axes.set_xlabel("input: MB, logarithmic")
    axes.set_ylabel("peak resident set added to identity or cat: MiB")
    axes.legend(fontsize=TEXT, loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False)
    save(figure, path)


def save(figure, path):
    figure.savefig(path, metadata={"Date": None})
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
    classes = list(dict.fromkeys(row["class"] for row in codecs))
    for direction in ("encode", "decode"):
        by_class = []
        for name in classes:
            rows = [row for row in codecs if row["class"] == name]
            points = points_of(rows, direction)
            by_class.append(points)
            plot_codecs(points, direction, f"{name}: ratio against speed to {direction}",
                        os.path.join(folder, f"{direction}-{name}.svg"))
        if len(classes) > 1:
            plot_codecs(overall_of(by_class), direction,
                        f"Geometric means of {len(classes)} classes: ratio against speed to {direction}",
                        os.path.join(folder, f"{direction}-overall.svg"))
    if memory:
        plot_memory(memory, os.path.join(folder, "memory.svg"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
