"""The text files of a Space: front matter, app, Dockerfile, model cards."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
"""The Python of this computer: the versions that a Space pins are known to go together on it."""
PORT = 8501

GIT_ATTRIBUTES = "".join(
    f"*.{ending} filter=lfs diff=lfs merge=lfs -text\n" for ending in ("npz", "keras", "h5", "tflite", "onnx")
)

DOCKERFILE = f"""\
FROM python:{PYTHON}-slim

# Spaces run containers as user 1000.
RUN useradd --create-home --uid 1000 user
WORKDIR /home/user/app
COPY --chown=user requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY --chown=user . .
USER user

ENV TF_CPP_MIN_LOG_LEVEL=3 PYTHONUNBUFFERED=1 APP_HOST=0.0.0.0 APP_PORT={PORT}
EXPOSE {PORT}
HEALTHCHECK CMD python -c "import urllib.request as r; r.urlopen('http://localhost:{PORT}/_stcore/health')"
CMD ["python", "app.py"]
"""

_GRADIO_APP = '''\
"""Start the app: on Spaces, and anywhere with `python app.py`."""

import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.chdir(Path(__file__).parent)

from cifar_teach.apps.gradio_app import launch  # noqa: E402
from cifar_teach.apps.recogniser import Recogniser, choose_models  # noqa: E402
from cifar_teach.environment import load_keras_quietly  # noqa: E402

MODELS = {models}

if __name__ == "__main__":
    files = choose_models(MODELS)
    load_keras_quietly()
    launch(
        Recogniser(files),
        # Spaces say where to listen; elsewhere it is this computer only.
        host=os.environ.get("GRADIO_SERVER_NAME", "0.0.0.0" if "SPACE_ID" in os.environ else "127.0.0.1"),
        port=int(os.environ.get("GRADIO_SERVER_PORT", "7860")),
    )
'''

_STREAMLIT_APP = '''\
"""Start the app: in the container of the Space, and anywhere with `python app.py`."""

import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
folder = Path(__file__).resolve().parent
os.chdir(folder)
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH")]))

from cifar_teach.apps.serve_streamlit import serve  # noqa: E402

MODELS = {models}

if __name__ == "__main__":
    host, port = os.environ.get("APP_HOST", "127.0.0.1"), int(os.environ.get("APP_PORT", "8501"))
    sys.exit(serve(MODELS, host=host, port=port))
'''


def app(kind: str, models: list[str]) -> str:
    """Return ``app.py`` for ``gradio`` or ``streamlit``, offering ``models``."""
    return (_GRADIO_APP if kind == "gradio" else _STREAMLIT_APP).replace("{models}", json.dumps(models))


def readme(title: str, sdk: str, version: str, cards: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the README of the Space with its front matter."""
    kind = {"gradio": f"sdk_version: {json.dumps(version)}\napp_file: app.py\n", "docker": f"app_port: {PORT}\n"}[sdk]
    rows = "\n".join(
        f"| [{name}](model-cards/{file_name(name)}.md) | {_count(card)} | {_accuracy(card)} | {_data(card)} |"
        for name, card in cards.items()
    )
    container = f"Or in a container: `docker build -t app . && docker run -p {PORT}:{PORT} app`.\n\n"
    return (
        f"---\ntitle: {json.dumps(title, ensure_ascii=False)}\nemoji: 🔎\ncolorFrom: blue\ncolorTo: green\nsdk: {sdk}\n"
        f'{kind}python_version: "{PYTHON}"\npinned: false\nlicense: mit\n'
        "short_description: What do small CIFAR-10 networks see in your picture?\n"
        "tags:\n- image-classification\n- cifar10\n- keras\n- education\n---\n\n"
        f"# {title}\n\nGive pictures to networks that know {_classes(cards)}, and see what they see, how sure they are "
        "after calibration, and where in the picture they find evidence.\n\n"
        f"| model | parameters | test accuracy | measured on |\n|---|--:|---|---|\n{rows}\n\n"
        "## Start it\n\n"
        f"With Python {PYTHON}:\n\n```\npip install -r requirements.txt\npython app.py\n```\n\n"
        + (container if sdk == "docker" else "")
        + "To publish it, make a new Space of this SDK on Hugging Face, and push the content of this folder to its "
        "repository (`git lfs install` first: weights are large files).\n\n"
        "The folder `cifar_teach` is a copy of what the app needs of the course's package. Code: MIT. Pictures of "
        "visitors are deleted when they leave or within an hour or so after it.\n"
    )


_ONE_TRAINING = "the numbers above are of this one training"


