"""Apps in which a visitor gives pictures to trained networks, and models as files for other programs.

The path from a picture to an answer is the same in both apps, in a Space and in ``cifar-teach predict``::

    from cifar_teach.apps import Recogniser, choose_models, read_upload

    recogniser = Recogniser(choose_models(["tinynet"]))
    picture = read_upload("holiday.jpg")
    ((answer,),) = recogniser.recognise([picture], ["tinynet"])
    print(answer.best, answer.confidence, answer.may_be_none)

====================  ==========================================================================================
``uploads``           ``read_upload``: from what a stranger sends to pixels, or a refusal
``recogniser``        ``Recogniser``, ``Answer``: from pictures to calibrated answers; ``choose_models``
``session``           one question of a visitor, answered: results, refusals, the table
``results_page``      the results as HTML, the same in both apps
``words``             what both apps say
``gradio_app``        the Gradio app
``streamlit_app``     the Streamlit app; ``serve_streamlit`` starts it
``pasting``           a picture in the clipboard; ``ports``: a free port
``space``             ``export_space``: a Hugging Face Space; ``space_texts`` are its text files
``export``            ``export_model``: LiteRT, ONNX, ``.keras``, ``.h5``, each compared with the original
``litert``            a Keras network as LiteRT, and ``run_litert``: what such a file answers
``onnx_writer``       a Keras network as ONNX, node by node
``cli``               ``cifar-teach app``
====================  ==========================================================================================
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .export import ExportReport, export_model, run_onnx
    from .litert import run_litert
    from .recogniser import Answer, Recogniser, answers_of, choose_models
    from .space import export_space
    from .uploads import Picture, read_upload

__all__ = [
    "Answer",
    "ExportReport",
    "Picture",
    "Recogniser",
    "answers_of",
    "choose_models",
    "export_model",
    "export_space",
    "read_upload",
    "run_litert",
    "run_onnx",
]

# The command line loads this package to learn its commands, and the Streamlit app is a module of it, so nothing is
# imported before it is asked for.
_HOMES = {
    "export": ("ExportReport", "export_model", "run_onnx"),
    "litert": ("run_litert",),
    "recogniser": ("Answer", "Recogniser", "answers_of", "choose_models"),
    "space": ("export_space",),
    "uploads": ("Picture", "read_upload"),
}


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(importlib.import_module(f".{home}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
