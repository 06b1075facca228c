"""What this lesson draws and computes with. Given, for you to read and to use; nothing here is graded.

Functions that need something of yours take it as an argument: `collage(resize_area, image, heights)`.
"""

import numpy as np

from autograder.datasets import load_portrait
from autograder.lab import COLOURS, figure, show


def picture():
    """The portrait as the networks take it: float32 (3, 600, 512), (p - 127.5) / 128 of bytes p.

    Example:
        >>> picture().shape, float(picture().max())
        ((3, 600, 512), 0.99609375)
    """
    return ((load_portrait() * 255 - 127.5) / 128).astype(np.float32)


def collage(resize_area, image, heights):
    """The picture several times side by side, made smaller to these heights, on a grey page: resize_area is the given function.

    Example:
        >>> collage(lambda image, height, width: np.ones((3, height, width)), np.zeros((3, 6, 4)), (3, 6)).shape
        (3, 6, 6)
    """
    widths = [height * image.shape[2] // image.shape[1] for height in heights]
    page, left = np.zeros((3, max(heights), sum(widths)), image.dtype), 0
    for height, width in zip(heights, widths, strict=True):
        page[:, :height, left : left + width] = resize_area(image, height, width)
        left += width
    return page


def noise(side, seed=0):
    """A picture of nothing: random numbers as large as a picture's.

    Example:
        >>> noise(4).shape
        (3, 4, 4)
    """
    return np.random.default_rng(seed).uniform(-1, 1, size=(3, side, side)).astype(np.float32)


def seen(image):
    """Back from the networks' numbers to what matplotlib draws, (H, W, 3) between 0 and 1."""
    return np.clip((image.transpose(1, 2, 0) * 128 + 127.5) / 255, 0, 1)


def opening():
    """The picture that the lesson begins with: the portrait, and the portrait as twelve pixels see it."""
    image = picture()
    drawn, axes = figure(1, 2, height=3.4)
    axes[0].imshow(seen(image))
    axes[0].set_title("what you see")
    axes[1].imshow(seen(image[:, 100:340, 160:400].reshape(3, 12, 20, 12, 20).mean(axis=(2, 4))))
    axes[1].set_title("what a window of 12 x 12 sees")
    for ax in axes:
        ax.set_axis_off()
    return show(drawn, "A portrait of Grace Hopper in uniform, and her face averaged to twelve by twelve squares.")


def outlines(ax, boxes, colour):
    """Draw boxes (M, 4) as outlines."""
    for x1, y1, x2, y2 in np.asarray(boxes):
        ax.plot([x1, x2, x2, x1, x1], [y1, y1, y2, y2, y1], color=COLOURS[colour], linewidth=1.2)


def stages(image, steps, points):
    """The portrait with the boxes of each stage: steps = {title: boxes (M, 4)}; points (M, 5, 2) on the last."""
    drawn, axes = figure(1, len(steps), height=3.2, squeeze=False)
    for ax, (title, boxes) in zip(axes[0], steps.items(), strict=True):
        ax.imshow(seen(image))
        outlines(ax, boxes, "gradient")
        ax.set(title=f"{title}: {len(boxes)}", xlim=(0, image.shape[2]), ylim=(image.shape[1], 0))
        ax.set_axis_off()
    for marks in np.asarray(points):
        axes[0, -1].plot(marks[:, 0], marks[:, 1], "o", color=COLOURS["value"], markersize=3)
    counts = ", ".join(f"{title} {len(boxes)}" for title, boxes in steps.items())
    return show(
        drawn, f"The portrait with the boxes that each network leaves: {counts}. Dots mark eyes, nose and mouth."
    )


def maps(heat):
    """P-Net's maps at several scales: heat = {title: (H', W') probabilities}."""
    drawn, axes = figure(1, len(heat), height=2.4, squeeze=False)
    for ax, (title, values) in zip(axes[0], heat.items(), strict=True):
        ax.imshow(values, vmin=0, vmax=1, cmap="gray")
        ax.set_title(title)
        ax.set_axis_off()
    most = ", ".join(f"{title}: {values.max():.2f}" for title, values in heat.items())
    return show(
        drawn, f"How sure the first network is at every place, light for sure. The surest cell at each scale: {most}."
    )


def cascade(faces, image, params):
    """The boxes that your find_faces hands to the second network and to the third, seen on the way, and what it returns."""
    seen, own = {}, faces.crop_boxes

    def watching(image, boxes, size):
        seen[size] = np.array(boxes)
        return own(image, boxes, size)

    faces.crop_boxes = watching
    try:
        found = faces.find_faces(image, params)
    finally:
        faces.crop_boxes = own
    return seen[24], seen[48], found