def model_card(name: str, card: Mapping[str, Any]) -> str:
    """Return the card of one model as Markdown; only what its note holds is said."""
    data, accuracy = card.get("data") or {}, card.get("accuracy")
    metrics = ""
    if isinstance(accuracy, float):
        metrics = (
            f"model-index:\n- name: {json.dumps(name)}\n  results:\n  - task:\n      type: image-classification\n"
            f"    dataset:\n      name: {json.dumps(data.get('name', 'unknown'))}\n      type: {_dataset_type(data)}\n"
            f"      split: test\n    metrics:\n    - type: accuracy\n      value: {accuracy:.4f}\n"
        )
    lines = [
        f"---\nlibrary_name: keras\nlicense: mit\npipeline_tag: image-classification\n{metrics}---\n",
        f"# {name}\n",
        f"Classes: {', '.join(card.get('class_names', ()))}.\n",
        "## What was measured\n",
        f"- Test accuracy: {_accuracy(card)}, on {_data(card)}"
        + (f" ({card['n_test']:,} test images)." if "n_test" in card else "."),
        f"- Parameters: {_count(card)}."
        + (f" Multiply-adds for one look at one picture: {card['macs'] / 1e6:.0f} million." if "macs" in card else ""),
    ]
    if "ece_calibrated" in card:
        lines.append(
            f"- Expected calibration error after temperature scaling: {100 * card['ece_calibrated']:.1f} points."
        )
    lines += _doubt(card.get("doubt") or {})
    lines.append("\n## How it was trained\n")
    if "protocol" in card:
        lines.append(f"- {card['protocol'][:1].upper()}{card['protocol'][1:]}.")
    if data:
        lines.append(f"- Data: {data.get('name')}, {data.get('train_size', 0):,} labelled images in all.")
    if "seed" in card:
        lines.append(f"- Seed {card['seed']}." if accuracy is None else f"- Seed {card['seed']}; {_ONE_TRAINING}.")
    if not data and "seed" not in card:
        lines.append("- Its note does not say.")
    lines += [
        "\n## Limits\n",
        "- It sees the middle of a picture in few pixels. Photos unlike those it was trained on get worse answers, and "
        "its confidence is calibrated for photos like those only.",
        "- It has no answer for anything outside of its classes, and is often sure of a wrong one.",
        "- It is made for teaching. Do not let it decide anything.",
    ]
    if data.get("is_synthetic"):
        lines.append("- **It was trained on drawn pictures, not on photographs.**")
    return "\n".join(lines) + "\n"


def _dataset_type(data: Mapping[str, Any]) -> str:
    """Return what a card's index calls the data set: only results on CIFAR-10 are filed under its name."""
    kind = str(data.get("kind", "unknown"))
    return "cifar10" if kind.startswith("cifar10") else json.dumps(kind)


def _doubt(doubt: Mapping[str, Any]) -> list[str]:
    if "threshold" not in doubt:
        return ["- When it should say that it does not know was not measured."]
    lines = [
        f"- Below {doubt['threshold']:.1%} calibrated confidence the app says that the picture may be none of the "
        f"classes. {doubt.get('keep', 0):.0%} of its right answers on {doubt.get('validation_images', 0):,} validation "
        "images are above it."
    ]
    for key, words in (
        ("right_below", "of its right answers on test images"),
        ("wrong_below", "of its wrong answers on test images"),
        ("strangers_below", "of pictures of other things"),
    ):
        if key in doubt:
            low, high = doubt[key]["interval"]
            lines.append(f"  - {doubt[key]['share']:.1%} {words} are below it (95 % interval {low:.1%} to {high:.1%}).")
    return lines


def _accuracy(card: Mapping[str, Any]) -> str:
    if not isinstance(card.get("accuracy"), float):
        return "not in its note"
    low, high = card.get("interval") or (None, None)
    return f"{card['accuracy']:.1%}" + (f" (95 % interval {low:.1%} to {high:.1%})" if low is not None else "")


def _data(card: Mapping[str, Any]) -> str:
    return (card.get("data") or {}).get("name", "unknown data")


def _count(card: Mapping[str, Any]) -> str:
    count = card.get("parameters", card.get("params"))
    return "unknown" if count is None else f"{count:,}"


def _classes(cards: Mapping[str, Mapping[str, Any]]) -> str:
    known = {tuple(card.get("class_names", ())) for card in cards.values()}
    names = known.pop() if len(known) == 1 else ()
    return f"{len(names)} classes ({', '.join(names)})" if names else "a few classes"


def file_name(name: str) -> str:
    """Return the name of a model as part of a file's name."""
    return "".join(character if character.isalnum() or character in "._-" else "-" for character in name)
