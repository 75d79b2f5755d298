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
``groups``     which layers learn, and how fast
``split``      training the end of a network from stored activations of its frozen beginning
``fitting``    ``fit``
``heads``      linear and dense heads on extracted features
``finetuning`` ``fine_tune``: from a fitted head, block by block
=============  ==================================================================================
"""

from .dense_head import attach_dense, fit_dense_head
from .finetuning import STAGES, Stage, fine_tune, finetuning_size, get_stages, rates_by_block
from .fitting import fit
from .heads import LinearHead, attach, fit_linear_head
from .history import History
from .recipe import OPTIMIZERS, RECIPES, SCHEDULES, Recipe, get_recipe

__all__ = [
    "OPTIMIZERS",
    "RECIPES",
    "SCHEDULES",
    "STAGES",
    "History",
    "LinearHead",
    "Recipe",
    "Stage",
    "attach",
    "attach_dense",
    "fine_tune",
    "finetuning_size",
    "fit",
    "fit_dense_head",
    "fit_linear_head",
    "get_recipe",
    "get_stages",
    "rates_by_block",
]
