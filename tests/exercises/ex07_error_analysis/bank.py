"""Answers to exercise 07: wrong ones from misconceptions, right ones in other styles."""

from tests.exercises.harness import Right, Wrong

TOP_PAIRS = """
def top_pairs(confusion, count):
    cells = [(int(t), int(s), int(confusion[t, s])) for t, s in np.argwhere(confusion) if t != s]
    return sorted(cells, key=lambda cell: -cell[2])[:count]
"""
HARDEST = """
def hardest_images(labels, probabilities, count):
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    return wrong[np.argsort(-probabilities[wrong].max(axis=1))][:count]
"""
APPLY = """
def apply_temperature(probabilities, temperature):
    powers = np.asarray(probabilities, float) ** (1 / temperature)
    return powers / powers.sum(axis=1, keepdims=True)
"""
FIT = """
def fit_temperature(labels, probabilities, candidates):
    best, lowest = None, np.inf
    for candidate in candidates:
        cooled = apply_temperature(probabilities, candidate)
        loss = np.mean([-np.log(row[label]) for row, label in zip(cooled, labels)])
        if loss < lowest:
            best, lowest = candidate, loss
    return best
"""

CONFUSION_MATRIX = [
    Wrong(
        "confusion_matrix",
        "rows and columns exchanged",
        "changed places",
        """
def confusion_matrix(labels, predictions, num_classes):
    matrix = np.zeros((num_classes, num_classes), int)
    for true, said in zip(labels, predictions):
        matrix[said, true] += 1
    return matrix
""",
    ),
    Wrong(
        "confusion_matrix",
        "adds with repeated indices",
        "writes it once",
        """
def confusion_matrix(labels, predictions, num_classes):
    matrix = np.zeros((num_classes, num_classes), int)
    matrix[labels, predictions] += 1
    return matrix
""",
    ),
    Wrong(
        "confusion_matrix",
        "size from the classes that occur",
        "the classes that happen to occur",
        """
def confusion_matrix(labels, predictions, num_classes):
    present = np.unique(np.concatenate([labels, predictions]))
    return np.array([[np.sum((labels == t) & (predictions == s)) for s in present] for t in present])
""",
        partly=True,
    ),
    Wrong(
        "confusion_matrix",
        "size from the labels that occur",
        "row and column are missing",
        """
def confusion_matrix(labels, predictions, num_classes):
    present = np.unique(labels)
    return np.array([[np.sum((labels == t) & (predictions == s)) for s in present] for t in present])
""",
        partly=True,
    ),
    Wrong(
        "confusion_matrix",
        "size from the largest label",
        "not from the largest label",
        """
def confusion_matrix(labels, predictions, num_classes):
    size = max(labels.max(), predictions.max()) + 1
    matrix = np.zeros((size, size), int)
    for true, said in zip(labels, predictions):
        matrix[true, said] += 1
    return matrix
""",
        partly=True,
    ),
    Wrong(
        "confusion_matrix",
        "shares of each row",
        "each row adds up to 1",
        """
def confusion_matrix(labels, predictions, num_classes):
    matrix = np.zeros((num_classes, num_classes))
    for true, said in zip(labels, predictions):
        matrix[true, said] += 1
    return matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
""",
    ),
    Wrong(
        "confusion_matrix",
        "shares of each column",
        "each column adds up to 1",
        """
def confusion_matrix(labels, predictions, num_classes):
    matrix = np.zeros((num_classes, num_classes))
    for true, said in zip(labels, predictions):
        matrix[true, said] += 1
    return matrix / np.maximum(matrix.sum(axis=0), 1)
""",
    ),
    Wrong(
        "confusion_matrix",
        "shares of all images",
        "whole matrix adds up to 1",
        """
def confusion_matrix(labels, predictions, num_classes):
    matrix = np.zeros((num_classes, num_classes))
    for true, said in zip(labels, predictions):
        matrix[true, said] += 1 / len(labels)
    return matrix
""",
    ),
    Wrong(
        "confusion_matrix",
        "counts the mistakes only",
        "only the mistakes are counted",
        """
def confusion_matrix(labels, predictions, num_classes):
    matrix = np.zeros((num_classes, num_classes), int)
    for true, said in zip(labels, predictions):
        if true != said:
            matrix[true, said] += 1
    return matrix
""",
    ),
    Wrong(
        "confusion_matrix",
        "counts the right answers only",
        "only the right answers are counted",
        """
def confusion_matrix(labels, predictions, num_classes):
    return np.diag(np.bincount(labels[labels == predictions], minlength=num_classes))
""",
    ),
    Wrong(
        "confusion_matrix",
        "returns after the first image",
        "values differ",
        """
def confusion_matrix(labels, predictions, num_classes):
    matrix = np.zeros((num_classes, num_classes), int)
    for true, said in zip(labels, predictions):
        matrix[true, said] += 1
        return matrix
""",
    ),
    Wrong(
        "confusion_matrix",
        "prints instead of returning",
        "nothing came back",
        """
def confusion_matrix(labels, predictions, num_classes):
    matrix = np.zeros((num_classes, num_classes), int)
    for true, said in zip(labels, predictions):
        matrix[true, said] += 1
    print(matrix)
""",
    ),
    Wrong(
        "confusion_matrix",
        "takes it from the package",
        "ready-made",
        "from cifar_teach.evaluate import confusion_matrix\n",
    ),
    Wrong(
        "confusion_matrix",
        "knows the example by heart",
        "is not right",
        """
def confusion_matrix(labels, predictions, num_classes):
    return np.array([[1, 1, 0], [0, 1, 0], [1, 0, 0]])
""",
    ),
]

LAZY_MODEL = [
    Wrong("lazy_model", "the accuracy", "that is the accuracy", 'lazy_recall = "a"\n'),
    Wrong("lazy_model", "half of the accuracy", "images of *one* class", 'lazy_recall = "c"\n'),
    Wrong("lazy_model", "only the small class", "how many of the 950", 'lazy_recall = "D"\n'),
    Wrong("lazy_model", "an option that does not exist", "one of the options", 'lazy_recall = "e"\n'),
    Wrong("lazy_model", "the number instead of the letter", "one of the letters", "lazy_recall = 0.5\n"),
    Wrong("lazy_model", "two letters", "one of the letters", 'lazy_recall = ["a", "b"]\n'),
    Wrong("lazy_model", "the number as text", "one of the options", 'lazy_recall = "0.5"\n'),
]

