"""Drawings on the slides that show no measurement: drawn pictures of the ten classes, and what happens to the data."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Mapping
from typing import Any

from .slides_svg import WIDTH, box, drawing, line, text

SEED = 5
"""Which drawn pictures are shown."""


def pictures(read: Callable[[str], Mapping[str, Any]], about: str) -> str:
    """Show a drawn picture of each class. They come from :mod:`cifar_teach.synthetic` and may be passed on."""
    from PIL import Image

    from ..config import CLASS_NAMES
    from ..synthetic import draw

    images, labels = draw(200, seed=SEED)
    parts = []
    for number, label in enumerate(CLASS_NAMES):
        buffer = io.BytesIO()
        Image.fromarray(images[(labels == number).argmax()]).save(buffer, "PNG", optimize=True)
        left, top = 4 + number % 5 * 124, 4 + number // 5 * 158
        source = f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
        parts.append(f'<image x="{left}" y="{top}" width="116" height="116" class="pixels" href="{source}"/>')
        parts.append(text(left + 58, top + 138, label, "label", "middle"))
    described = f"A drawn stand-in picture of each of the ten classes: {', '.join(CLASS_NAMES)}."
    return drawing(312, described, parts)


def protocol(read: Callable[[str], Mapping[str, Any]], about: str) -> str:
    """Show how the images of a file of results are divided, and what each part may be used for."""
    report = read(about)
    data, held = report["data"], report["ensemble"]["n_validation"]
    count = {
        "all": f"{data['available_train']:,}",
        "budget": f"{data['train_size']:,}",
        "train": f"{data['train_size'] - held:,}",
        "held": f"{held:,}",
        "test": f"{data['test_size']:,}",
    }
    middle = WIDTH / 2 - 85
    parts = [
        *_part(0, 4, 450, 66, "plain", f"{count['all']} training images"),
        *_arrow(middle, 70, 104, "chosen with a fixed seed"),
        *_part(0, 106, 450, 66, "first", f"budget: {count['budget']}"),
        *_arrow(110, 172, 208, ""),
        *_arrow(340, 172, 208, ""),
        *_part(0, 210, 218, 86, "first", count["train"], "to train on"),
        *_part(232, 210, 218, 86, "first", count["held"], "to decide with"),
        *_arrow(middle, 296, 344, "one final model"),
        *_part(0, 346, 450, 66, "plain", "probabilities, accuracy, interval"),
        *_part(480, 4, 140, 292, "second", count["test"], "test images,", "seen once"),
        line(550, 296, 550, 379, "flow"),
        line(550, 379, 458, 379, "flow"),
        '<path d="M462 373l-11 6 11 6z" class="tip"/>',
    ]
    described = (
        f"Of {count['all']} training images a budget of {count['budget']} is chosen with a fixed seed; "
        f"{count['train']} of them are trained on, {count['held']} are for decisions. All {count['test']} test images "
        "stay apart and are seen once by each final model."
    )
    return drawing(420, described, parts)


def _part(x: float, y: float, width: float, height: float, kind: str, *words: str) -> list[str]:
    first = y + height / 2 + 7 - 12 * (len(words) - 1)
    lines = (text(x + width / 2, first + 25 * row, line_, "label", "middle") for row, line_ in enumerate(words))
    return [box(x, y, width, height, f"part {kind}", ' rx="8"'), *lines]


def _arrow(x: float, top: float, bottom: float, words: str) -> list[str]:
    tip = f'<path d="M{x - 6:g} {bottom - 11:g}h12l-6 11z" class="tip"/>'
    beside = [text(x + 14, (top + bottom) / 2 + 6, words, "small")] if words else []
    return [line(x, top, x, bottom - 8, "flow"), tip, *beside]
