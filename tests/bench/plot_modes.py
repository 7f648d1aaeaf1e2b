#!/usr/bin/python3
#
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Draws which predictor each block of a picture took:

    tests/bench/plot_modes.py STREAM.sigma PICTURE.png [FRAME]

STREAM holds frames, of which FRAME (1), from 0, is drawn: its first plane, from the chunk in which it begins. It is
read by tests/reference/sigma_decode.py, without its samples. Needs Debian's python3-matplotlib, python3-xxhash and
python3-zstandard.
"""
import io
import pathlib
import sys

import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt  # noqa: E402
from matplotlib.colors import ListedColormap  # noqa: E402
from matplotlib.patches import Patch  # noqa: E402

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "reference"))
import sigma_decode  # noqa: E402

# Around a sample in yellows and reds, the frame before in blues: colours that differ for the colour-blind, too.
KINDS = {
    "median of left, above and corner": "#f0e442",
    "left": "#e69f00",
    "linear, around": "#d55e00",
    "frame before": "#d8ecf8",
    "median of the difference to it": "#56b4e9",
    "linear, with the frame before": ["#0072b2", "#004c78", "#009e73", "#00523b"],
}


def kind_of(predictor, before):
    """A predictor's kind; `before` is the least offset into the frame before."""
    if isinstance(predictor, sigma_decode.Median):
        return list(KINDS)[4 if any(offset >= before for offset in predictor.references) else 0]
    offsets = [offset for offset in predictor.offsets if offset]
    reaches_back = max(offsets) >= before
    if len(offsets) == 1:
        return list(KINDS)[3 if reaches_back else 1]
    return list(KINDS)[5 if reaches_back else 2]


class Found(Exception):
    """The frame that is looked for is there: modes by row of blocks, and their predictors."""


def watch(wanted):
    """Stops at the chunk that has the wanted frame whole."""
    begun = 0

    def restore(self, reference, modes, residuals):
        nonlocal begun
        size = sum(plane.row * plane.rows for plane in self.planes)
        count = len(residuals) // self.width
        first = begun
        begun += count
        at = wanted * size - first
        if not 0 <= at <= count - size:
            return bytes(len(residuals))  # only modes are looked at
        rows = []
        block = blocks = 0
        for i, (number, _, x, begins) in enumerate(self.places(count)):
            if begins:
                block = blocks
                blocks += self.blocks_in_row(number)
                if number == 0 and at <= i < at + size:
                    rows.append(list(modes[block:blocks]))
        raise Found(rows, self.predictors[0], size - 4 * self.planes[0].row)

    require = sigma_decode.require
    sigma_decode.Frames.restore = restore
    sigma_decode.require = lambda holds, name: require(holds or name == "a raw hash does not match", name)


def draw(rows, predictors, before, path):
    colours = []
    names = {}
    for predictor in predictors:
        kind = kind_of(predictor, before)
        choice = KINDS[kind]
        if isinstance(choice, list):
            choice = choice[sum(colour in choice for colour in colours) % len(choice)]
        colours.append(choice)
        names.setdefault(kind, choice)
    counts = {kind: 0 for kind in names}
    for row in rows:
        for mode in row:
            counts[kind_of(predictors[mode], before)] += 1
    total = sum(counts.values())
    figure, axes = plt.subplots(figsize=(7.2, 6.2), dpi=100)
    axes.imshow(rows, cmap=ListedColormap(colours), vmin=-0.5, vmax=len(colours) - 0.5, interpolation="nearest")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.legend(handles=[Patch(facecolor=names[kind], edgecolor="#666666", linewidth=0.5,
                               label=f"{kind}: {100 * counts[kind] / total:.0f} %") for kind in KINDS if kind in names],
                loc="upper center", bbox_to_anchor=(0.5, -0.02), ncol=2, frameon=False, fontsize=9)
    figure.savefig(path, bbox_inches="tight", metadata={"Software": None})


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    watch(int(sys.argv[3]) if len(sys.argv) == 4 else 1)
    try:
        with open(sys.argv[1], "rb") as stream:
            sigma_decode.decode(sigma_decode.Cursor(stream.read()), io.BytesIO(), io.BytesIO(), 1 << 30)
    except Found as found:
        draw(*found.args, sys.argv[2])
    except sigma_decode.Malformed as error:
        sys.exit(f"{sys.argv[1]}: no chunk of frames has this frame whole ({error})")
    else:
        sys.exit(f"{sys.argv[1]}: no chunk of frames has this frame whole")


if __name__ == "__main__":
    main()
