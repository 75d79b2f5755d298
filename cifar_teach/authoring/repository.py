"""Where the course says that it lives."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from .errors import AuthoringError, missing_tool


@dataclass(frozen=True)
class Repository:
    """Where the course lives: the address and branch of ``_config.yml``.

    Attributes:
        url: for example ``https://github.com/owner/course``, without a slash at the end.
        branch: the branch or tag from which students work.
    """

    url: str
    branch: str

    @property
    def requirement(self) -> str:
        """What pip is told, so that students get the package of the same version as their notebook."""
        return f"cifar-teach @ git+{self.url}@{self.branch}"

    def colab_link(self, path: str) -> str | None:
        """Return the link that opens the file ``path`` of the repository in Colab; None if Colab cannot reach it."""
        address = urlsplit(self.url)
        if address.hostname != "github.com":
            return None
        return f"https://colab.research.google.com/github{address.path}/blob/{self.branch}/{path}"


def read_repository(root: Path) -> Repository:
    """Return the address of the course from ``_config.yml`` below ``root``.

    Raises:
        AuthoringError: there is no such file, or no address in it.
    """
    try:
        import yaml
    except ImportError as problem:
        raise missing_tool(problem) from None

    path = root / "_config.yml"
    try:
        config = yaml.safe_load(path.read_text(encoding="utf-8"))
        entry = config["repository"]
        url, branch = str(entry["url"]).rstrip("/").removesuffix(".git"), str(entry["branch"])
    except FileNotFoundError:
        raise AuthoringError(f"There is no {path}. It says where the course lives: address and branch.") from None
    except (yaml.YAMLError, KeyError, TypeError) as problem:
        raise AuthoringError(
            f"{path} does not say where the course lives. Write repository: with url: and branch: below it."
        ) from problem
    if urlsplit(url).scheme != "https" or not branch.strip():
        raise AuthoringError(f"{path}: '{url}', branch '{branch}': expected an address with https:// and a branch.")
    return Repository(url, branch)