CLASS_SCORES = [
    Wrong(
        "class_scores",
        "precision and recall exchanged",
        "this is the recall",
        """
def class_scores(confusion):
    hits = np.diag(confusion)
    recall = hits / np.maximum(confusion.sum(axis=0), 1)
    precision = hits / np.maximum(confusion.sum(axis=1), 1)
    f1 = 2 * hits / np.maximum(confusion.sum(axis=0) + confusion.sum(axis=1), 1)
    return precision, recall, f1, f1.mean()
""",
        partly=True,
    ),
    Wrong(
        "class_scores",
        "divides without a look at zero",
        "not numbers (nan or inf)",
        """
def class_scores(confusion):
    hits = np.diag(confusion)
    precision = hits / confusion.sum(axis=0)
    recall = hits / confusion.sum(axis=1)
    f1 = 2 * precision * recall / (precision + recall)
    return precision, recall, f1, f1.mean()
""",
        partly=True,
    ),
    Wrong(
        "class_scores",
        "guards the classes but not F1",
        "not numbers (nan or inf)",
        """
def class_scores(confusion):
    hits = np.diag(confusion)
    precision = hits / np.maximum(confusion.sum(axis=0), 1)
    recall = hits / np.maximum(confusion.sum(axis=1), 1)
    f1 = 2 * precision * recall / (precision + recall)
    return precision, recall, f1, f1.mean()
""",
        partly=True,
    ),
    Wrong(
        "class_scores",
        "leaves classes without a score out of the mean",
        "left out of the mean",
        """
def class_scores(confusion):
    hits = np.diag(confusion)
    precision = hits / np.maximum(confusion.sum(axis=0), 1)
    recall = hits / np.maximum(confusion.sum(axis=1), 1)
    f1 = 2 * hits / np.maximum(confusion.sum(axis=0) + confusion.sum(axis=1), 1)
    return precision, recall, f1, f1[f1 > 0].mean()
""",
        partly=True,
    ),
    Wrong(
        "class_scores",
        "1 where nothing can be divided",
        "earns no score",
        """
def class_scores(confusion):
    hits, said, true = np.diag(confusion), confusion.sum(axis=0), confusion.sum(axis=1)
    precision = np.where(said > 0, hits / np.maximum(said, 1), 1)
    recall = np.where(true > 0, hits / np.maximum(true, 1), 1)
    f1 = 2 * precision * recall / (precision + recall)
    return precision, recall, f1, f1.mean()
""",
        partly=True,
    ),
    Wrong(
        "class_scores",
        "ordinary mean instead of F1",
        "ordinary mean",
        """
def class_scores(confusion):
    hits = np.diag(confusion)
    precision = hits / np.maximum(confusion.sum(axis=0), 1)
    recall = hits / np.maximum(confusion.sum(axis=1), 1)
    f1 = (precision + recall) / 2
    return precision, recall, f1, f1.mean()
""",
        partly=True,
    ),
    Wrong(
        "class_scores",
        "F1 without the factor 2",
        "half of what it should be",
        """
def class_scores(confusion):
    hits = np.diag(confusion)
    precision = hits / np.maximum(confusion.sum(axis=0), 1)
    recall = hits / np.maximum(confusion.sum(axis=1), 1)
    f1 = hits / np.maximum(confusion.sum(axis=0) + confusion.sum(axis=1), 1)
    return precision, recall, f1, f1.mean()
""",
        partly=True,
    ),
    Wrong(
        "class_scores",
        "mean weighted by the size of the class",
        "large classes count more",
        """
def class_scores(confusion):
    hits, true = np.diag(confusion), confusion.sum(axis=1)
    precision = hits / np.maximum(confusion.sum(axis=0), 1)
    recall = hits / np.maximum(true, 1)
    f1 = 2 * hits / np.maximum(confusion.sum(axis=0) + true, 1)
    return precision, recall, f1, np.average(f1, weights=true)
""",
        partly=True,
    ),
    Wrong(
        "class_scores",
        "accuracy as macro F1",
        "this is the accuracy",
        """
def class_scores(confusion):
    hits = np.diag(confusion)
    precision = hits / np.maximum(confusion.sum(axis=0), 1)
    recall = hits / np.maximum(confusion.sum(axis=1), 1)
    f1 = 2 * hits / np.maximum(confusion.sum(axis=0) + confusion.sum(axis=1), 1)
    return precision, recall, f1, hits.sum() / confusion.sum()
""",
        partly=True,
    ),
    Wrong(
        "class_scores",
        "F1 of the means",
        "F1 for each class first",
        """
def class_scores(confusion):
    hits = np.diag(confusion)
    precision = hits / np.maximum(confusion.sum(axis=0), 1)
    recall = hits / np.maximum(confusion.sum(axis=1), 1)
    f1 = 2 * hits / np.maximum(confusion.sum(axis=0) + confusion.sum(axis=1), 1)
    p, r = precision.mean(), recall.mean()
    return precision, recall, f1, 2 * p * r / (p + r)
""",
        partly=True,
    ),
    Wrong(
        "class_scores",
        "divides by all images",
        "divide by all images",
        """
def class_scores(confusion):
    share = np.diag(confusion) / confusion.sum()
    return share, share, share, share.mean()
""",
    ),
    Wrong(
        "class_scores",
        "macro F1 is missing",
        "should be 4 things",
        """
def class_scores(confusion):
    hits = np.diag(confusion)
    precision = hits / np.maximum(confusion.sum(axis=0), 1)
    recall = hits / np.maximum(confusion.sum(axis=1), 1)
    return precision, recall, 2 * hits / np.maximum(confusion.sum(axis=0) + confusion.sum(axis=1), 1)
""",
    ),
    Wrong(
        "class_scores",
        "F1 twice",
        "should be one number",
        """
def class_scores(confusion):
    hits = np.diag(confusion)
    precision = hits / np.maximum(confusion.sum(axis=0), 1)
    recall = hits / np.maximum(confusion.sum(axis=1), 1)
    f1 = 2 * hits / np.maximum(confusion.sum(axis=0) + confusion.sum(axis=1), 1)
    return precision, recall, f1, f1
""",
        partly=True,
    ),
    Wrong(
        "class_scores",
        "knows the example by heart",
        "wrong shape",
        """
def class_scores(confusion):
    return [0.667, 0.75], [0.8, 0.6], [0.727, 0.667], 0.697
""",
    ),
]

