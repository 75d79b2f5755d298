"""Run the pages whose outputs are not stored yet, several at a time, before Sphinx reads them one after the other.

Sphinx then finds every output in the store of ``jupyter-cache``. Most of a page's time is drawing and starting, which
keeps one core busy; several pages keep several busy. The networks of the dashboard are trained beside the last pages.
"""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from jupyter_cache.executors.utils import single_nb_execution
from myst_nb.core.read import create_nb_reader
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError
from sphinx.util import logging

from . import dashboard

LOGGER = logging.getLogger(__name__)
MOST_AT_ONCE = 4
"""Each page may take a GiB or two of memory."""
QUIET = ["--IPKernelApp.log_level=ERROR"]
"""Kernels warn that their messages are not encrypted; they do not leave this machine."""


def run_pages(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Run those pages of ``docnames`` that have code and no stored outputs, and store what comes.

    Raises:
        ExtensionError: a cell failed.
        RuntimeError: the dashboard could not be made.
    """
    if env.mystnb_config.execution_mode != "cache":
        return
    cache = get_cache(app.config.nb_execution_cache_path)
    waiting = {}
    for name in docnames:
        path = Path(env.doc2path(name))
        notebook = _notebook(env, path)
        if notebook is None:
            continue
        try:
            cache.match_cache_notebook(notebook)
        except KeyError:
            waiting[path] = notebook
    if not waiting:
        return
    at_once = min(os.cpu_count() or 1, MOST_AT_ONCE, len(waiting))
    LOGGER.info(f"Running {len(waiting)} pages, {at_once} at a time ...")
    with ProcessPoolExecutor(at_once) as pool:
        timeout = env.mystnb_config.execution_timeout
        running = {pool.submit(_run, notebook, path, timeout): path for path, notebook in waiting.items()}
        board = dashboard.kept_at(app)
        making = None if board.is_file() or not dashboard.is_shown(app) else pool.submit(dashboard.make, board)
        for number, finished in enumerate(as_completed(running), start=1):
            path = running[finished]
            notebook, seconds, problem = finished.result()
            if problem:
                pool.shutdown(cancel_futures=True)
                raise ExtensionError(f"{path}: a cell failed.\n{problem}")
            bundle = CacheBundleIn(notebook, str(path), data={"execution_seconds": seconds})
            cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
            LOGGER.info(f"{path.stem}: ran in {seconds:.0f} s ({number} of {len(waiting)})")
        if making is not None:
            making.result()


def _notebook(env: BuildEnvironment, path: Path) -> NotebookNode | None:
    """Return a page as the notebook that MyST-NB makes of it; None if it has no code."""
    text = path.read_text(encoding="utf-8")
    reader = create_nb_reader(str(path), env.myst_config, env.mystnb_config, text)
    return None if reader is None else reader.read(text)


def _run(notebook: NotebookNode, path: Path, timeout: int) -> tuple[NotebookNode, float, str | None]:
    """Run a page in the folder it lies in; return it with its outputs, the seconds, and what went wrong if it did."""
    result = single_nb_execution(
        notebook, cwd=str(path.parent), timeout=timeout, allow_errors=False, extra_arguments=QUIET
    )
    return result.nb, result.time, result.exc_string


def setup(app: Sphinx) -> None:
    """Register the step before pages are read."""
    app.connect("env-before-read-docs", run_pages)
