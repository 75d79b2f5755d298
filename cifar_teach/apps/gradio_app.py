"""The Gradio app: ``cifar-teach app gradio``."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..config import CLASS_NAMES
from ..exceptions import CifarTeachError
from . import words
from .pasting import LISTEN
from .ports import free_port
from .recogniser import Recogniser
from .results_page import models_html, results_html, table_html
from .session import Outcome, Upload, answer_example, answer_uploads, example_images

if TYPE_CHECKING:
    import gradio as gr

WIRE_LIMIT = "100mb"
"""Larger files are cut off while they arrive. Below it our own limit applies, which names the file and the reason."""
KEPT_SECONDS = (600, 3600)
"""How often files of visitors who have left are looked for, and the age in seconds at which they are deleted."""

STYLE = """
.gradio-container { max-width: 1240px !important; margin: 0 auto !important; }
#ct-head h1 { margin-bottom: .2rem; }
#ct-head p { max-width: 46rem; }
#ct-examples { display: grid; grid-template-columns: repeat(5, minmax(0, 1fr)); gap: 8px; }
#ct-examples button { min-width: 0; padding: 6px 2px; font-size: .82rem; flex-direction: column; gap: 4px;
  font-weight: 500; }
#ct-examples button img { width: 44px; height: 44px; max-width: none; border-radius: 6px;
  image-rendering: pixelated; margin: 0; }