FIRST_LOOK = [
    Wrong(
        "first_look",
        "right answers among the pairs",
        "no mistake",
        """
def top_pairs(confusion, count):
    cells = [(t, s, int(confusion[t, s])) for t, s in np.ndindex(confusion.shape) if confusion[t, s]]
    return sorted(cells, key=lambda cell: -cell[2])[:count]
"""
        + HARDEST,
        partly=True,
    ),
    Wrong(
        "first_look",
        "both directions added up",
        "two different mistakes",
        """
def top_pairs(confusion, count):
    both = np.triu(confusion + confusion.T, 1)
    cells = [(int(t), int(s), int(both[t, s])) for t, s in np.argwhere(both)]
    return sorted(cells, key=lambda cell: -cell[2])[:count]
"""
        + HARDEST,
        partly=True,
    ),
    Wrong(
        "first_look",
        "turns the sorted list around",
        "turns them around",
        """
def top_pairs(confusion, count):
    cells = [(int(t), int(s), int(confusion[t, s])) for t, s in np.argwhere(confusion) if t != s]
    return sorted(cells, key=lambda cell: cell[2])[::-1][:count]
"""
        + HARDEST,
        partly=True,
    ),
    Wrong(
        "first_look",
        "sorts in rising order",
        "rarest mistakes come first",
        """
def top_pairs(confusion, count):
    cells = [(int(t), int(s), int(confusion[t, s])) for t, s in np.argwhere(confusion) if t != s]
    return sorted(cells, key=lambda cell: cell[2])[:count]
"""
        + HARDEST,
        partly=True,
    ),
    Wrong(
        "first_look",
        "predicted class first",
        "changed places",
        """
def top_pairs(confusion, count):
    cells = [(int(t), int(s), int(confusion[t, s])) for t, s in np.argwhere(confusion) if t != s]
    return [(s, t, n) for t, s, n in sorted(cells, key=lambda cell: -cell[2])[:count]]
"""
        + HARDEST,
        partly=True,
    ),
    Wrong(
        "first_look",
        "pairs that never happened",
        "never happened",
        """
def top_pairs(confusion, count):
    cells = [(t, s, int(confusion[t, s])) for t, s in np.ndindex(confusion.shape) if t != s]
    return sorted(cells, key=lambda cell: -cell[2])[:count]
"""
        + HARDEST,
        partly=True,
    ),
    Wrong(
        "first_look",
        "pairs without the number",
        "the number is missing",
        TOP_PAIRS.replace("return sorted", "found = sorted") + "    return [cell[:2] for cell in found]\n" + HARDEST,
        partly=True,
    ),
    Wrong(
        "first_look",
        "pairs in the order of the matrix",
        "order of the matrix",
        """
def top_pairs(confusion, count):
    return [(int(t), int(s), int(confusion[t, s])) for t, s in np.argwhere(confusion) if t != s][:count]
"""
        + HARDEST,
        partly=True,
    ),
    Wrong(
        "first_look",
        "erases the diagonal of the matrix it was given",
        "changed what it was given",
        """
def top_pairs(confusion, count):
    np.fill_diagonal(confusion, 0)
    cells = [(int(t), int(s), int(confusion[t, s])) for t, s in np.argwhere(confusion)]
    return sorted(cells, key=lambda cell: -cell[2])[:count]
"""
        + HARDEST,
        partly=True,
    ),
    Wrong(
        "first_look",
        "positions among the mistakes only",
        "positions among the wrong answers only",
        TOP_PAIRS
        + """
def hardest_images(labels, probabilities, count):
    wrong = probabilities.argmax(axis=1) != labels
    return np.argsort(-probabilities[wrong].max(axis=1))[:count]
""",
        partly=True,
    ),
    Wrong(
        "first_look",
        "least sure mistakes first",
        "least sure",
        TOP_PAIRS
        + """
def hardest_images(labels, probabilities, count):
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    return wrong[np.argsort(probabilities[wrong].max(axis=1))][:count]
""",
        partly=True,
    ),
    Wrong(
        "first_look",
        "surest answers, right ones too",
        "right answers are among them",
        TOP_PAIRS
        + """
def hardest_images(labels, probabilities, count):
    return np.argsort(-probabilities.max(axis=1))[:count]
""",
        partly=True,
    ),
    Wrong(
        "first_look",
        "sorted by the true class",
        "*true* class decides",
        TOP_PAIRS
        + """
def hardest_images(labels, probabilities, count):
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    return wrong[np.argsort(probabilities[wrong, labels[wrong]])][:count]
""",
        partly=True,
    ),
    Wrong(
        "first_look",
        "mistakes unsorted",
        "not sorted",
        TOP_PAIRS
        + """
def hardest_images(labels, probabilities, count):
    return np.flatnonzero(probabilities.argmax(axis=1) != labels)[:count]
""",
        partly=True,
    ),
    Wrong(
        "first_look",
        "fills the list up with right answers",
        "all of these are asked for",
        TOP_PAIRS
        + """
def hardest_images(labels, probabilities, count):
    wrong = probabilities.argmax(axis=1) != labels
    return np.argsort(-(probabilities.max(axis=1) + wrong))[:count]
""",
        partly=True,
    ),
    Wrong(
        "first_look",
        "only one of the two functions",
        "not been written yet",
        TOP_PAIRS
        + """
def hardest_images(labels, probabilities, count):
    ...
""",
        partly=True,
    ),
    Wrong(
        "first_look",
        "knows the examples by heart",
        "is not right",
        """
def top_pairs(confusion, count):
    return [(2, 0, 3), (0, 1, 2)]


def hardest_images(labels, probabilities, count):
    return [2, 1]
""",
    ),
]

WILSON_INTERVAL = [
    Wrong(
        "wilson_interval",
        "the textbook interval",
        "textbook interval",
        """
def wilson_interval(correct, n, z=1.96):
    p = correct / n
    half = z * math.sqrt(p * (1 - p) / n)
    return p - half, p + half
""",
    ),
    Wrong(
        "wilson_interval",
        "the textbook interval, cut off",
        "textbook interval",
        """
def wilson_interval(correct, n, z=1.96):
    p = correct / n
    half = z * math.sqrt(p * (1 - p) / n)
    return max(0, p - half), min(1, p + half)
""",
    ),
    Wrong(
        "wilson_interval",
        "centre and half width",
        "the two ends are asked for",
        """
def wilson_interval(correct, n, z=1.96):
    p = correct / n
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    return centre, z / (1 + z**2 / n) * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
""",
    ),
    Wrong(
        "wilson_interval",
        "around the accuracy",
        "lies around p",
        """
def wilson_interval(correct, n, z=1.96):
    p = correct / n
    half = z / (1 + z**2 / n) * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return p - half, p + half
""",
    ),
    Wrong(
        "wilson_interval",
        "forgets the root",
        "square root",
        """
def wilson_interval(correct, n, z=1.96):
    p = correct / n
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * (p * (1 - p) / n + z**2 / (4 * n**2))
    return centre - half, centre + half
""",
    ),
    Wrong(
        "wilson_interval",
        "a / 2 * n for a / (2 n)",
        "multiplies by n",
        """
def wilson_interval(correct, n, z=1.96):
    p = correct / n
    centre = (p + z**2 / 2 * n) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return centre - half, centre + half
""",
    ),
    Wrong(
        "wilson_interval",
        "divides the centre only",
        "half width is not divided",
        """
def wilson_interval(correct, n, z=1.96):
    p = correct / n
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return centre - half, centre + half
""",
    ),
    Wrong(
        "wilson_interval",
        "percentages",
        "percentages",
        """
def wilson_interval(correct, n, z=1.96):
    p = correct / n
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return 100 * (centre - half), 100 * (centre + half)
""",
    ),
    Wrong(
        "wilson_interval",
        "high before low",
        "larger end comes first",
        """
def wilson_interval(correct, n, z=1.96):
    p = correct / n
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return centre + half, centre - half
""",
    ),
    Wrong(
        "wilson_interval",
        "ignores z",
        "does not depend on `z`",
        """
def wilson_interval(correct, n, z=1.96):
    p, z = correct / n, 1.96
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return centre - half, centre + half
""",
        partly=True,
    ),
    Wrong(
        "wilson_interval",
        "gives up at the ends",
        "has no width",
        """
def wilson_interval(correct, n, z=1.96):
    p = correct / n
    if p in (0, 1):
        return p, p
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return centre - half, centre + half
""",
        partly=True,
    ),
    Wrong(
        "wilson_interval",
        "knows the example by heart",
        "is not right",
        """
def wilson_interval(correct, n, z=1.96):
    return 0.8256, 0.9448
""",
    ),
]

