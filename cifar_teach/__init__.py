"""CIFAR Teach: the reference implementation behind the course on CIFAR-10 image classification.

One module per step of the workflow, in the order in which the course meets them::

    config → synthetic → data → explore → preprocess → models → train
           → evaluate → errors → explain → plots

Importing this package is fast: neither TensorFlow nor Keras is loaded until a function needs it.
"""

from __future__ import annotations

__version__ = "0.1.0"
