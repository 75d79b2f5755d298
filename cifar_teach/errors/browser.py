"""All mistakes of a model in one HTML file that needs nothing else: no server, no network, no JavaScript."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from ..data import check_images
from ..evaluate import Evaluation, evaluate
from ..evaluate.inputs import as_labels_and_probabilities, check_same_length
from ..exceptions import DataError
from ..files import replacing
from .ranking import hardest_images, largest_errors

TEMPLATE = "browser.html"
PAIRS_LISTED = 12


def write_error_browser(
    path: str | Path,
    images: np.ndarray,
    labels: ArrayLike,
    probabilities: ArrayLike,
    class_names: Sequence[str],
    *,
    title: str,
    provenance: str,
    limit: int = 500,
) -> Path:
    """Write one self-contained HTML page with the images a model got wrong, most confident first.

    The page filters by true and predicted class, sorts, lists the most frequent confusions, and shows for
    each image the three classes the model found most likely. An image of 32 x 32 takes about 4 kB.

    Args:
        path: file to write; missing folders are created, an existing file is replaced in one step.
        images: uint8 ``(n, size, size, 3)``, the whole test set.
        labels: true classes, int ``(n,)``.
        probabilities: ``(n, classes)``, rows sum to 1.
        class_names: one name per class.
        title: heading of the page, such as ``"Errors of fastnet"``.
        provenance: where the images come from, shown under the heading; for example
            ``dataset.provenance.describe()``.
        limit: how many images at most.

    Returns:
        The path written.

    Raises:
        DataError: images, labels, probabilities and names that do not fit together, or a limit below 1.
        CifarTeachError: the file cannot be written.
    """
    check_images(images)
    labels, probabilities = as_labels_and_probabilities(labels, probabilities)
    check_same_length("images", images, "labels", labels)
    evaluation = evaluate(labels, probabilities, class_names)
    if limit < 1:
        raise DataError(f"The page needs room for at least 1 image, but the limit is {limit}.")
    shown = hardest_images(labels, probabilities, limit)
    cards = [
        _card(index, images[index], int(labels[index]), probabilities[index], evaluation.class_names)
        for index in shown.tolist()
    ]
    page = _render(title=title, provenance=provenance, cards=cards, **_summary(evaluation))
    return _write(Path(path), page)


def _card(
    index: int, image: np.ndarray, true: int, probabilities: np.ndarray, class_names: Sequence[str]
) -> dict[str, object]:
    """Return everything the template says about one image."""
    predicted = int(probabilities.argmax())
    listed = np.argsort(-probabilities, kind="stable")[:3].tolist()
    if true not in listed:
        listed.append(true)  # how far down the right answer was belongs in the picture
    confidence = float(probabilities[predicted])
    return {
        "index": index,
        "source": _png_uri(image),
        "true": true,
        "predicted": predicted,
        "confidence": round(confidence, 6),
        "alt": f"true {class_names[true]}, predicted {class_names[predicted]}, confidence {confidence:.2f}",
        "bars": [
            {
                "name": class_names[c],
                "percent": f"{100 * probabilities[c]:.1f}",
                "kind": "true" if c == true else "said" if c == predicted else "other",
            }
            for c in listed
        ],
    }


def _summary(evaluation: Evaluation) -> dict[str, object]:
    """Return what the header and the filters say about the whole test set."""
    errors = evaluation.n_test - int(evaluation.confusion.trace())
    return {
        "accuracy": evaluation.describe(),
        "errors": errors,
        "n_test": evaluation.n_test,
        "class_names": evaluation.class_names,
        "pairs": largest_errors(evaluation.confusion, PAIRS_LISTED),
    }


def _png_uri(image: np.ndarray) -> str:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def _render(**values: object) -> str:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,  # titles, class names and provenance are text, never markup
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(TEMPLATE).render(values)


def _write(path: Path, text: str) -> Path:
    with replacing(path) as draft:
        draft.write_text(text, encoding="utf-8")
    return path