PAIRED_TEST = [
    Wrong(
        "paired_test",
        "counts where both are wrong differently",
        "neither is right",
        """
def paired_test(labels, predictions_a, predictions_b):
    differ = predictions_a != predictions_b
    only_a = int((differ & (predictions_b != labels)).sum())
    only_b = int((differ & (predictions_a != labels)).sum())
    m = only_a + only_b
    return only_a, only_b, min(1, 2 * sum(math.comb(m, k) for k in range(min(only_a, only_b) + 1)) / 2**m)
""",
        partly=True,
    ),
    Wrong(
        "paired_test",
        "all right answers",
        "all the right answers",
        """
def paired_test(labels, predictions_a, predictions_b):
    only_a, only_b = int((predictions_a == labels).sum()), int((predictions_b == labels).sum())
    m = only_a + only_b
    return only_a, only_b, min(1, 2 * sum(math.comb(m, k) for k in range(min(only_a, only_b) + 1)) / 2**m)
""",
    ),
    Wrong(
        "paired_test",
        "the two counts exchanged",
        "changed places",
        """
def paired_test(labels, predictions_a, predictions_b):
    a, b = predictions_a == labels, predictions_b == labels
    only_a, only_b = int((~a & b).sum()), int((a & ~b).sum())
    m = only_a + only_b
    return only_a, only_b, min(1, 2 * sum(math.comb(m, k) for k in range(min(only_a, only_b) + 1)) / 2**m)
""",
        partly=True,
    ),
    Wrong(
        "paired_test",
        "one side only",
        "one side only",
        """
def paired_test(labels, predictions_a, predictions_b):
    a, b = predictions_a == labels, predictions_b == labels
    only_a, only_b = int((a & ~b).sum()), int((b & ~a).sum())
    m = only_a + only_b
    return only_a, only_b, sum(math.comb(m, k) for k in range(min(only_a, only_b) + 1)) / 2**m
""",
        partly=True,
    ),
    Wrong(
        "paired_test",
        "beyond 1",
        "no probability is above 1",
        """
def paired_test(labels, predictions_a, predictions_b):
    a, b = predictions_a == labels, predictions_b == labels
    only_a, only_b = int((a & ~b).sum()), int((b & ~a).sum())
    m = only_a + only_b
    return only_a, only_b, 2 * sum(math.comb(m, k) for k in range(min(only_a, only_b) + 1)) / 2**m
""",
        partly=True,
    ),
    Wrong(
        "paired_test",
        "sum ends one early",
        "ends one step early",
        """
def paired_test(labels, predictions_a, predictions_b):
    a, b = predictions_a == labels, predictions_b == labels
    only_a, only_b = int((a & ~b).sum()), int((b & ~a).sum())
    m = only_a + only_b
    return only_a, only_b, min(1, 2 * sum(math.comb(m, k) for k in range(min(only_a, only_b))) / 2**m)
""",
        partly=True,
    ),
    Wrong(
        "paired_test",
        "exactly this result",
        "exactly this result",
        """
def paired_test(labels, predictions_a, predictions_b):
    a, b = predictions_a == labels, predictions_b == labels
    only_a, only_b = int((a & ~b).sum()), int((b & ~a).sum())
    m = only_a + only_b
    return only_a, only_b, min(1, 2 * math.comb(m, only_a) / 2**m)
""",
        partly=True,
    ),
    Wrong(
        "paired_test",
        "always sums up to the count of A",
        "up to the larger",
        """
def paired_test(labels, predictions_a, predictions_b):
    a, b = predictions_a == labels, predictions_b == labels
    only_a, only_b = int((a & ~b).sum()), int((b & ~a).sum())
    m = only_a + only_b
    return only_a, only_b, 2 * sum(math.comb(m, k) for k in range(only_a + 1)) / 2**m
""",
        partly=True,
    ),
    Wrong(
        "paired_test",
        "the chi-squared approximation",
        "chi-squared approximation",
        """
def paired_test(labels, predictions_a, predictions_b):
    a, b = predictions_a == labels, predictions_b == labels
    only_a, only_b = int((a & ~b).sum()), int((b & ~a).sum())
    if only_a + only_b == 0:
        return 0, 0, 1.0
    return only_a, only_b, math.erfc(abs(only_a - only_b) / math.sqrt(2 * (only_a + only_b)))
""",
        partly=True,
    ),
    Wrong(
        "paired_test",
        "as if the images were different ones",
        "came from different images",
        """
def paired_test(labels, predictions_a, predictions_b):
    a, b = predictions_a == labels, predictions_b == labels
    n, p = len(labels), (a.mean() + b.mean()) / 2
    z = abs(a.mean() - b.mean()) / math.sqrt(2 * p * (1 - p) / n)
    return int((a & ~b).sum()), int((b & ~a).sum()), math.erfc(z / math.sqrt(2))
""",
        partly=True,
    ),
    Wrong(
        "paired_test",
        "tosses a coin for every image",
        "number of all images",
        """
def paired_test(labels, predictions_a, predictions_b):
    a, b = predictions_a == labels, predictions_b == labels
    only_a, only_b = int((a & ~b).sum()), int((b & ~a).sum())
    m = len(labels)
    return only_a, only_b, min(1, 2 * sum(math.comb(m, k) for k in range(min(only_a, only_b) + 1)) / 2**m)
""",
        partly=True,
    ),
    Wrong(
        "paired_test",
        "no disagreement, no answer",
        "raised ZeroDivisionError",
        """
def paired_test(labels, predictions_a, predictions_b):
    a, b = predictions_a == labels, predictions_b == labels
    only_a, only_b = int((a & ~b).sum()), int((b & ~a).sum())
    m = only_a + only_b
    1 / m
    return only_a, only_b, min(1, 2 * sum(math.comb(m, k) for k in range(min(only_a, only_b) + 1)) / 2**m)
""",
        partly=True,
    ),
    Wrong(
        "paired_test",
        "powers of NumPy numbers",
        "fit into the kind of number",
        """
def paired_test(labels, predictions_a, predictions_b):
    a, b = predictions_a == labels, predictions_b == labels
    only_a, only_b = (a & ~b).sum(), (b & ~a).sum()
    m = only_a + only_b
    one_side = sum(math.comb(m, k) / 2**m for k in range(min(only_a, only_b) + 1))
    return only_a, only_b, min(1, 2 * one_side)
""",
        partly=True,
    ),
    Wrong(
        "paired_test",
        "the p-value alone",
        "should be 3 things",
        """
def paired_test(labels, predictions_a, predictions_b):
    a, b = predictions_a == labels, predictions_b == labels
    only_a, only_b = int((a & ~b).sum()), int((b & ~a).sum())
    m = only_a + only_b
    return min(1, 2 * sum(math.comb(m, k) for k in range(min(only_a, only_b) + 1)) / 2**m)
""",
    ),
    Wrong(
        "paired_test",
        "knows the example by heart",
        "is not right",
        """
def paired_test(labels, predictions_a, predictions_b):
    return 6, 1, 0.125
""",
    ),
]

