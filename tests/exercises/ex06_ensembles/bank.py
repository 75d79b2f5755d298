"""Wrong answers from real misconceptions, and right answers in other styles, for exercise 6."""

from __future__ import annotations

from tests.exercises.harness import Right, Wrong

WRONG = [
    Wrong(
        "soft_vote",
        "the sum instead of the mean",
        "what must the sum be divided by",
        """
def soft_vote(members, weights=None):
    weights = np.ones(len(members)) if weights is None else weights
    return np.tensordot(weights, members, axes=1)
""",
        partly=True,
    ),
    Wrong(
        "soft_vote",
        "the mean of weighted members",
        "as if the weighted sum had been divided by the number of members",
        """
def soft_vote(members, weights=None):
    weights = np.ones(len(members)) if weights is None else weights
    return (weights[:, None, None] * members).mean(axis=0)
""",
        partly=True,
    ),
    Wrong(
        "soft_vote",
        "weights ignored",
        "the weights were not used",
        """
def soft_vote(members, weights=None):
    return members.mean(axis=0)
""",
        partly=True,
    ),
    Wrong(
        "soft_vote",
        "mean over the images",
        "the images have been averaged away",
        """
def soft_vote(members, weights=None):
    weights = np.ones(len(members)) if weights is None else weights
    return (members * (weights / weights.sum())[:, None, None] * len(members)).mean(axis=1)
""",
    ),
    Wrong(
        "soft_vote",
        "mean over the classes",
        "the classes have been averaged away",
        """
def soft_vote(members, weights=None):
    return members.mean(axis=2)
""",
    ),
    Wrong(
        "soft_vote",
        "hands instead of probabilities",
        "does not hear how sure a member is",
        """
def soft_vote(members, weights=None):
    weights = np.ones(len(members)) if weights is None else weights
    hands = np.eye(members.shape[2])[members.argmax(axis=2)]
    return np.tensordot(weights / weights.sum(), hands, axes=1)
""",
    ),
    Wrong(
        "soft_vote",
        "the geometric mean",
        "gives each member a veto",
        """
def soft_vote(members, weights=None):
    weights = np.ones(len(members)) if weights is None else weights
    product = np.exp(np.tensordot(weights / weights.sum(), np.log(members), axes=1))
    return product / product.sum(axis=1, keepdims=True)
""",
    ),
    Wrong(
        "soft_vote",
        "returns the winning class",
        "these are classes",
        """
def soft_vote(members, weights=None):
    weights = np.ones(len(members)) if weights is None else weights
    return np.tensordot(weights, members, axes=1).argmax(axis=1)
""",
    ),
    Wrong(
        "soft_vote",
        "the weights through a softmax",
        "went through a softmax",
        """
def soft_vote(members, weights=None):
    weights = np.ones(len(members)) if weights is None else weights
    weights = np.exp(weights) / np.exp(weights).sum()
    return np.tensordot(weights, members, axes=1)
""",
        partly=True,
    ),
    Wrong(
        "soft_vote",
        "the surest member decides",
        "the largest probability that any member gives",
        """
def soft_vote(members, weights=None):
    return members.max(axis=0)
""",
    ),
    Wrong(
        "soft_vote",
        "prints the vote",
        "does the function end with `return`",
        """
def soft_vote(members, weights=None):
    print(np.average(members, axis=0, weights=weights))
""",
    ),
    Wrong(
        "soft_vote",
        "needs weights",
        "raised",
        """
def soft_vote(members, weights=None):
    return np.tensordot(weights / weights.sum(), members, axes=1)
""",
        partly=True,
    ),
    Wrong(
        "soft_vote",
        "normalises the caller's weights in place",
        "changed what it was given",
        """
def soft_vote(members, weights=None):
    weights = np.ones(len(members)) if weights is None else weights
    weights /= weights.sum()
    return np.tensordot(weights, members, axes=1)
""",
        partly=True,
    ),
    Wrong("soft_vote", "the answer of the package", "ready-made", "from cifar_teach.ensemble import soft_vote"),
    Wrong(
        "prediction_average",
        "two of three members decide",
        "how small can a logarithm become",
        'prediction_average = "a"',
    ),
    Wrong("prediction_average", "the surest member decides", "add up what is said for cat", 'prediction_average = "b"'),
    Wrong("prediction_average", "the other way round", "the two votes do differ", 'prediction_average = "d"'),
    Wrong("prediction_average", "an option that does not exist", "one of the options", 'prediction_average = "e"'),
    Wrong("prediction_average", "a list of options", "one of the options", 'prediction_average = ["a", "b", "c", "d"]'),
    Wrong("prediction_average", "a number instead of a letter", "one of the options", "prediction_average = 3"),
    Wrong(
        "prediction_average", "the option's first words", "one of the options", 'prediction_average = "Vote 1 says cat"'
    ),
    Wrong(
        "prediction_copies",
        "a vote is a mean of accuracies",
        "a vote is not the mean of the accuracies",
        'prediction_copies = "a"',
    ),
    Wrong("prediction_copies", "copies help too", "think of the copies", 'prediction_copies = "c"'),
    Wrong("prediction_copies", "errors add up", "at least two of three fail", 'prediction_copies = "d"'),
    Wrong("prediction_copies", "an option that does not exist", "one of the options", 'prediction_copies = "e"'),
    Wrong("prediction_copies", "a list of options", "one of the options", 'prediction_copies = ["a", "b", "c", "d"]'),
    Wrong("prediction_copies", "a number instead of a letter", "one of the options", "prediction_copies = 2"),
    Wrong(
        "prediction_copies",
        "the option's first words",
        "one of the options",
        'prediction_copies = "60 % for the copies"',
    ),
    Wrong(
        "hard_vote",
        "ties go to the lowest class",
        "the one with the lowest number",
        """
def hard_vote(members):
    hands = members.argmax(axis=2)
    return np.array([np.bincount(column).argmax() for column in hands.T])
""",
        partly=True,
    ),
    Wrong(
        "hard_vote",
        "ties go to the highest class",
        "the one with the highest number",
        """
def hard_vote(members):
    classes = members.shape[2]
    hands = np.eye(classes)[members.argmax(axis=2)].sum(axis=0)
    return classes - 1 - hands[:, ::-1].argmax(axis=1)
""",
        partly=True,
    ),
    Wrong(
        "hard_vote",
        "ties go to whoever voted first",
        "the one that the first member wanted",
        """
def hard_vote(members):
    from collections import Counter

    hands = members.argmax(axis=2)
    return np.array([Counter(column.tolist()).most_common(1)[0][0] for column in hands.T])
""",
        partly=True,
    ),
    Wrong(
        "hard_vote",
        "ties go to the surest single member",
        "the largest single probability",
        """
def hard_vote(members):
    classes = members.shape[2]
    hands = np.eye(classes)[members.argmax(axis=2)].sum(axis=0)
    tied = hands == hands.max(axis=1, keepdims=True)
    return np.where(tied, members.max(axis=0), -1).argmax(axis=1)
""",
        partly=True,
    ),
    Wrong(
        "hard_vote",
        "ties go to the soft vote of all classes",
        "only the tied classes take part",
        """
def hard_vote(members):
    classes = members.shape[2]
    hands = np.eye(classes)[members.argmax(axis=2)].sum(axis=0)
    most = hands.max(axis=1, keepdims=True)
    is_tie = (hands == most).sum(axis=1) > 1
    return np.where(is_tie, members.sum(axis=0).argmax(axis=1), hands.argmax(axis=1))
""",
        partly=True,
    ),
    Wrong(
        "hard_vote",
        "ties settled at random",
        "the larger sum of probabilities wins",
        """
def hard_vote(members):
    classes = members.shape[2]
    hands = np.eye(classes)[members.argmax(axis=2)].sum(axis=0)
    return (hands + np.random.default_rng(0).random(hands.shape) / 2).argmax(axis=1)
""",
        partly=True,
    ),
    Wrong(
        "hard_vote",
        "the soft vote",
        "this is the soft vote",
        """
def hard_vote(members):
    return members.mean(axis=0).argmax(axis=1)
""",
    ),
    Wrong(
        "hard_vote",
        "the sums are added to the hands",
        "overturn a difference of one hand",
        """
def hard_vote(members):
    classes = members.shape[2]
    hands = np.eye(classes)[members.argmax(axis=2)].sum(axis=0)
    return (hands + members.sum(axis=0)).argmax(axis=1)
""",
        partly=True,
    ),
    Wrong(
        "hard_vote",
        "the surest member alone",
        "the class of the surest member",
        """
def hard_vote(members):
    surest = members.max(axis=2).argmax(axis=0)
    return members.argmax(axis=2)[surest, np.arange(members.shape[1])]
""",
    ),
    Wrong(
        "hard_vote",
        "returns the hands",
        "shape",
        """
def hard_vote(members):
    classes = members.shape[2]
    hands = np.eye(classes)[members.argmax(axis=2)].sum(axis=0)
    return hands
""",
    ),
    Wrong(
        "hard_vote",
        "returns the number of hands",
        "which class do they belong to",
        """
def hard_vote(members):
    classes = members.shape[2]
    hands = np.eye(classes)[members.argmax(axis=2)].sum(axis=0)
    return hands.max(axis=1)
""",
    ),
    Wrong(
        "hard_vote",
        "the rounded mean of class numbers",
        "the mean of the class numbers",
        """
def hard_vote(members):
    return np.rint(members.argmax(axis=2).mean(axis=0)).astype(int)
""",
    ),
    Wrong(
        "hard_vote",
        "the median of class numbers",
        "the median of the class numbers",
        """
def hard_vote(members):
    return np.median(members.argmax(axis=2), axis=0)
""",
    ),
    Wrong(
        "hard_vote",
        "argmax over the members",
        "there is no tie among these images",
        """
def hard_vote(members):
    return members.argmax(axis=0).max(axis=1)
""",
    ),
    Wrong(
        "error_correlation",
        "the predictions are correlated",
        "the class numbers themselves were correlated",
        """
def error_correlation(labels, members):
    return np.corrcoef(members.argmax(axis=2))
""",
    ),
    Wrong(
        "error_correlation",
        "the probabilities are correlated",
        "all probabilities were correlated",
        """
def error_correlation(labels, members):
    return np.corrcoef(members.reshape(len(members), -1))
""",
    ),
    Wrong(
        "error_correlation",
        "the probabilities of the true class",
        "turn each answer into right or wrong first",
        """
def error_correlation(labels, members):
    return np.corrcoef(members[:, np.arange(len(labels)), labels])
""",
    ),
    Wrong(
        "error_correlation",
        "share of equal results",
        "two good members share many right answers by chance",
        """
def error_correlation(labels, members):
    wrong = (members.argmax(axis=2) != labels).astype(float)
    return np.array([[np.mean(a == b) for b in wrong] for a in wrong])
""",
    ),
    Wrong(
        "error_correlation",
        "disagreement",
        "their disagreement",
        """
def error_correlation(labels, members):
    wrong = (members.argmax(axis=2) != labels).astype(float)
    return np.array([[np.mean(a != b) for b in wrong] for a in wrong])
""",
    ),
    Wrong(
        "error_correlation",
        "share of common errors",
        "both are wrong",
        """
def error_correlation(labels, members):
    wrong = (members.argmax(axis=2) != labels).astype(float)
    return wrong @ wrong.T / len(labels)
""",
    ),
    Wrong(
        "error_correlation",
        "overlap of the errors",
        "that is an overlap",
        """
def error_correlation(labels, members):
    wrong = (members.argmax(axis=2) != labels).astype(float)
    return np.array([[(a * b).sum() / max(np.maximum(a, b).sum(), 1) for b in wrong] for a in wrong])
""",
    ),
    Wrong(
        "error_correlation",
        "covariance",
        "this is the covariance",
        """
def error_correlation(labels, members):
    wrong = (members.argmax(axis=2) != labels).astype(float)
    return np.cov(wrong)
""",
    ),
    Wrong(
        "error_correlation",
        "share of equal predictions",
        "does not look at the labels",
        """
def error_correlation(labels, members):
    predictions = members.argmax(axis=2)
    return np.array([[np.mean(a == b) for b in predictions] for a in predictions])
""",
    ),
    Wrong(
        "error_correlation",
        "images as the variables",
        "one row for each image",
        """
def error_correlation(labels, members):
    wrong = (members.argmax(axis=2) != labels).astype(float)
    return np.corrcoef(wrong.T)
""",
    ),
    Wrong(
        "error_correlation",
        "the sign dropped",
        "the sign is lost",
        """
def error_correlation(labels, members):
    wrong = (members.argmax(axis=2) != labels).astype(float)
    return np.abs(np.corrcoef(wrong))
""",
    ),
    Wrong(
        "error_correlation",
        "nan replaced by 0",
        "should be nan",
        """
def error_correlation(labels, members):
    wrong = (members.argmax(axis=2) != labels).astype(float)
    return np.nan_to_num(np.corrcoef(wrong))
""",
        partly=True,
    ),
    Wrong(
        "error_correlation",
        "1 on every diagonal",
        "should be nan",
        """
def error_correlation(labels, members):
    wrong = (members.argmax(axis=2) != labels).astype(float)
    result = np.corrcoef(wrong)
    np.fill_diagonal(result, 1)
    return result
""",
        partly=True,
    ),
    Wrong(
        "error_correlation",
        "only one pair",
        "wrong shape",
        """
def error_correlation(labels, members):
    wrong = (members.argmax(axis=2) != labels).astype(float)
    return np.corrcoef(wrong[0], wrong[1])
""",
    ),
    Wrong(
        "error_correlation",
        "argmax over the members",
        "values that are not numbers",
        """
def error_correlation(labels, members):
    wrong = members.argmax(axis=1) != labels[: members.shape[2]]
    return np.corrcoef(wrong)
""",
    ),
    Wrong(
        "fit_weights",
        "the loss alone",
        "the accuracy decides",
        """
def fit_weights(labels, members, steps=10):
    best, highest = None, None
    for counts in itertools.product(range(steps + 1), repeat=len(members)):
        if sum(counts) != steps:
            continue
        weights = np.array(counts) / steps
        vote = np.tensordot(weights, members, axes=1)
        share = np.mean(vote.argmax(axis=1) == labels)
        loss = -np.log(np.maximum(vote[np.arange(len(labels)), labels], 1e-7)).mean()
        score = -loss
        if highest is None or score > highest:
            highest, best = score, weights
    return best
""",
        partly=True,
    ),
    Wrong(
        "fit_weights",
        "the accuracy alone, first of the best",
        "it was the first in the row",
        """
def fit_weights(labels, members, steps=10):
    best, highest = None, None
    for counts in itertools.product(range(steps + 1), repeat=len(members)):
        if sum(counts) != steps:
            continue
        weights = np.array(counts) / steps
        vote = np.tensordot(weights, members, axes=1)
        share = np.mean(vote.argmax(axis=1) == labels)
        loss = -np.log(np.maximum(vote[np.arange(len(labels)), labels], 1e-7)).mean()
        score = share
        if highest is None or score > highest:
            highest, best = score, weights
    return best
""",
    ),
    Wrong(
        "fit_weights",
        "the accuracy alone, last of the best",
        "it was the last in the row",
        """
def fit_weights(labels, members, steps=10):
    best, highest = None, None
    for counts in itertools.product(range(steps + 1), repeat=len(members)):
        if sum(counts) != steps:
            continue
        weights = np.array(counts) / steps
        vote = np.tensordot(weights, members, axes=1)
        share = np.mean(vote.argmax(axis=1) == labels)
        loss = -np.log(np.maximum(vote[np.arange(len(labels)), labels], 1e-7)).mean()
        score = share
        if highest is None or score >= highest:
            highest, best = score, weights
    return best
""",
    ),
    Wrong(
        "fit_weights",
        "ties go to the highest loss",
        "which sign does the loss have",
        """
def fit_weights(labels, members, steps=10):
    best, highest = None, None
    for counts in itertools.product(range(steps + 1), repeat=len(members)):
        if sum(counts) != steps:
            continue
        weights = np.array(counts) / steps
        vote = np.tensordot(weights, members, axes=1)
        share = np.mean(vote.argmax(axis=1) == labels)
        loss = -np.log(np.maximum(vote[np.arange(len(labels)), labels], 1e-7)).mean()
        score = (share, loss)
        if highest is None or score > highest:
            highest, best = score, weights
    return best
""",
    ),
    Wrong(
        "fit_weights",
        "the lowest accuracy",
        "the lowest accuracy",
        """
def fit_weights(labels, members, steps=10):
    best, highest = None, None
    for counts in itertools.product(range(steps + 1), repeat=len(members)):
        if sum(counts) != steps:
            continue
        weights = np.array(counts) / steps
        vote = np.tensordot(weights, members, axes=1)
        share = np.mean(vote.argmax(axis=1) == labels)
        loss = -np.log(np.maximum(vote[np.arange(len(labels)), labels], 1e-7)).mean()
        score = (-share, -loss)
        if highest is None or score > highest:
            highest, best = score, weights
    return best
""",
    ),
    Wrong(
        "fit_weights",
        "the highest loss",
        "the candidate with the highest loss",
        """
def fit_weights(labels, members, steps=10):
    best, highest = None, None
    for counts in itertools.product(range(steps + 1), repeat=len(members)):
        if sum(counts) != steps:
            continue
        weights = np.array(counts) / steps
        vote = np.tensordot(weights, members, axes=1)
        share = np.mean(vote.argmax(axis=1) == labels)
        loss = -np.log(np.maximum(vote[np.arange(len(labels)), labels], 1e-7)).mean()
        score = loss
        if highest is None or score > highest:
            highest, best = score, weights
    return best
""",
    ),
    Wrong(
        "fit_weights",
        "log of 0 not guarded",
        "what is the logarithm of 0",
        """
def fit_weights(labels, members, steps=10):
    best, highest = None, None
    for counts in itertools.product(range(steps + 1), repeat=len(members)):
        if sum(counts) != steps:
            continue
        weights = np.array(counts) / steps
        vote = np.tensordot(weights, members, axes=1)
        share = np.mean(vote.argmax(axis=1) == labels)
        loss = -np.log(vote[np.arange(len(labels)), labels]).mean()
        score = (share, -loss)
        if highest is None or score > highest:
            highest, best = score, weights
    return best
""",
        partly=True,
    ),
    Wrong(
        "fit_weights",
        "fractions whose sum is compared with 1",
        "is not exactly 1",
        """
def fit_weights(labels, members, steps=10):
    best, highest = None, None
    for weights in itertools.product(np.linspace(0, 1, steps + 1), repeat=len(members)):
        if sum(weights) != 1:
            continue
        vote = np.tensordot(weights, members, axes=1)
        share = np.mean(vote.argmax(axis=1) == labels)
        loss = -np.log(np.maximum(vote[np.arange(len(labels)), labels], 1e-7)).mean()
        score = (share, -loss)
        if highest is None or score > highest:
            highest, best = score, weights
    return best
""",
        partly=True,
    ),
    Wrong(
        "fit_weights",
        "weights of 0 left out",
        "0 is one of them",
        """
def fit_weights(labels, members, steps=10):
    best, highest = None, None
    for counts in itertools.product(range(1, steps), repeat=len(members)):
        if sum(counts) != steps:
            continue
        weights = np.array(counts) / steps
        vote = np.tensordot(weights, members, axes=1)
        share = np.mean(vote.argmax(axis=1) == labels)
        loss = -np.log(np.maximum(vote[np.arange(len(labels)), labels], 1e-7)).mean()
        score = (share, -loss)
        if highest is None or score > highest:
            highest, best = score, weights
    return best
""",
        partly=True,
    ),
    Wrong(
        "fit_weights",
        "nobody can get everything",
        "is the weight 1 among",
        """
def fit_weights(labels, members, steps=10):
    best, highest = None, None
    for counts in itertools.product(range(steps), repeat=len(members)):
        if sum(counts) != steps:
            continue
        weights = np.array(counts) / steps
        vote = np.tensordot(weights, members, axes=1)
        share = np.mean(vote.argmax(axis=1) == labels)
        loss = -np.log(np.maximum(vote[np.arange(len(labels)), labels], 1e-7)).mean()
        score = (share, -loss)
        if highest is None or score > highest:
            highest, best = score, weights
    return best
""",
        partly=True,
    ),
    Wrong(
        "fit_weights",
        "always steps of 0.1",
        "each weight is a multiple of 0.25",
        """
def fit_weights(labels, members, steps=10):
    best, highest = None, None
    for counts in itertools.product(range(11), repeat=len(members)):
        if sum(counts) != 10:
            continue
        weights = np.array(counts) / 10
        vote = np.tensordot(weights, members, axes=1)
        share = np.mean(vote.argmax(axis=1) == labels)
        loss = -np.log(np.maximum(vote[np.arange(len(labels)), labels], 1e-7)).mean()
        score = (share, -loss)
        if highest is None or score > highest:
            highest, best = score, weights
    return best
""",
    ),
    Wrong(
        "fit_weights",
        "in proportion to the accuracies",
        "proportional to the accuracies",
        """
def fit_weights(labels, members, steps=10):
    shares = (members.argmax(axis=2) == labels).mean(axis=1)
    return shares / shares.sum()
""",
    ),
    Wrong(
        "fit_weights",
        "the best member gets everything",
        "all the say went to the member",
        """
def fit_weights(labels, members, steps=10):
    shares = (members.argmax(axis=2) == labels).mean(axis=1)
    return np.eye(len(members))[shares.argmax()]
""",
    ),
    Wrong(
        "fit_weights",
        "equal weights",
        "the weights are all equal",
        """
def fit_weights(labels, members, steps=10):
    return np.full(len(members), 1 / len(members))
""",
    ),
    Wrong(
        "fit_weights",
        "whole numbers",
        "is it whole numbers",
        """
def fit_weights(labels, members, steps=10):
    best, highest = None, None
    for counts in itertools.product(range(steps + 1), repeat=len(members)):
        if sum(counts) != steps:
            continue
        weights = np.array(counts) / steps
        vote = np.tensordot(weights, members, axes=1)
        share = np.mean(vote.argmax(axis=1) == labels)
        loss = -np.log(np.maximum(vote[np.arange(len(labels)), labels], 1e-7)).mean()
        score = (share, -loss)
        if highest is None or score > highest:
            highest, best = score, weights
    return np.rint(best * steps)
""",
    ),
    Wrong(
        "fit_weights",
        "the mean of all best candidates",
        "the mean of all candidates",
        """
def fit_weights(labels, members, steps=10):
    grid = [np.array(c) / steps for c in itertools.product(range(steps + 1), repeat=len(members)) if sum(c) == steps]
    shares = [np.mean(np.tensordot(w, members, axes=1).argmax(axis=1) == labels) for w in grid]
    return np.mean([w for w, share in zip(grid, shares) if share == max(shares)], axis=0)
""",
    ),
    Wrong(
        "fit_weights",
        "weights that need not sum to 1",
        "the weights do not sum to 1",
        """
def fit_weights(labels, members, steps=10):
    best, highest = None, None
    for counts in itertools.product(range(steps + 1), repeat=len(members)):
        weights = np.array(counts) / steps
        vote = np.tensordot(weights, members, axes=1)
        share = np.mean(vote.argmax(axis=1) == labels)
        loss = -np.log(np.maximum(vote[np.arange(len(labels)), labels], 1e-7)).mean()
        score = (share, -loss)
        if highest is None or score > highest:
            highest, best = score, weights
    return best
""",
    ),
    Wrong(
        "fit_weights",
        "returns the accuracy",
        "wrong shape",
        """
def fit_weights(labels, members, steps=10):
    best, highest = None, None
    for counts in itertools.product(range(steps + 1), repeat=len(members)):
        if sum(counts) != steps:
            continue
        weights = np.array(counts) / steps
        vote = np.tensordot(weights, members, axes=1)
        share = np.mean(vote.argmax(axis=1) == labels)
        loss = -np.log(np.maximum(vote[np.arange(len(labels)), labels], 1e-7)).mean()
        score = (share, -loss)
        if highest is None or score > highest:
            highest, best = score, weights
    return highest[0]
""",
    ),
    Wrong(
        "leave_one_out",
        "the sign turned round",
        "the signs are turned round",
        """
def leave_one_out(labels, members, weights):
    def share(who, say):
        vote = np.tensordot(say, who, axes=1)
        return np.mean(vote.argmax(axis=1) == labels)

    def others(i):
        return np.delete(members, i, axis=0), np.delete(weights, i)

    m = len(members)
    return np.array([share(*others(i)) - share(members, weights) for i in range(m)])
""",
    ),
    Wrong(
        "leave_one_out",
        "in percent",
        "the values are in percent",
        """
def leave_one_out(labels, members, weights):
    def share(who, say):
        vote = np.tensordot(say, who, axes=1)
        return np.mean(vote.argmax(axis=1) == labels)

    def others(i):
        return np.delete(members, i, axis=0), np.delete(weights, i)

    m = len(members)
    return np.array([100 * (share(members, weights) - share(*others(i))) for i in range(m)])
""",
    ),
    Wrong(
        "leave_one_out",
        "the accuracy without the member",
        "what does the member *add*",
        """
def leave_one_out(labels, members, weights):
    def share(who, say):
        vote = np.tensordot(say, who, axes=1)
        return np.mean(vote.argmax(axis=1) == labels)

    def others(i):
        return np.delete(members, i, axis=0), np.delete(weights, i)

    m = len(members)
    return np.array([share(*others(i)) for i in range(m)])
""",
    ),
    Wrong(
        "leave_one_out",
        "the accuracy of the member alone",
        "each member alone",
        """
def leave_one_out(labels, members, weights):
    def share(who, say):
        vote = np.tensordot(say, who, axes=1)
        return np.mean(vote.argmax(axis=1) == labels)

    def others(i):
        return np.delete(members, i, axis=0), np.delete(weights, i)

    m = len(members)
    return (members.argmax(axis=2) == labels).mean(axis=1)
""",
    ),
    Wrong(
        "leave_one_out",
        "the vote minus the member alone",
        "compares the vote with each member alone",
        """
def leave_one_out(labels, members, weights):
    def share(who, say):
        vote = np.tensordot(say, who, axes=1)
        return np.mean(vote.argmax(axis=1) == labels)

    def others(i):
        return np.delete(members, i, axis=0), np.delete(weights, i)

    m = len(members)
    return share(members, weights) - (members.argmax(axis=2) == labels).mean(axis=1)
""",
    ),
    Wrong(
        "leave_one_out",
        "weights ignored",
        "the weights are not used",
        """
def leave_one_out(labels, members, weights):
    def share(who, say):
        vote = np.tensordot(say, who, axes=1)
        return np.mean(vote.argmax(axis=1) == labels)

    def others(i):
        return np.delete(members, i, axis=0), np.delete(weights, i)

    m = len(members)
    equal = np.ones(m)
    return np.array([share(members, equal) - share(np.delete(members, i, axis=0), equal[1:]) for i in range(m)])
""",
        partly=True,
    ),
    Wrong(
        "leave_one_out",
        "equal weights for those who stay",
        "the others keep their weights",
        """
def leave_one_out(labels, members, weights):
    def share(who, say):
        vote = np.tensordot(say, who, axes=1)
        return np.mean(vote.argmax(axis=1) == labels)

    def others(i):
        return np.delete(members, i, axis=0), np.delete(weights, i)

    m = len(members)
    return np.array([share(members, weights) - share(np.delete(members, i, axis=0), np.ones(m - 1)) for i in range(m)])
""",
        partly=True,
    ),
    Wrong(
        "leave_one_out",
        "the last weight dropped each time",
        "leave out the weight that belongs to the member",
        """
def leave_one_out(labels, members, weights):
    def share(who, say):
        vote = np.tensordot(say, who, axes=1)
        return np.mean(vote.argmax(axis=1) == labels)

    def others(i):
        return np.delete(members, i, axis=0), np.delete(weights, i)

    m = len(members)
    return np.array([share(members, weights) - share(np.delete(members, i, axis=0), weights[:-1]) for i in range(m)])
""",
        partly=True,
    ),
    Wrong(
        "leave_one_out",
        "members never come back",
        "never came back",
        """
def leave_one_out(labels, members, weights):
    def share(who, say):
        vote = np.tensordot(say, who, axes=1)
        return np.mean(vote.argmax(axis=1) == labels)

    def others(i):
        return np.delete(members, i, axis=0), np.delete(weights, i)

    m = len(members)
    values, rest = [], np.array(weights, dtype=float)
    for i in range(m):
        rest[i] = 0
        values.append(share(members, weights) - share(members, rest))
    return np.array(values)
""",
    ),
    Wrong(
        "leave_one_out",
        "the weights of the caller set to 0",
        "changed what it was given",
        """
def leave_one_out(labels, members, weights):
    def share(who, say):
        vote = np.tensordot(say, who, axes=1)
        return np.mean(vote.argmax(axis=1) == labels)

    def others(i):
        return np.delete(members, i, axis=0), np.delete(weights, i)

    m = len(members)
    values, whole = [], share(members, weights)
    for i in range(m):
        weights[i] = 0
        values.append(whole - share(members, weights))
    return np.array(values)
""",
    ),
    Wrong(
        "leave_one_out",
        "one sum for all",
        "wrong shape",
        """
def leave_one_out(labels, members, weights):
    def share(who, say):
        vote = np.tensordot(say, who, axes=1)
        return np.mean(vote.argmax(axis=1) == labels)

    def others(i):
        return np.delete(members, i, axis=0), np.delete(weights, i)

    m = len(members)
    return sum(share(members, weights) - share(*others(i)) for i in range(m))
""",
    ),
    Wrong(
        "leave_one_out",
        "compares with the vote of the others' best",
        "is not right",
        """
def leave_one_out(labels, members, weights):
    def share(who, say):
        vote = np.tensordot(say, who, axes=1)
        return np.mean(vote.argmax(axis=1) == labels)

    def others(i):
        return np.delete(members, i, axis=0), np.delete(weights, i)

    m = len(members)
    alone = (members.argmax(axis=2) == labels).mean(axis=1)
    return np.array([share(members, weights) - np.delete(alone, i).max() for i in range(m)])
""",
    ),
    Wrong(
        "paired_gain",
        "the two are redrawn apart",
        "both must be looked at on the same redrawn",
        """
def paired_gain(right_vote, right_single, resamples=1000, seed=0):
    rng = np.random.default_rng(seed)
    n = len(right_vote)
    votes = np.array([right_vote[rng.integers(0, n, n)].mean() for _ in range(resamples)])
    singles = np.array([right_single[rng.integers(0, n, n)].mean() for _ in range(resamples)])
    redrawn = votes - singles
    low, high = np.quantile(redrawn, [0.025, 0.975])
    return right_vote.mean() - right_single.mean(), low, high
""",
        partly=True,
    ),
    Wrong(
        "paired_gain",
        "the sign turned round",
        "the sign is turned round",
        """
def paired_gain(right_vote, right_single, resamples=1000, seed=0):
    rng = np.random.default_rng(seed)
    difference = right_vote.astype(float) - right_single.astype(float)
    n = len(difference)
    difference = -difference
    redrawn = [difference[rng.integers(0, n, n)].mean() for _ in range(resamples)]
    return difference.mean(), *np.quantile(redrawn, [0.025, 0.975])
""",
        partly=True,
    ),
    Wrong(
        "paired_gain",
        "in percent",
        "the gain is in percent",
        """
def paired_gain(right_vote, right_single, resamples=1000, seed=0):
    rng = np.random.default_rng(seed)
    difference = right_vote.astype(float) - right_single.astype(float)
    n = len(difference)
    difference = 100 * difference
    redrawn = [difference[rng.integers(0, n, n)].mean() for _ in range(resamples)]
    return difference.mean(), *np.quantile(redrawn, [0.025, 0.975])
""",
        partly=True,
    ),
    Wrong(
        "paired_gain",
        "a 90 % interval",
        "this interval holds 90 %",
        """
def paired_gain(right_vote, right_single, resamples=1000, seed=0):
    rng = np.random.default_rng(seed)
    difference = right_vote.astype(float) - right_single.astype(float)
    n = len(difference)
    redrawn = [difference[rng.integers(0, n, n)].mean() for _ in range(resamples)]
    return difference.mean(), *np.quantile(redrawn, [0.05, 0.95])
""",
        partly=True,
    ),
    Wrong(
        "paired_gain",
        "one standard deviation",
        "holds 68 %",
        """
def paired_gain(right_vote, right_single, resamples=1000, seed=0):
    rng = np.random.default_rng(seed)
    difference = right_vote.astype(float) - right_single.astype(float)
    n = len(difference)
    redrawn = [difference[rng.integers(0, n, n)].mean() for _ in range(resamples)]
    spread = np.std(redrawn)
    return difference.mean(), difference.mean() - spread, difference.mean() + spread
""",
        partly=True,
    ),
    Wrong(
        "paired_gain",
        "from the smallest to the largest",
        "from the smallest to the largest",
        """
def paired_gain(right_vote, right_single, resamples=1000, seed=0):
    rng = np.random.default_rng(seed)
    difference = right_vote.astype(float) - right_single.astype(float)
    n = len(difference)
    redrawn = [difference[rng.integers(0, n, n)].mean() for _ in range(resamples)]
    return difference.mean(), min(redrawn), max(redrawn)
""",
        partly=True,
    ),
    Wrong(
        "paired_gain",
        "drawn without replacement",
        "only shuffles",
        """
def paired_gain(right_vote, right_single, resamples=1000, seed=0):
    rng = np.random.default_rng(seed)
    difference = right_vote.astype(float) - right_single.astype(float)
    n = len(difference)
    redrawn = [difference[rng.permutation(n)].mean() for _ in range(resamples)]
    return difference.mean(), *np.quantile(redrawn, [0.025, 0.975])
""",
        partly=True,
    ),
    Wrong(
        "paired_gain",
        "a tenth of the images",
        "much too wide",
        """
def paired_gain(right_vote, right_single, resamples=1000, seed=0):
    rng = np.random.default_rng(seed)
    difference = right_vote.astype(float) - right_single.astype(float)
    n = len(difference)
    redrawn = [difference[rng.integers(0, n, n // 10)].mean() for _ in range(resamples)]
    return difference.mean(), *np.quantile(redrawn, [0.025, 0.975])
""",
        partly=True,
    ),
    Wrong(
        "paired_gain",
        "quantiles of the differences of single images",
        "what single images say",
        """
def paired_gain(right_vote, right_single, resamples=1000, seed=0):
    rng = np.random.default_rng(seed)
    difference = right_vote.astype(float) - right_single.astype(float)
    n = len(difference)
    return difference.mean(), *np.quantile(difference[rng.integers(0, n, n)], [0.025, 0.975])
""",
        partly=True,
    ),
    Wrong(
        "paired_gain",
        "quantiles given in percent",
        "raised ValueError",
        """
def paired_gain(right_vote, right_single, resamples=1000, seed=0):
    rng = np.random.default_rng(seed)
    difference = right_vote.astype(float) - right_single.astype(float)
    n = len(difference)
    redrawn = [difference[rng.integers(0, n, n)].mean() for _ in range(resamples)]
    return difference.mean(), *np.quantile(redrawn, [2.5, 97.5])
""",
    ),
    Wrong(
        "paired_gain",
        "seed ignored",
        "all give the same interval",
        """
def paired_gain(right_vote, right_single, resamples=1000, seed=0):
    rng = np.random.default_rng(0)
    difference = right_vote.astype(float) - right_single.astype(float)
    n = len(difference)
    redrawn = [difference[rng.integers(0, n, n)].mean() for _ in range(resamples)]
    return difference.mean(), *np.quantile(redrawn, [0.025, 0.975])
""",
        partly=True,
    ),
    Wrong(
        "paired_gain",
        "no seed at all",
        "two different intervals",
        """
def paired_gain(right_vote, right_single, resamples=1000, seed=0):
    rng = np.random.default_rng()
    difference = right_vote.astype(float) - right_single.astype(float)
    n = len(difference)
    redrawn = [difference[rng.integers(0, n, n)].mean() for _ in range(resamples)]
    return difference.mean(), *np.quantile(redrawn, [0.025, 0.975])
""",
        partly=True,
    ),
    Wrong(
        "paired_gain",
        "the mean of the redrawn gains",
        "not on redrawn ones",
        """
def paired_gain(right_vote, right_single, resamples=1000, seed=0):
    rng = np.random.default_rng(seed)
    difference = right_vote.astype(float) - right_single.astype(float)
    n = len(difference)
    redrawn = [difference[rng.integers(0, n, n)].mean() for _ in range(resamples)]
    return np.mean(redrawn), *np.quantile(redrawn, [0.025, 0.975])
""",
        partly=True,
    ),
    Wrong(
        "paired_gain",
        "one redraw only: the generator is made anew each time",
        "no width",
        """
def paired_gain(right_vote, right_single, resamples=1000, seed=0):
    rng = np.random.default_rng(seed)
    difference = right_vote.astype(float) - right_single.astype(float)
    n = len(difference)
    redrawn = [difference[np.random.default_rng(seed).integers(0, n, n)].mean() for _ in range(resamples)]
    return difference.mean(), *np.quantile(redrawn, [0.025, 0.975])
""",
        partly=True,
    ),
    Wrong(
        "paired_gain",
        "the gain in percent of the single model",
        "relative to the accuracy",
        """
def paired_gain(right_vote, right_single, resamples=1000, seed=0):
    rng = np.random.default_rng(seed)
    difference = right_vote.astype(float) - right_single.astype(float)
    n = len(difference)
    redrawn = [difference[rng.integers(0, n, n)].mean() for _ in range(resamples)]
    return difference.mean() / right_single.mean(), *np.quantile(redrawn, [0.025, 0.975])
""",
        partly=True,
    ),
    Wrong(
        "paired_gain",
        "an interval around 0",
        "lies around 0",
        """
def paired_gain(right_vote, right_single, resamples=1000, seed=0):
    rng = np.random.default_rng(seed)
    difference = right_vote.astype(float) - right_single.astype(float)
    n = len(difference)
    redrawn = [difference[rng.integers(0, n, n)].mean() for _ in range(resamples)]
    low, high = np.quantile(np.array(redrawn) - difference.mean(), [0.025, 0.975])
    return difference.mean(), low, high
""",
        partly=True,
    ),
    Wrong(
        "paired_gain",
        "the standard error divided by the root of the redraws",
        "far too narrow",
        """
def paired_gain(right_vote, right_single, resamples=1000, seed=0):
    rng = np.random.default_rng(seed)
    difference = right_vote.astype(float) - right_single.astype(float)
    n = len(difference)
    redrawn = [difference[rng.integers(0, n, n)].mean() for _ in range(resamples)]
    error = 1.96 * np.std(redrawn) / np.sqrt(resamples)
    return difference.mean(), difference.mean() - error, difference.mean() + error
""",
        partly=True,
    ),
    Wrong(
        "paired_gain",
        "True and False subtracted",
        "numpy boolean subtract",
        """
def paired_gain(right_vote, right_single, resamples=1000, seed=0):
    return (right_vote - right_single).mean(), 0.0, 0.0
""",
    ),
    Wrong(
        "paired_gain",
        "only the gain",
        "3 things",
        """
def paired_gain(right_vote, right_single, resamples=1000, seed=0):
    return right_vote.mean() - right_single.mean()
""",
    ),
    Wrong(
        "paired_gain",
        "the interval is missing",
        "no width",
        """
def paired_gain(right_vote, right_single, resamples=1000, seed=0):
    gain = right_vote.mean() - right_single.mean()
    return gain, gain, gain
""",
        partly=True,
    ),
    Wrong(
        "soft_targets",
        "to the power of T",
        "surer instead of softer",
        """
def soft_targets(teacher, labels, temperature, hard_share):
    one_hot = np.eye(teacher.shape[1])[labels]
    soft = teacher ** temperature
    soft = soft / soft.sum(axis=1, keepdims=True)
    return (1 - hard_share) * soft + hard_share * one_hot
""",
        partly=True,
    ),
    Wrong(
        "soft_targets",
        "not normalised again",
        "must each row be divided by",
        """
def soft_targets(teacher, labels, temperature, hard_share):
    one_hot = np.eye(teacher.shape[1])[labels]
    soft = teacher ** (1 / temperature)
    return (1 - hard_share) * soft + hard_share * one_hot
""",
        partly=True,
    ),
    Wrong(
        "soft_targets",
        "softmax of probabilities",
        "the softmax was taken of probabilities",
        """
def soft_targets(teacher, labels, temperature, hard_share):
    one_hot = np.eye(teacher.shape[1])[labels]
    soft = np.exp(teacher / temperature)
    soft = soft / soft.sum(axis=1, keepdims=True)
    return (1 - hard_share) * soft + hard_share * one_hot
""",
    ),
    Wrong(
        "soft_targets",
        "probabilities divided by T",
        "the probabilities were divided by the temperature",
        """
def soft_targets(teacher, labels, temperature, hard_share):
    one_hot = np.eye(teacher.shape[1])[labels]
    soft = teacher / temperature
    return (1 - hard_share) * soft + hard_share * one_hot
""",
        partly=True,
    ),
    Wrong(
        "soft_targets",
        "temperature ignored",
        "the temperature has no effect",
        """
def soft_targets(teacher, labels, temperature, hard_share):
    one_hot = np.eye(teacher.shape[1])[labels]
    soft = teacher
    return (1 - hard_share) * soft + hard_share * one_hot
""",
        partly=True,
    ),
    Wrong(
        "soft_targets",
        "labels ignored",
        "what is `hard_share` for",
        """
def soft_targets(teacher, labels, temperature, hard_share):
    soft = teacher ** (1 / temperature)
    soft = soft / soft.sum(axis=1, keepdims=True)
    return soft
""",
        partly=True,
    ),
    Wrong(
        "soft_targets",
        "the shares swapped",
        "have changed places",
        """
def soft_targets(teacher, labels, temperature, hard_share):
    one_hot = np.eye(teacher.shape[1])[labels]
    soft = teacher ** (1 / temperature)
    soft = soft / soft.sum(axis=1, keepdims=True)
    return hard_share * soft + (1 - hard_share) * one_hot
""",
    ),
    Wrong(
        "soft_targets",
        "the label on top",
        "what is left for the teacher",
        """
def soft_targets(teacher, labels, temperature, hard_share):
    one_hot = np.eye(teacher.shape[1])[labels]
    soft = teacher ** (1 / temperature)
    soft = soft / soft.sum(axis=1, keepdims=True)
    return soft + hard_share * one_hot
""",
        partly=True,
    ),
    Wrong(
        "soft_targets",
        "the teacher's class instead of the label",
        "the class that the teacher finds most likely",
        """
def soft_targets(teacher, labels, temperature, hard_share):
    one_hot = np.eye(teacher.shape[1])[teacher.argmax(axis=1)]
    soft = teacher ** (1 / temperature)
    soft = soft / soft.sum(axis=1, keepdims=True)
    return (1 - hard_share) * soft + hard_share * one_hot
""",
        partly=True,
    ),
    Wrong(
        "soft_targets",
        "label smoothing instead of the label",
        "was spread over all classes",
        """
def soft_targets(teacher, labels, temperature, hard_share):
    soft = teacher ** (1 / temperature)
    soft = soft / soft.sum(axis=1, keepdims=True)
    return (1 - hard_share) * soft + hard_share / teacher.shape[1]
""",
        partly=True,
    ),
    Wrong(
        "soft_targets",
        "labels added to column 0",
        "is not right",
        """
def soft_targets(teacher, labels, temperature, hard_share):
    soft = teacher ** (1 / temperature)
    soft = soft / soft.sum(axis=1, keepdims=True)
    soft = (1 - hard_share) * soft
    soft[:, 0] += hard_share
    return soft
""",
        partly=True,
    ),
    Wrong(
        "soft_targets",
        "normalised over the images",
        "is not right",
        """
def soft_targets(teacher, labels, temperature, hard_share):
    one_hot = np.eye(teacher.shape[1])[labels]
    soft = teacher ** (1 / temperature)
    soft = soft / soft.sum(axis=0)
    return (1 - hard_share) * soft + hard_share * one_hot
""",
    ),
    Wrong(
        "soft_targets",
        "the teacher is changed in place",
        "changed what it was given",
        """
def soft_targets(teacher, labels, temperature, hard_share):
    teacher *= 1 - hard_share
    teacher[np.arange(len(labels)), labels] += hard_share
    return teacher ** (1 / temperature)
""",
    ),
    Wrong(
        "soft_targets",
        "the teacher times T",
        "is not right",
        """
def soft_targets(teacher, labels, temperature, hard_share):
    one_hot = np.eye(teacher.shape[1])[labels]
    soft = teacher * temperature
    soft = soft / soft.max(axis=1, keepdims=True)
    return (1 - hard_share) * soft + hard_share * one_hot
""",
    ),
]

