"""What both apps say, so that they say the same."""

from __future__ import annotations

from .session import MAX_PICTURES
from .uploads import MAX_BYTES, MAX_PIXELS

TITLE = "What does the network see?"
INTRODUCTION = (
    "Give pictures to trained networks. Those of the course know ten classes: airplane, automobile, bird, cat, deer, "
    "dog, frog, horse, ship, truck. They were trained on photos of 32 × 32 pixels, so that is what they get to see of "
    "yours: the middle square, made small."
)
UPLOADS = (
    f"JPEG, PNG, WebP, GIF, BMP or TIFF; up to {MAX_BYTES // 2**20} MB and {MAX_PIXELS // 1_000_000} million pixels "
    f"each, {MAX_PICTURES} at a time."
)
HOW_TO_READ = """
**Probabilities** are calibrated: of the answers given with 80 %, about 80 % were right on photos like those the model
was trained on. Your own photos may be of another kind, and then it is less.

**May be none of the classes** appears when a model is less sure than it was in 95 % of its right answers on photos that
were set aside for this. It is a weak sense: most pictures of other things get a confident wrong answer, because a model
of ten classes has no eleventh. The table says which share of them was noticed in a measurement.

**Evidence** is Grad-CAM: the places of the picture that raised the score of the class. It is as coarse as the last
feature map of the network, and a convincing map does not make an answer right.
"""
PRIVACY = (
    "Pictures are computed on the machine that runs this app. They are sent nowhere else, and are deleted there when "
    "you leave or within an hour or so after it."
)
CAMERA_NOTE = "A browser gives the camera only to a page at localhost or at an address that begins with https."