CALIBRATION_HEAD = """
def calibration_error(labels, probabilities, bins=10):
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    edges = np.linspace(0, 1, bins + 1)
"""
CALIBRATION_ERROR = [
    Wrong(
        "calibration_error",
        "every bin counts the same",
        "every bin counts the same",
        CALIBRATION_HEAD
        + """
    gaps = []
    for low, high in zip(edges[:-1], edges[1:]):
        inside = (confidence > low) & (confidence <= high)
        if inside.any():
            gaps.append(abs(confidence[inside].mean() - right[inside].mean()))
    return np.mean(gaps)
""",
    ),
    Wrong(
        "calibration_error",
        "every bin counts the same, empty ones too",
        "every bin counts the same",
        CALIBRATION_HEAD
        + """
    total = 0
    for low, high in zip(edges[:-1], edges[1:]):
        inside = (confidence > low) & (confidence <= high)
        if inside.any():
            total += abs(confidence[inside].mean() - right[inside].mean())
    return total / bins
""",
    ),
    Wrong(
        "calibration_error",
        "signs cancel",
        "without its sign",
        CALIBRATION_HEAD
        + """
    total = 0
    for low, high in zip(edges[:-1], edges[1:]):
        inside = (confidence > low) & (confidence <= high)
        if inside.any():
            total += inside.mean() * (confidence[inside].mean() - right[inside].mean())
    return total
""",
    ),
    Wrong(
        "calibration_error",
        "one bin",
        "for all images together",
        CALIBRATION_HEAD
        + """
    return abs(confidence.mean() - right.mean())
""",
    ),
    Wrong(
        "calibration_error",
        "the largest gap",
        "largest distance",
        CALIBRATION_HEAD
        + """
    worst = 0
    for low, high in zip(edges[:-1], edges[1:]):
        inside = (confidence > low) & (confidence <= high)
        if inside.any():
            worst = max(worst, abs(confidence[inside].mean() - right[inside].mean()))
    return worst
""",
    ),
    Wrong(
        "calibration_error",
        "confidence in the true class",
        "probability of the *true* class",
        """
def calibration_error(labels, probabilities, bins=10):
    confidence = probabilities[np.arange(len(labels)), labels]
    right = probabilities.argmax(axis=1) == labels
    total = 0
    for low, high in zip(np.linspace(0, 1, bins + 1)[:-1], np.linspace(0, 1, bins + 1)[1:]):
        inside = (confidence > low) & (confidence <= high)
        if inside.any():
            total += inside.mean() * abs(confidence[inside].mean() - right[inside].mean())
    return total
""",
    ),
    Wrong(
        "calibration_error",
        "the middle of the bin",
        "middle of each bin",
        CALIBRATION_HEAD
        + """
    total = 0
    for low, high in zip(edges[:-1], edges[1:]):
        inside = (confidence > low) & (confidence <= high)
        if inside.any():
            total += inside.mean() * abs((low + high) / 2 - right[inside].mean())
    return total
""",
    ),
    Wrong(
        "calibration_error",
        "empty bins give nan",
        "not a number (nan)",
        CALIBRATION_HEAD
        + """
    total = 0
    for low, high in zip(edges[:-1], edges[1:]):
        inside = (confidence > low) & (confidence <= high)
        total += inside.mean() * abs(confidence[inside].mean() - right[inside].mean())
    return total
""",
        partly=True,
    ),
    Wrong(
        "calibration_error",
        "1.0 lies in no bin",
        "in no bin of yours",
        CALIBRATION_HEAD
        + """
    total = 0
    for low, high in zip(edges[:-1], edges[1:]):
        inside = (confidence >= low) & (confidence < high)
        if inside.any():
            total += inside.mean() * abs(confidence[inside].mean() - right[inside].mean())
    return total
""",
        partly=True,
    ),
    Wrong(
        "calibration_error",
        "edges go into the upper bin",
        "went into the upper one",
        CALIBRATION_HEAD
        + """
    number = np.minimum((confidence * bins).astype(int), bins - 1)
    total = 0
    for each in range(bins):
        inside = number == each
        if inside.any():
            total += inside.mean() * abs(confidence[inside].mean() - right[inside].mean())
    return total
""",
        partly=True,
    ),
    Wrong(
        "calibration_error",
        "weights are counts",
        "not divided by how many",
        CALIBRATION_HEAD
        + """
    total = 0
    for low, high in zip(edges[:-1], edges[1:]):
        inside = (confidence > low) & (confidence <= high)
        if inside.any():
            total += inside.sum() * abs(confidence[inside].mean() - right[inside].mean())
    return total
""",
    ),
    Wrong(
        "calibration_error",
        "confidence against the share of mistakes",
        "share of *wrong* answers",
        CALIBRATION_HEAD
        + """
    total = 0
    for low, high in zip(edges[:-1], edges[1:]):
        inside = (confidence > low) & (confidence <= high)
        if inside.any():
            total += inside.mean() * abs(confidence[inside].mean() - (~right)[inside].mean())
    return total
""",
    ),
    Wrong(
        "calibration_error",
        "knows the example by heart",
        "is not right",
        """
def calibration_error(labels, probabilities, bins=10):
    return 0.15 if bins == 4 else 0.0
""",
    ),
]

