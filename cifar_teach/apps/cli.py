"""The commands of this package for ``cifar-teach``; what they do is imported when they are called."""

from __future__ import annotations

import argparse
from pathlib import Path

FORMATS = ("litert", "onnx", "keras", "h5")
QUANTIZATIONS = ("float16", "int8")


def add_commands(commands: argparse._SubParsersAction) -> None:
    """Add the commands of this package to ``commands``, the subparsers of ``cifar-teach``."""
    app = commands.add_parser("app", help="let visitors give pictures to trained networks; export apps and models")
    kinds = app.add_subparsers(required=True, metavar="WHAT")

    for name, port, words in (("gradio", 7860, "with Gradio"), ("streamlit", 8501, "with Streamlit")):
        serve = kinds.add_parser(name, help=f"the app {words}, on this computer")
        _add_models_option(serve)
        serve.add_argument("--host", default="127.0.0.1", help="address to listen at (default: this computer only)")
        serve.add_argument("--port", type=int, default=port, help=f"port to listen at, 0: any free one ({port})")
        if name == "gradio":
            serve.add_argument("--share", choices=("yes", "no"), default="no", help="a public address, through Gradio")
        serve.set_defaults(call=_gradio if name == "gradio" else _streamlit)

    space = kinds.add_parser("export-space", help="write a Hugging Face Space that starts from its folder alone")
    space.add_argument("folder", type=Path, metavar="DIR", help="where to write it; must be empty or not exist")
    space.add_argument("--sdk", choices=("gradio", "docker"), default="gradio", help="docker: the Streamlit app")
    _add_models_option(space)
    space.add_argument("--title", default="CIFAR Teach", help="what the Space is called on its page")
    space.set_defaults(call=_export_space)

    model = kinds.add_parser("export-model", help="write a model for other programs, and compare what it answers")
    model.add_argument("model", metavar="NAME|FILE", help="a model of the package, or a .keras or .h5 file")
    model.add_argument("--to", choices=FORMATS, required=True, help="h5: for programs that cannot read .keras yet")
    model.add_argument("--out", type=Path, required=True, metavar="FILE")
    model.add_argument(
        "--quantize", choices=QUANTIZATIONS, help="smaller weights (LiteRT): what that changes is measured and shown"
    )
    model.add_argument(
        "--data", metavar="SRC", help="images to compare on, and to fit int8 on (default: drawn pictures)"
    )
    model.set_defaults(call=_export_model)


def _add_models_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--models",
        type=_names,
        action="extend",
        default=[],
        metavar="A,B",
        help=".keras or .h5 files (those of a run are runs/*/model.keras) to offer beside the models of the package; "
        "when models of the package are named, only what is named (default: the models of the package)",
    )


def _names(text: str) -> list[str]:
    if Path(text).is_file():  # a comma in the name of a folder
        return [text]
    return [name.strip() for name in text.split(",") if name.strip()]


def _gradio(options: argparse.Namespace) -> None:
    from ..environment import load_keras_quietly
    from .gradio_app import launch
    from .recogniser import Recogniser, choose_models

    files = choose_models(options.models)
    load_keras_quietly()
    launch(Recogniser(files), host=options.host, port=options.port, share=options.share == "yes")


def _streamlit(options: argparse.Namespace) -> int:
    from .recogniser import choose_models
    from .serve_streamlit import serve

    choose_models(options.models)  # a wrong path should be noticed here, not in the browser
    return serve(options.models, host=options.host, port=options.port)


def _export_space(options: argparse.Namespace) -> None:
    from .recogniser import choose_models
    from .space import export_space

    files = choose_models(options.models)
    written = export_space(options.folder, files, sdk=options.sdk, title=options.title)
    print("\n".join(str(path) for path in written))
    print(
        f"The Space is in {options.folder}; its README.md says how to start it here and how to publish it. "
        "Before you publish, read the model card in it."
    )


def _export_model(options: argparse.Namespace) -> None:
    from ..environment import load_keras_quietly
    from .export import export_model
    from .recogniser import choose_models

    path = next(iter(choose_models([options.model]).values()))
    load_keras_quietly()
    report = export_model(
        options.model if path is None else path,
        options.out,
        to=options.to,
        quantize=options.quantize,
        source=options.data,
    )
    print(report.describe())
