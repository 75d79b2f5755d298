"""Links to what is not part of the book: the role ``exercise``, and where the published book lies."""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole

from cifar_teach.checks.registry import get_exercise

from .place import ROOT, pages_address, repository, web_link

LOGGER = logging.getLogger(__name__)


class ExerciseRole(SphinxRole):
    """Link an exercise by its two digits, ``{exercise}`03```; the link opens it in Colab."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the link."""
        found = sorted((ROOT / "exercises").glob(f"ex{self.text}_*/ex{self.text}_*.ipynb"))
        if not self.text.isdigit() or len(found) != 1:
            LOGGER.warning(f"There is no exercise '{self.text}'. Write two digits: 03.", location=self.get_location())
            return [nodes.Text(f"Exercise {self.text}")], []
        path = found[0].relative_to(ROOT).as_posix()
        words = f"Exercise {int(self.text)}: {get_exercise(found[0].stem).title}"
        link = repository().colab_link(path) or web_link(path)
        return [nodes.reference("", words, refuri=link, internal=False)], []


def name_the_address(app: Sphinx, config: Config) -> None:
    """Say where the book is published, unless ``_config.yml`` does: on the pages of the repository."""
    address = config.html_baseurl or pages_address() or ""
    config.html_baseurl = address if address.endswith("/") or not address else f"{address}/"


def setup(app: Sphinx) -> None:
    """Register the role."""
    app.add_role("exercise", ExerciseRole())
    app.connect("config-inited", name_the_address)