TEMPERATURE = [
    Wrong(
        "temperature",
        "divides the probabilities and their sum",
        "nothing changed",
        """
def apply_temperature(probabilities, temperature):
    cooled = probabilities / temperature
    return cooled / cooled.sum(axis=1, keepdims=True)
"""
        + FIT,
    ),
    Wrong(
        "temperature",
        "divides the probabilities",
        "a row no longer adds up to 1",
        """
def apply_temperature(probabilities, temperature):
    return probabilities / temperature
"""
        + FIT,
    ),
    Wrong(
        "temperature",
        "softmax of probabilities",
        "softmax is taken of probabilities",
        """
def apply_temperature(probabilities, temperature):
    powers = np.exp(probabilities / temperature)
    return powers / powers.sum(axis=1, keepdims=True)
"""
        + FIT,
    ),
    Wrong(
        "temperature",
        "multiplies instead of dividing",
        "less* sure",
        """
def apply_temperature(probabilities, temperature):
    powers = np.exp(np.log(probabilities) * temperature)
    return powers / powers.sum(axis=1, keepdims=True)
"""
        + FIT,
    ),
    Wrong(
        "temperature",
        "columns sum to 1",
        "columns add up to 1",
        """
def apply_temperature(probabilities, temperature):
    powers = np.exp(np.log(probabilities) / temperature)
    return powers / powers.sum(axis=0)
"""
        + FIT,
    ),
    Wrong(
        "temperature",
        "softmax not finished",
        "last step of a softmax",
        """
def apply_temperature(probabilities, temperature):
    return np.exp(np.log(probabilities) / temperature)
"""
        + FIT,
    ),
    Wrong(
        "temperature",
        "another base of the logarithm",
        "different bases",
        """
def apply_temperature(probabilities, temperature):
    powers = np.exp(np.log10(probabilities) / temperature)
    return powers / powers.sum(axis=1, keepdims=True)
"""
        + FIT,
    ),
    Wrong(
        "temperature",
        "the worst candidate",
        "least* likely",
        APPLY
        + """
def fit_temperature(labels, probabilities, candidates):
    rows = np.arange(len(labels))
    losses = [-np.log(apply_temperature(probabilities, each)[rows, labels]).mean() for each in candidates]
    return candidates[np.argmax(losses)]
""",
        partly=True,
    ),
    Wrong(
        "temperature",
        "the position of the best candidate",
        "position of the best candidate",
        APPLY
        + """
def fit_temperature(labels, probabilities, candidates):
    rows = np.arange(len(labels))
    return np.argmin([-np.log(apply_temperature(probabilities, each)[rows, labels]).mean() for each in candidates])
""",
        partly=True,
    ),
    Wrong(
        "temperature",
        "the lowest loss",
        "this is the loss",
        APPLY
        + """
def fit_temperature(labels, probabilities, candidates):
    rows = np.arange(len(labels))
    return min(-np.log(apply_temperature(probabilities, each)[rows, labels]).mean() for each in candidates)
""",
        partly=True,
    ),
    Wrong(
        "temperature",
        "the model's own answers likely",
        "*own* answers most likely",
        APPLY
        + """
def fit_temperature(labels, probabilities, candidates):
    losses = [-np.log(apply_temperature(probabilities, each).max(axis=1)).mean() for each in candidates]
    return candidates[np.argmin(losses)]
""",
        partly=True,
    ),
    Wrong(
        "temperature",
        "chosen by accuracy",
        "accuracy, for instance, cannot choose",
        APPLY
        + """
def fit_temperature(labels, probabilities, candidates):
    scores = [(apply_temperature(probabilities, each).argmax(axis=1) == labels).mean() for each in candidates]
    return candidates[np.argmax(scores)]
""",
        partly=True,
    ),
    Wrong(
        "temperature",
        "fitted by calibration error",
        "lowest calibration error",
        APPLY
        + """
def fit_temperature(labels, probabilities, candidates):
    errors = []
    for each in candidates:
        cooled = apply_temperature(probabilities, each)
        sure, right, error = cooled.max(axis=1), cooled.argmax(axis=1) == labels, 0
        for number in range(10):
            inside = (sure > number / 10) & (sure <= (number + 1) / 10)
            if inside.any():
                error += inside.mean() * abs(sure[inside].mean() - right[inside].mean())
        errors.append(error)
    return candidates[np.argmin(errors)]
""",
        partly=True,
    ),
    Wrong(
        "temperature",
        "forgets to apply the temperature",
        "first candidate",
        APPLY
        + """
def fit_temperature(labels, probabilities, candidates):
    rows = np.arange(len(labels))
    losses = [-np.log(probabilities[rows, labels]).mean() for each in candidates]
    return candidates[np.argmin(losses)]
""",
        partly=True,
    ),
    Wrong(
        "temperature",
        "changes nothing at all",
        "nothing changed",
        """
def apply_temperature(probabilities, temperature):
    return probabilities


def fit_temperature(labels, probabilities, candidates):
    return 1.0
""",
    ),
]

