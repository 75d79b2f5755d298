"""The Streamlit app: ``cifar-teach app streamlit``. Streamlit runs this file from top to bottom on every click.

Called with the models to offer after ``--``, as in ``streamlit run streamlit_app.py -- tinynet my.keras``.
"""

from __future__ import annotations

import sys
from typing import Any

from cifar_teach.apps import words
from cifar_teach.apps.pasting import LISTEN
from cifar_teach.apps.recogniser import Recogniser, choose_models
from cifar_teach.apps.results_page import models_html, results_html, table_html
from cifar_teach.apps.session import Outcome, answer_example, answer_uploads, example_images
from cifar_teach.config import CLASS_NAMES
from cifar_teach.exceptions import CifarTeachError

STYLE = """
<style>
.block-container { max-width: 1240px; padding-top: 2.2rem; }
.block-container h1 { font-size: 2.1rem; padding-bottom: .3rem; }
.st-key-examples img { image-rendering: pixelated; border-radius: 6px; }
.st-key-examples [data-testid="stHorizontalBlock"] { flex-wrap: nowrap; gap: .4rem; }
.st-key-examples [data-testid="stColumn"] { min-width: 0; flex: 1 1 0; width: auto; gap: .3rem; }
.st-key-examples [data-testid="stColumn"] [data-testid="stVerticalBlock"] { gap: .3rem; }
.st-key-examples [data-testid="stElementContainer"], .st-key-examples .stButton { width: 100% !important; }
.st-key-examples button { padding: .1rem 0; min-height: 2rem; width: 100%; }
.st-key-examples button p { font-size: .74rem; overflow: visible; text-overflow: clip; }
[data-testid="stToolbar"] [data-testid="stAppDeployButton"] { display: none; }
</style>
"""

# This script stands in a frame of its own. When Streamlit makes the frame anew, the listener of the old one is dead.
PASTE = f"""
<script>
const outside = window.parent.document;
outside.cifarTeachPaste?.abort();
outside.cifarTeachPaste = new AbortController();
({LISTEN})(outside, "[data-testid=stFileUploader] input[type=file]", {{signal: outside.cifarTeachPaste.signal}});
</script>
"""


def main(own: list[str]) -> None:
    """Draw the page.

    Args:
        own: models to offer, as for :func:`~cifar_teach.apps.recogniser.choose_models`.
    """
    import streamlit as st

    st.set_page_config(page_title=words.TITLE, page_icon="🔎", layout="wide", initial_sidebar_state="collapsed")
    st.html(STYLE)
    st.title(words.TITLE)
    st.markdown(words.INTRODUCTION)
    recogniser = _recogniser(tuple(own))
    left, right = st.columns([5, 8], gap="medium")
    with left:
        names = st.pills("Models", recogniser.names, selection_mode="multi", default=recogniser.default, key="models")
        uploads, example = _pictures(st)
        with st.expander("Settings"):
            top = st.slider("Classes to show", 1, 10, 3)
            evidence = st.checkbox("Show where the models see evidence (Grad-CAM)", value=True)
    with right:
        if example is not None:
            outcome = answer_example(recogniser, example, names, evidence=evidence)
        elif uploads:
            outcome = answer_uploads(recogniser, uploads, names, evidence=evidence)
        else:
            outcome = Outcome([], [] if names else ["No model is chosen. Choose at least one."])
        _show(st, outcome, top)
    with st.expander("How to read this, and what is known about the models"):
        st.markdown(words.HOW_TO_READ)
        st.html(models_html({name: recogniser.load(name) for name in recogniser.names}))
        st.markdown(words.PRIVACY)
    _listen_for_paste(st)


def _pictures(st: Any) -> tuple[list[tuple[bytes, str]], int | None]:
    """Draw the ways to give a picture; return what was given last: uploads, or the class of an example drawing."""

    def from_here(way: str, label: int | None = None) -> None:
        st.session_state["way"], st.session_state["example"] = way, label

    files_tab, camera_tab = st.tabs(["Files or clipboard", "Camera"])
    with files_tab:
        files = st.file_uploader(
            "Pictures", accept_multiple_files=True, on_change=from_here, args=("files",), key="files"
        )
        st.caption(f"Drop, choose or paste (Ctrl+V). {words.UPLOADS}")
    with camera_tab:
        # The browser asks for the camera as soon as this is drawn, so only when it is wanted.
        wanted = st.toggle("Use the camera", key="camera_on")
        photo = st.camera_input("Photo", on_change=from_here, args=("camera",), key="camera") if wanted else None
        st.caption(words.CAMERA_NOTE)
    st.markdown("**Or a drawing**, made by a program:")
    with st.container(key="examples"):
        for start in (0, 5):
            for column, label in zip(st.columns(5, gap="small"), range(start, start + 5), strict=True):
                column.image(example_images()[label], width="stretch")
                column.button(CLASS_NAMES[label], key=f"example-{label}", on_click=from_here, args=("example", label))
    way = st.session_state.get("way")
    if way == "example":
        return [], st.session_state["example"]
    if way == "camera" and photo is not None:
        return [(photo.getvalue(), "photo from the camera")], None
    return [(file.getvalue(), file.name) for file in files or []], None


def _show(st: Any, outcome: Outcome, top: int) -> None:
    st.html(results_html(outcome, top))
    if not outcome.rows:
        return
    st.html(table_html(outcome, link=False))
    # With the mark by which Excel knows UTF-8.
    st.download_button(
        "Download as CSV", outcome.to_csv().encode("utf-8-sig"), "answers.csv", "text/csv", on_click="ignore"
    )


def _recogniser(own: tuple[str, ...]) -> Recogniser:
    """Return the models, loaded once for all visitors: without a cache every click would load them again."""
    import streamlit as st

    @st.cache_resource(show_spinner="Loading the networks …")
    def loaded(own: tuple[str, ...]) -> Recogniser:
        from cifar_teach.environment import load_keras_quietly

        load_keras_quietly()
        recogniser = Recogniser(choose_models(own))
        recogniser.warm_up()
        return recogniser

    try:
        return loaded(own)
    except CifarTeachError as problem:
        st.error(str(problem))
        st.stop()


def _listen_for_paste(st: Any) -> None:
    import streamlit.components.v1 as components

    if hasattr(st, "iframe"):
        st.iframe(PASTE, height=1)
    else:
        components.html(PASTE, height=0)


if __name__ == "__main__":
    main(sys.argv[1:])