RIGHT = [
    Right(
        "soft_vote",
        "a loop over the members",
        """
def soft_vote(members, weights=None):
    if weights is None:
        weights = [1] * len(members)
    total = np.zeros(members[0].shape)
    for member, weight in zip(members, weights):
        total += weight * member
    return total / sum(weights)
""",
    ),
    Right(
        "soft_vote",
        "np.average",
        """
def soft_vote(members, weights=None):
    return np.average(members, axis=0, weights=weights)
""",
    ),
    Right(
        "soft_vote",
        "einsum in float32, normalised at the end",
        """
def soft_vote(members, weights=None):
    weights = np.ones(len(members), np.float32) if weights is None else np.asarray(weights, np.float32)
    vote = np.einsum('m,mnc->nc', weights, members)
    return vote / vote.sum(axis=1, keepdims=True)
""",
    ),
    Right("prediction_average", "upper case", 'prediction_average = "C"'),
    Right("prediction_average", "with a space", 'prediction_average = " c "'),
    Right("prediction_copies", "upper case", 'prediction_copies = "B"'),
    Right("prediction_copies", "with a space", 'prediction_copies = " b "'),
    Right(
        "hard_vote",
        "loops",
        """
def hard_vote(members):
    winners = []
    for image in range(members.shape[1]):
        hands = [0] * members.shape[2]
        sums = [0.0] * members.shape[2]
        for member in members[:, image]:
            hands[int(np.argmax(member))] += 1
            for c, probability in enumerate(member):
                sums[c] += float(probability)
        winners.append(max(range(len(hands)), key=lambda c: (hands[c], sums[c])))
    return winners
""",
    ),
    Right(
        "hard_vote",
        "mask of the tied classes",
        """
def hard_vote(members):
    classes = members.shape[2]
    hands = np.eye(classes)[members.argmax(axis=2)].sum(axis=0)
    tied = hands == hands.max(axis=1, keepdims=True)
    return np.where(tied, members.sum(axis=0), -1.0).argmax(axis=1)
""",
    ),
    Right(
        "hard_vote",
        "lexsort, float result",
        """
def hard_vote(members):
    classes = members.shape[2]
    hands = np.eye(classes)[members.argmax(axis=2)].sum(axis=0)
    order = np.lexsort((members.sum(axis=0), hands), axis=1)
    return order[:, -1].astype(float)
""",
    ),
    Right(
        "error_correlation",
        "the formula of phi from four counts",
        """
def error_correlation(labels, members):
    wrong = members.argmax(axis=2) != labels
    result = np.full((len(members), len(members)), np.nan)
    for i, a in enumerate(wrong):
        for j, b in enumerate(wrong):
            n11, n00 = float(np.sum(a & b)), float(np.sum(~a & ~b))
            n10, n01 = float(np.sum(a & ~b)), float(np.sum(~a & b))
            below = ((n11 + n10) * (n01 + n00) * (n11 + n01) * (n10 + n00)) ** 0.5
            if below > 0:
                result[i, j] = (n11 * n00 - n10 * n01) / below
    return result
""",
    ),
    Right(
        "error_correlation",
        "centred lists, correctness instead of errors",
        """
def error_correlation(labels, members):
    right = (members.argmax(axis=2) == labels).astype(float)
    centred = right - right.mean(axis=1, keepdims=True)
    length = np.sqrt((centred**2).sum(axis=1))
    return centred @ centred.T / np.outer(length, length)
""",
    ),
    Right(
        "error_correlation",
        "a list of lists from pairs",
        """
def error_correlation(labels, members):
    wrong = [[int(np.argmax(p) != y) for p, y in zip(member, labels)] for member in members]
    return [[float(np.corrcoef(a, b)[0, 1]) for b in wrong] for a in wrong]
""",
    ),
    Right(
        "fit_weights",
        "recursion and max with a key",
        """
def fit_weights(labels, members, steps=10):
    def candidates(left, count):
        if count == 1:
            yield (left,)
            return
        for first in range(left + 1):
            for rest in candidates(left - first, count - 1):
                yield (first, *rest)

    def score(counts):
        vote = sum(c / steps * member for c, member in zip(counts, members))
        truth = np.maximum([row[label] for row, label in zip(vote, labels)], 1e-7)
        return np.mean(np.argmax(vote, axis=1) == labels), np.mean(np.log(truth))

    return [c / steps for c in max(candidates(steps, len(members)), key=score)]
""",
    ),
    Right(
        "fit_weights",
        "all candidates at once",
        """
def fit_weights(labels, members, steps=10):
    grid = np.array([c for c in itertools.product(range(steps + 1), repeat=len(members)) if sum(c) == steps]) / steps
    votes = np.einsum('gm,mnc->gnc', grid, members)
    shares = (votes.argmax(axis=2) == labels).sum(axis=1)
    losses = -np.log(np.clip(votes[:, np.arange(len(labels)), labels], 1e-7, 1)).mean(axis=1)
    return grid[np.lexsort((-losses, shares))[-1]]
""",
    ),
    Right(
        "fit_weights",
        "fractions compared with a tolerance, float32",
        """
def fit_weights(labels, members, steps=10):
    best, highest = None, None
    for weights in itertools.product(np.linspace(0, 1, steps + 1, dtype=np.float32), repeat=len(members)):
        if not np.isclose(sum(weights), 1):
            continue
        weights = np.array(weights)
        vote = np.tensordot(weights, members, axes=1)
        share = np.mean(vote.argmax(axis=1) == labels)
        loss = -np.log(np.maximum(vote[np.arange(len(labels)), labels], 1e-7)).mean()
        score = (share, -loss)
        if highest is None or score > highest:
            highest, best = score, weights
    return best
""",
    ),
    Right(
        "leave_one_out",
        "np.delete",
        """
def leave_one_out(labels, members, weights):
    def share(who, say):
        vote = np.tensordot(say, who, axes=1)
        return np.mean(vote.argmax(axis=1) == labels)

    def others(i):
        return np.delete(members, i, axis=0), np.delete(weights, i)

    m = len(members)
    return [share(members, weights) - share(*others(i)) for i in range(m)]
""",
    ),
    Right(
        "leave_one_out",
        "masks and np.average",
        """
def leave_one_out(labels, members, weights):
    whole = np.average(members, axis=0, weights=weights).argmax(axis=1) == labels
    values = np.zeros(len(members))
    for i in range(len(members)):
        keep = np.arange(len(members)) != i
        without = np.average(members[keep], axis=0, weights=weights[keep]).argmax(axis=1) == labels
        values[i] = (whole.astype(int) - without).mean()
    return values
""",
    ),
    Right(
        "leave_one_out",
        "subtract the member's part of the sum",
        """
def leave_one_out(labels, members, weights):
    parts = weights[:, None, None] * members
    total = parts.sum(axis=0)
    right = [(vote.argmax(axis=1) == labels).mean() for vote in (total, *(total - parts))]
    return right[0] - np.array(right[1:])
""",
    ),
    Right(
        "paired_gain",
        "a multinomial draw of three counts",
        """
def paired_gain(right_vote, right_single, resamples=1000, seed=0):
    a, b = np.sum(right_vote & ~right_single), np.sum(right_single & ~right_vote)
    n = len(right_vote)
    counts = np.random.default_rng(seed).multinomial(n, np.array([a, b, n - a - b]) / n, size=resamples)
    redrawn = (counts[:, 0] - counts[:, 1]) / n
    return (a - b) / n, *np.quantile(redrawn, (0.025, 0.975))
""",
    ),
    Right(
        "paired_gain",
        "both looked at on the same index array",
        """
def paired_gain(right_vote, right_single, resamples=1000, seed=0):
    rng = np.random.default_rng(seed)
    n, redrawn = len(right_vote), []
    for _ in range(resamples):
        chosen = rng.choice(n, n)
        redrawn.append(np.mean(right_vote[chosen]) - np.mean(right_single[chosen]))
    return [np.mean(right_vote) - np.mean(right_single), np.percentile(redrawn, 2.5), np.percentile(redrawn, 97.5)]
""",
    ),
    Right(
        "paired_gain",
        "all redraws at once, legacy generator",
        """
def paired_gain(right_vote, right_single, resamples=1000, seed=0):
    rng = np.random.RandomState(seed)
    difference = right_vote.astype(int) - right_single.astype(int)
    chosen = rng.randint(0, len(difference), (resamples, len(difference)))
    redrawn = difference[chosen].mean(axis=1)
    return np.array([difference.mean(), *np.quantile(redrawn, [0.025, 0.975])])
""",
    ),
    Right(
        "soft_targets",
        "logits and softmax",
        """
def soft_targets(teacher, labels, temperature, hard_share):
    logits = np.log(teacher) / temperature
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    targets = (1 - hard_share) * powers / powers.sum(axis=1, keepdims=True)
    targets[np.arange(len(labels)), labels] += hard_share
    return targets
""",
    ),
    Right(
        "soft_targets",
        "row by row",
        """
def soft_targets(teacher, labels, temperature, hard_share):
    rows = []
    for row, label in zip(teacher, labels):
        soft = [float(p) ** (1 / temperature) for p in row]
        total = sum(soft)
        rows.append([(1 - hard_share) * p / total + (hard_share if c == label else 0) for c, p in enumerate(soft)])
    return rows
""",
    ),
    Right(
        "soft_targets",
        "scipy's softmax, float32",
        """
def soft_targets(teacher, labels, temperature, hard_share):
    from scipy.special import softmax

    soft = softmax(np.log(teacher) / temperature, axis=1)
    one_hot = (np.arange(teacher.shape[1]) == labels[:, None]).astype(np.float32)
    return ((1 - hard_share) * soft + hard_share * one_hot).astype(np.float32)
""",
    ),
]

HARMLESS: dict[str, dict[str, str]] = {
    "error_correlation": {"!= labels → members": "Right answers go together exactly as strongly as wrong ones."},
    "fit_weights": {
        "1 → 2": "More whole numbers than needed are tried; those whose sum is too large are left out.",
        "1e-07 → 2e-07": "An image that nobody believed in costs every candidate the same, however much.",
    },
    "leave_one_out": {"np.array(values)": "A list does as well as an array."},
}