HEAT_MAP = [
    Wrong(
        "heat_map",
        "no ReLU",
        "there are negative values",
        """
def heat_map(features, gradients):
    heat = (features * gradients.mean(axis=(0, 1))).sum(axis=-1)
    return heat / heat.max()
""",
    ),
    Wrong(
        "heat_map",
        "stretched from lowest to highest",
        "stretched",
        """
def heat_map(features, gradients):
    heat = (features * gradients.mean(axis=(0, 1))).sum(axis=-1)
    return (heat - heat.min()) / (heat.max() - heat.min())
""",
    ),
    Wrong(
        "heat_map",
        "absolute values",
        "negative values became positive",
        """
def heat_map(features, gradients):
    heat = np.abs((features * gradients.mean(axis=(0, 1))).sum(axis=-1))
    return heat / heat.max()
""",
    ),
    Wrong(
        "heat_map",
        "ReLU before the sum",
        "channel by channel",
        """
def heat_map(features, gradients):
    heat = np.maximum(features * gradients.mean(axis=(0, 1)), 0).sum(axis=-1)
    return heat / heat.max() if heat.max() > 0 else heat
""",
        partly=True,
    ),
    Wrong(
        "heat_map",
        "not divided by the largest value",
        "does not go up to 1",
        """
def heat_map(features, gradients):
    return np.maximum((features * gradients.mean(axis=(0, 1))).sum(axis=-1), 0)
""",
    ),
    Wrong(
        "heat_map",
        "gradient times feature at each place",
        "each place has its own weight",
        """
def heat_map(features, gradients):
    heat = np.maximum((features * gradients).sum(axis=-1), 0)
    return heat / heat.max() if heat.max() > 0 else heat
""",
        partly=True,
    ),
    Wrong(
        "heat_map",
        "averages over the channels",
        "averaged over the channels",
        """
def heat_map(features, gradients):
    weights = gradients.mean(axis=-1, keepdims=True)
    heat = np.maximum((features * weights).sum(axis=-1), 0)
    return heat / heat.max() if heat.max() > 0 else heat
""",
        partly=True,
    ),
    Wrong(
        "heat_map",
        "features and gradients exchanged",
        "features and gradients have changed places",
        """
def heat_map(features, gradients):
    heat = np.maximum((gradients * features.mean(axis=(0, 1))).sum(axis=-1), 0)
    return heat / heat.max() if heat.max() > 0 else heat
""",
    ),
    Wrong(
        "heat_map",
        "no weights",
        "gradients play no part",
        """
def heat_map(features, gradients):
    heat = features.sum(axis=-1)
    return heat / heat.max()
""",
    ),
    Wrong(
        "heat_map",
        "divides by zero",
        "what is 0 divided by 0",
        """
def heat_map(features, gradients):
    heat = np.maximum((features * gradients.mean(axis=(0, 1))).sum(axis=-1), 0)
    return heat / heat.max()
""",
        partly=True,
    ),
    Wrong(
        "heat_map",
        "adds up to 1",
        "the map adds up to 1",
        """
def heat_map(features, gradients):
    heat = np.maximum((features * gradients.mean(axis=(0, 1))).sum(axis=-1), 0)
    return heat / max(heat.sum(), 1e-12)
""",
    ),
    Wrong(
        "heat_map",
        "sums over the wrong axis",
        "wrong shape",
        """
def heat_map(features, gradients):
    heat = np.maximum((features * gradients.mean(axis=(0, 1))).sum(axis=0), 0)
    return heat / heat.max() if heat.max() > 0 else heat
""",
    ),
    Wrong(
        "heat_map",
        "all zeros",
        "is not right",
        """
def heat_map(features, gradients):
    return np.zeros(features.shape[:2])
""",
    ),
]

WRONG = [
    *CONFUSION_MATRIX,
    *LAZY_MODEL,
    *CLASS_SCORES,
    *FIRST_LOOK,
    *WILSON_INTERVAL,
    *PAIRED_TEST,
    *CALIBRATION_ERROR,
    *TEMPERATURE,
    *HEAT_MAP,
]

