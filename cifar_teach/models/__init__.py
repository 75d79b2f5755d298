"""The from-scratch networks of the course, by name, and what one does with any network.

Every network takes raw pixel values 0-255, shape ``(n, 32, 32, 3)``, and returns softmax probabilities,
float32 ``(n, classes)``. Scaling is a layer *inside* the network, so it cannot be forgotten: the same call is
right in training, in an app and on the command line. It can still be done twice: give raw pixel values, never
images divided by 255. Those raise no error, and the answers are wrong.

=================  =======================================================================
``classic``        the five networks of the portfolio projects the course grew out of
``fastnet``        the network this course is proud of
``tinynet``        its relative for transfer, pretrained in :mod:`cifar_teach.backbones`
``registry``       their names, parameter counts and sources; ``build_model``
``inference``      ``predict``: images to probabilities
``cost``           ``count_macs``: multiply-adds per image
``files``          ``save_model`` / ``load_model`` (``.keras``, and ``.h5`` as legacy)
=================  =======================================================================
"""

from .cost import count_macs, parameter_counts
from .fastnet import fit_whitening
from .files import SavedModel, load_model, save_model
from .inference import predict
from .registry import MODELS, ModelSpec, build_model, get_spec

__all__ = [
    "MODELS",
    "ModelSpec",
    "SavedModel",
    "build_model",
    "count_macs",
    "fit_whitening",
    "get_spec",
    "load_model",
    "parameter_counts",
    "predict",
    "save_model",
]