#ct-main { align-items: flex-start; }
/* Whatever is too wide, such as the table, scrolls by itself and does not widen the page. */
.gradio-container { width: 100% !important; min-width: 0 !important; }
.gradio-container :is(.main, .wrap, main, .column) { min-width: 0; }
@media (max-width: 800px) {
  #ct-main { flex-direction: column; }
  #ct-main > * { min-width: 0 !important; width: 100%; flex: none !important; }
}
footer { display: none !important; }
"""

Asked = list[Upload] | int | None
"""What a visitor asks about: uploads, or the class of an example drawing."""

PASTE = f"""() => ({LISTEN})(document, "#ct-files input[type=file]")"""


def build_app(recogniser: Recogniser) -> gr.Blocks:
    """Return the app as ``gradio.Blocks``; nothing is served yet.

    Raises:
        CifarTeachError: Gradio is not installed.
    """
    # Before the import: Gradio asks its maker's server for news when it is loaded.
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    try:
        import gradio as gr
    except ImportError as problem:
        raise CifarTeachError("Gradio is not installed. Install it with: pip install 'cifar-teach[apps]'") from problem

    folder = tempfile.TemporaryDirectory(prefix="cifar-teach-examples-")
    examples = _example_files(Path(folder.name))

    # What is asked about is kept for each visitor, so that another choice of models or another setting is answered for
    # what is on the page, be it files, a photo or a drawing.
    def answer(asked: Asked, names: list[str], top: int, evidence: bool) -> tuple[str, str]:
        if isinstance(asked, int):
            outcome = answer_example(recogniser, asked, names, evidence=evidence)
        elif asked:
            outcome = answer_uploads(recogniser, asked, names, evidence=evidence)
        else:
            outcome = Outcome([], [])
        return results_html(outcome, int(top)), table_html(outcome)

    def classify(files: list[str] | None, asked: Asked, names: list[str], top: int, evidence: bool) -> tuple[Any, ...]:
        if not files and isinstance(asked, int):
            return gr.skip(), gr.skip(), gr.skip()  # the drawing on the page has just taken the place of the files
        uploads = [(path, os.path.basename(path)) for path in files or []]
        return uploads, *answer(uploads, names, top, evidence)

    def photograph(path: str | None, *settings: Any) -> tuple[Any, ...]:
        uploads = [(path, "photo from the camera")] if path else []
        return uploads, *answer(uploads, *settings)

    with gr.Blocks(title=words.TITLE, analytics_enabled=False, delete_cache=KEPT_SECONDS) as app:
        gr.Markdown(f"# {words.TITLE}\n{words.INTRODUCTION}", elem_id="ct-head")
        with gr.Row(elem_id="ct-main"):
            with gr.Column(scale=4, min_width=320):
                models = gr.CheckboxGroup(
                    recogniser.names, value=recogniser.default, label="Models", elem_id="ct-models"
                )
                with gr.Tabs():
                    with gr.Tab("Files or clipboard"):
                        files = gr.File(
                            file_count="multiple", type="filepath", label="Pictures", elem_id="ct-files", height=180
                        )
                        gr.Markdown(f"Drop, choose or paste (Ctrl+V). {words.UPLOADS}")
                    with gr.Tab("Camera"):
                        # As the camera gave it: Gradio's own conversion would come before ours.
                        camera = gr.Image(
                            sources=["webcam"], type="filepath", image_mode=None, format="png", label="Camera",
                            elem_id="ct-camera",
                        )  # fmt: skip
                        gr.Markdown(words.CAMERA_NOTE)
                gr.Markdown("**Or a drawing**, made by a program:")
                with gr.Row(elem_id="ct-examples"):
                    buttons = [
                        gr.Button(name, icon=icon, size="sm", variant="secondary", min_width=60)
                        for name, icon in zip(CLASS_NAMES, examples, strict=True)
                    ]
                with gr.Accordion("Settings", open=False):
                    top = gr.Slider(1, 10, value=3, step=1, label="Classes to show")
                    evidence = gr.Checkbox(True, label="Show where the models see evidence (Grad-CAM)")
            with gr.Column(scale=7, min_width=320):
                page = gr.HTML(results_html(Outcome([], [])), elem_id="ct-results")
                table = gr.HTML(elem_id="ct-table")
        with gr.Accordion("How to read this, and what is known about the models", open=False):
            gr.Markdown(words.HOW_TO_READ)
            facts = gr.HTML()
            gr.Markdown(words.PRIVACY)

        asked = gr.State(None)
        settings, outputs = [models, top, evidence], [page, table]
        # One queue for all: pictures of several visitors are computed one after the other.
        one = {"concurrency_limit": 1, "concurrency_id": "networks", "show_progress_on": [page]}
        files.change(
            classify, [files, asked, *settings], [asked, *outputs], api_name="classify", **one,
        )  # fmt: skip
        camera.input(photograph, [camera, *settings], [asked, *outputs], api_name=False, **one)
        gr.on([models.change, top.release, evidence.change], answer, [asked, *settings], outputs, api_name=False, **one)
        for label, button in enumerate(buttons):
            button.click(
                lambda *settings, label=label: (None, label, *answer(label, *settings)),
                settings, [files, asked, *outputs], api_name=False, **one,
            )  # fmt: skip
        app.load(lambda: models_html({n: recogniser.load(n) for n in recogniser.names}), None, facts, api_name=False)
        app.load(None, None, None, js=PASTE)
    app.examples_folder = folder  # lives, and is removed, with the app
    return app


def launch(
    recogniser: Recogniser, *, host: str = "127.0.0.1", port: int = 7860, share: bool = False, block: bool = True
) -> str:
    """Serve the app and return its address.

    Args:
        recogniser: the models.
        host: address to listen at: 127.0.0.1 is this computer only, 0.0.0.0 everybody who can reach it.
        port: port to listen at; 0 takes any free one.
        share: also make a public address, through a server of Gradio's makers. Off unless asked for.
        block: wait until the app is stopped.

    Raises:
        CifarTeachError: Gradio is not installed, or the port is taken.
    """
    app = build_app(recogniser)
    recogniser.warm_up()
    try:
        _, address, public = app.queue(max_size=100).launch(
            server_name=host,
            server_port=port or free_port(host),
            share=share,
            inbrowser=False,
            quiet=True,
            prevent_thread_lock=True,
            max_file_size=WIRE_LIMIT,
            footer_links=[],
            ssr_mode=False,
            theme=_theme(),
            css=STYLE,
        )
    except OSError as problem:
        raise CifarTeachError(f"Port {port} cannot be used ({problem}). Choose another one: --port 7870") from problem
    print(f"The app is at {address}" + (f" and at {public}" if public else "") + ". Ctrl-C ends it.", flush=True)
    if block:
        app.block_thread()
    return address


def _theme() -> Any:
    """Return a look that needs no font from another host."""
    import gradio as gr

    letters = ["ui-sans-serif", "system-ui", "sans-serif"]
    return gr.themes.Soft(
        primary_hue="blue", neutral_hue="slate", font=letters, font_mono=["ui-monospace", "Consolas", "monospace"]
    )


def _example_files(folder: Path) -> list[str]:
    """Write the drawings into ``folder``, from where Gradio takes them, and return their paths."""
    from PIL import Image

    paths = []
    for name, image in zip(CLASS_NAMES, example_images(), strict=True):
        path = folder / f"{name}.png"
        Image.fromarray(image).save(path)
        paths.append(str(path))
    return paths