RIGHT = [
    Right(
        "confusion_matrix",
        "counts numbered cells",
        """
def confusion_matrix(labels, predictions, num_classes):
    cells = np.bincount(labels * num_classes + predictions, minlength=num_classes**2)
    return cells.reshape(num_classes, num_classes)
""",
    ),
    Right(
        "confusion_matrix",
        "one-hot product",
        """
def confusion_matrix(labels, predictions, num_classes):
    one_hot = np.eye(num_classes)
    return one_hot[labels].T @ one_hot[predictions]
""",
    ),
    Right(
        "confusion_matrix",
        "lists of lists",
        """
def confusion_matrix(labels, predictions, num_classes):
    pairs = list(zip(labels.tolist(), predictions.tolist()))
    return [[pairs.count((true, said)) for said in range(num_classes)] for true in range(num_classes)]
""",
    ),
    Right(
        "confusion_matrix",
        "TensorFlow",
        """
import tensorflow as tf


def confusion_matrix(labels, predictions, num_classes):
    return tf.math.confusion_matrix(labels, predictions, num_classes)
""",
    ),
    Right("lazy_model", "upper case", 'lazy_recall = "B"\n'),
    Right("lazy_model", "with spaces", 'lazy_recall = " b "\n'),
    Right(
        "class_scores",
        "loop over the classes",
        """
def class_scores(confusion):
    precision, recall, f1 = [], [], []
    for c in range(len(confusion)):
        hits, said, true = confusion[c, c], sum(confusion[:, c]), sum(confusion[c])
        p = hits / said if said else 0
        r = hits / true if true else 0
        precision.append(p)
        recall.append(r)
        f1.append(2 * p * r / (p + r) if p + r else 0)
    return precision, recall, f1, sum(f1) / len(f1)
""",
    ),
    Right(
        "class_scores",
        "divides where possible",
        """
def class_scores(confusion):
    def divide(a, b):
        return np.divide(a, b, out=np.zeros(len(a)), where=b > 0)

    hits = confusion.diagonal().astype(float)
    precision, recall = divide(hits, confusion.sum(0)), divide(hits, confusion.sum(1))
    f1 = divide(2 * precision * recall, precision + recall)
    return [precision, recall, f1, np.array([f1.mean()])]
""",
    ),
    Right(
        "class_scores",
        "replaces nan afterwards",
        """
def class_scores(confusion):
    hits = np.diag(confusion)
    precision = np.nan_to_num(hits / confusion.sum(axis=0))
    recall = np.nan_to_num(hits / confusion.sum(axis=1))
    f1 = np.nan_to_num(2 * precision * recall / (precision + recall))
    return precision, recall, f1, float(np.mean(f1))
""",
    ),
    Right("first_look", "sorted tuples", TOP_PAIRS + HARDEST),
    Right(
        "first_look",
        "flat argsort and loops",
        """
def top_pairs(confusion, count):
    errors = confusion - np.diag(np.diag(confusion))
    order = np.argsort(-errors, axis=None, kind="stable")[:count]
    cells = [divmod(int(place), len(errors)) for place in order]
    return [[t, s, errors[t, s]] for t, s in cells if errors[t, s] > 0]


def hardest_images(labels, probabilities, count):
    found = []
    for place, (label, row) in enumerate(zip(labels, probabilities)):
        if row.argmax() != label:
            found.append((row.max(), place))
    return [place for _, place in sorted(found, reverse=True)[:count]]
""",
    ),
    Right(
        "first_look",
        "an array of pairs",
        """
def top_pairs(confusion, count):
    true, said = np.nonzero(confusion * (1 - np.eye(len(confusion), dtype=int)))
    number = confusion[true, said]
    order = np.lexsort((said, true, -number))[:count]
    return np.stack([true, said, number], axis=1)[order]


def hardest_images(labels, probabilities, count):
    wrong = probabilities.argmax(axis=1) != labels
    score = np.where(wrong, probabilities.max(axis=1), -1)
    return np.argsort(score)[::-1][: min(count, wrong.sum())]
""",
    ),
    Right(
        "wilson_interval",
        "the other form of the formula",
        """
def wilson_interval(correct, n, z=1.96):
    wrong, square = n - correct, z * z
    centre = (correct + square / 2) / (n + square)
    half = z / (n + square) * np.sqrt(correct * wrong / n + square / 4)
    return np.array([centre - half, centre + half])
""",
    ),
    Right(
        "wilson_interval",
        "solves the quadratic equation",
        """
def wilson_interval(correct, n, z=1.96):
    p = correct / n
    roots = np.roots([1 + z**2 / n, -(2 * p + z**2 / n), p**2])
    return sorted(roots.real.tolist())
""",
    ),
    Right(
        "wilson_interval",
        "cut to 0 and 1 by hand",
        """
def wilson_interval(correct, n, z=1.96):
    p, s = correct / n, z**2 / n
    half = z * ((p * (1 - p) + s / 4) / n) ** 0.5
    return max(0.0, (p + s / 2 - half) / (1 + s)), min(1.0, (p + s / 2 + half) / (1 + s))
""",
    ),
    Right(
        "paired_test",
        "SciPy",
        """
from scipy.stats import binomtest


def paired_test(labels, predictions_a, predictions_b):
    a, b = predictions_a == labels, predictions_b == labels
    only_a, only_b = np.sum(a & ~b), np.sum(b & ~a)
    if only_a + only_b == 0:
        return 0, 0, 1.0
    return only_a, only_b, binomtest(int(only_a), int(only_a + only_b)).pvalue
""",
    ),
    Right(
        "paired_test",
        "loop and powers of one half",
        """
def paired_test(labels, predictions_a, predictions_b):
    only_a = only_b = 0
    for y, a, b in zip(labels, predictions_a, predictions_b):
        if a == y and b != y:
            only_a += 1
        elif b == y and a != y:
            only_b += 1
    m, p = only_a + only_b, 0.0
    for k in range(min(only_a, only_b) + 1):
        p += math.comb(m, k) * 0.5**m
    return [only_a, only_b, 1.0 if 2 * p > 1 else 2 * p]
""",
    ),
    Right(
        "paired_test",
        "counts disagreements first",
        """
def paired_test(labels, predictions_a, predictions_b):
    a, b = np.equal(predictions_a, labels), np.equal(predictions_b, labels)
    m = int(np.sum(a ^ b))
    only_a = int(np.sum(a[a ^ b]))
    tail = sum(math.comb(m, k) for k in range(m + 1) if abs(2 * k - m) >= abs(2 * only_a - m))
    return only_a, m - only_a, tail / 2**m
""",
    ),
    Right(
        "calibration_error",
        "searchsorted and bincount",
        """
def calibration_error(labels, probabilities, bins=10):
    sure = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    number = np.clip(np.searchsorted(np.linspace(0, 1, bins + 1), sure) - 1, 0, bins - 1)
    gap = np.bincount(number, weights=sure.astype(float) - right, minlength=bins)
    return np.abs(gap).sum() / len(labels)
""",
    ),
    Right(
        "calibration_error",
        "digitize, right edges",
        """
def calibration_error(labels, probabilities, bins=10):
    sure, said = probabilities.max(1), probabilities.argmax(1)
    number = np.digitize(sure, np.linspace(0, 1, bins + 1)[1:-1], right=True)
    error = 0.0
    for each in np.unique(number):
        inside = number == each
        error += abs(np.mean(sure[inside]) - np.mean(said[inside] == labels[inside])) * inside.sum()
    return np.float64(error / len(labels))
""",
    ),
    Right(
        "calibration_error",
        "plain Python",
        """
def calibration_error(labels, probabilities, bins=10):
    groups = {}
    for label, row in zip(labels, probabilities):
        place = max(math.ceil(float(max(row)) * bins), 1)
        groups.setdefault(place, []).append((float(max(row)), int(row.argmax()) == label))
    return sum(abs(sum(sure - right for sure, right in group)) for group in groups.values()) / len(labels)
""",
    ),
    Right("temperature", "powers and a loop", APPLY + FIT),
    Right(
        "temperature",
        "keras.ops",
        """
from keras import ops


def apply_temperature(probabilities, temperature):
    return ops.softmax(ops.log(ops.convert_to_tensor(probabilities)) / temperature, axis=-1)


def fit_temperature(labels, probabilities, candidates):
    def loss(candidate):
        cooled = ops.convert_to_numpy(apply_temperature(probabilities, float(candidate)))
        return -np.log(np.take_along_axis(cooled, labels[:, None], axis=1)).sum()

    return min(candidates, key=loss)
""",
    ),
    Right(
        "temperature",
        "stable softmax, one-hot loss",
        """
def apply_temperature(probabilities, temperature):
    logits = np.log(np.clip(probabilities, 1e-12, 1)) / temperature
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / np.sum(powers, axis=-1)[:, None]


def fit_temperature(labels, probabilities, candidates):
    one_hot = np.eye(probabilities.shape[1])[labels]
    scores = {}
    for candidate in candidates:
        scores[float(candidate)] = (one_hot * np.log(apply_temperature(probabilities, candidate))).sum(axis=1).mean()
    return max(scores, key=scores.get)
""",
    ),
    Right(
        "heat_map",
        "loops",
        """
def heat_map(features, gradients):
    height, width, channels = features.shape
    heat = np.zeros((height, width))
    for channel in range(channels):
        heat += gradients[:, :, channel].mean() * features[:, :, channel]
    heat[heat < 0] = 0
    return heat / heat.max() if heat.max() > 0 else heat
""",
    ),
    Right(
        "heat_map",
        "einsum, sum of the gradients",
        """
def heat_map(features, gradients):
    heat = np.einsum("hwc,c->hw", features, gradients.sum(axis=(0, 1))).clip(min=0)
    peak = heat.max()
    return np.divide(heat, peak, out=np.zeros_like(heat), where=peak > 0)
""",
    ),
    Right(
        "heat_map",
        "TensorFlow",
        """
import tensorflow as tf


def heat_map(features, gradients):
    weights = tf.reduce_mean(gradients, axis=[0, 1])
    heat = tf.nn.relu(tf.reduce_sum(features * weights, axis=-1))
    return tf.math.divide_no_nan(heat, tf.reduce_max(heat))
""",
    ),
]

HARMLESS = {
    "class_scores": {
        "7:78 1 → 2": "where the divisor is 1 the class has no right answer, and its F1 is 0 whatever it is divided by",
    },
    "first_look": {
        "int(confusion[true, said]) →": "a whole number of NumPy equals the same number of Python",
    },
}
