"""What a small network is to imitate when an ensemble teaches it."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..evaluate import apply_temperature
from ..evaluate.inputs import as_labels_and_probabilities
from ..exceptions import DataError


def soft_targets(
    teacher_probabilities: ArrayLike,
    labels: ArrayLike,
    *,
    temperature: float = 2.0,
    hard_share: float = 0.1,
) -> np.ndarray:
    """Return targets for training that mix a softened teacher with the true labels.

    A label says "cat"; the teacher says "cat, a little dog, surely no truck", and the student learns from all of
    it. The temperature lifts the small probabilities, in which that knowledge lies. The share of the true label
    keeps the student from learning the teacher's mistakes.

    Train with cross-entropy on these targets in place of the one-hot labels. The student then matches softened
    probabilities and is less sure than it should be: fit its temperature on validation images afterwards
    (``evaluate.fit_temperature``). The paper instead softens the student's output during training too; that
    needs a loss of its own. A teacher that was trained on the same images is nearly certain about them, and its
    targets carry little more than the labels; a higher temperature helps.

    Args:
        teacher_probabilities: of the training images, ``(n, classes)``, for example a soft vote; rows sum to 1.
        labels: true classes of these images, int ``(n,)``.
        temperature: above 0; 1 leaves the teacher as it is, more softens it.
        hard_share: share of the true label in the target, 0 (teacher alone) to 1 (label alone).

    Returns:
        float32 ``(n, classes)``, rows sum to 1.

    Raises:
        DataError: wrong shapes, values or lengths, or a temperature or share out of range.

    Source:
        Hinton, Vinyals & Dean (2015), "Distilling the knowledge in a neural network", section 2.
    """
    labels, teacher = as_labels_and_probabilities(labels, teacher_probabilities)
    if not 0 <= hard_share <= 1:
        raise DataError(f"The share of the true label must lie between 0 and 1, but it is {hard_share}.")
    targets = (1 - hard_share) * apply_temperature(teacher, temperature)
    targets[np.arange(len(labels)), labels] += hard_share
    return targets.astype(np.float32)
