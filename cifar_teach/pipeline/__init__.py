"""The whole course as one program: look, prepare, train, evaluate, find what goes wrong, keep the results.

``run`` does it; ``members`` trains and measures one network; ``findings`` turns measurements into the report's
entries; ``figures`` draws them.
"""

from .members import Member, train_member
from .workflow import RunSettings, run

__all__ = ["Member", "RunSettings", "run", "train_member"]
