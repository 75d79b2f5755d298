"""Training: one ``fit`` for every network, and the recipe that belongs to each.

=============  ==================================================================================
``recipe``     ``Recipe``: optimiser, schedule, regularisation, callbacks; ``RECIPES`` by model name
``schedules``  how the learning rate moves
``batches``    shuffled, augmented batches
``averaging``  the running average of the weights
``precision``  bfloat16 where the processor has it
``history``    what happened, epoch by epoch; CSV
``resume``     going on after Ctrl-C or a crash
``callbacks``  decisions by the validation loss, the record of each epoch, the progress bar
``fitting``    ``fit``
=============  ==================================================================================
"""

from .fitting import fit
from .history import History
from .recipe import OPTIMIZERS, RECIPES, SCHEDULES, Recipe, get_recipe

__all__ = [
    "OPTIMIZERS",
    "RECIPES",
    "SCHEDULES",
    "History",
    "Recipe",
    "fit",
    "get_recipe",
]
