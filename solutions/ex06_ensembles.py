# %% [markdown]
# # Ensembles: several models, one answer
#
# Four models look at the same picture. Each says how likely it finds each class. What should *you* answer?
#
# In this exercise you build a vote, find out when it helps and when it does not, and decide at the end whether it is
# worth what it costs.
#
# **At the end you can**
#
# - combine the probabilities of several models, with weights;
# - say why ten copies of a good model are worth no more than one;
# - measure whether models fail on the same images;
# - choose weights without fooling yourself;
# - report a gain with an interval that fits it, and set it against its cost.
#
# **A belief to test:** *"More models give better answers."* You will see a vote that is worse than one of its members,
# and a member that adds nothing.
#
# Stuck? `hint("ex06.soft_vote")` shows a hint; called again, it shows the next one.

# %% tags=["setup"]

# %%
import itertools
import time

import numpy as np
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.neighbors import KNeighborsClassifier

from cifar_teach import ensemble, plots
from cifar_teach.evaluate import apply_temperature, fit_temperature, wilson_interval
from cifar_teach.preprocess import stratified_split

# %% [markdown]
# ## The members
#
# A vote needs nothing but probabilities, so the members may be of any kind. Here they are four small classical models.
# They learn in seconds, and all you write below works for networks just as it stands.
#
# | member | looks at | learns by |
# |---|---|---|
# | `edges` | the directions of edges in 8 × 8 fields of the picture | linear discriminant analysis |
# | `coarse` | the same edges in 4 × 4 larger fields | linear discriminant analysis |
# | `colours` | the mean colour of 8 × 8 fields | linear discriminant analysis |
# | `neighbour` | the same mean colours | the label of the most similar training picture |
#
# Two thirds of the training images are for the members to learn from, one third is for **validation**. Every decision
# below is made on validation images. The test images are looked at once, at the end.
#
# Why not the trained networks that come with the package? They learned from CIFAR-10 training images, most likely from
# the very ones you use for validation here. On those they would look better than they are, and every weight chosen
# there would be wrong.


# %%
def edges(images, fields=8):
    """How strong are the edges of eight directions in each field? (n, fields * fields * 8)"""
    grey = images.mean(axis=3, dtype=np.float32) / 255
    down, right = np.gradient(grey, axis=(1, 2))
    direction = (np.arctan2(down, right) % np.pi / np.pi * 8).astype(int) % 8
    strength = np.eye(8, dtype=np.float32)[direction] * np.hypot(down, right)[..., None]
    side = 32 // fields
    sums = strength.reshape(len(images), fields, side, fields, side, 8).sum(axis=(2, 4))
    return np.sqrt(sums).reshape(len(images), -1)


def colours(images):
    """The mean colour of 8 x 8 fields, (n, 192)."""
    return images.reshape(len(images), 8, 4, 8, 4, 3).mean(axis=(2, 4)).reshape(len(images), -1) / 255


def discriminant():
    return LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")


train, validation = stratified_split(*data.train, fraction=1 / 3, seed=0)
recipes = {
    "edges": (edges, discriminant()),
    "coarse": (lambda images: edges(images, fields=4), discriminant()),
    "colours": (colours, discriminant()),
    "neighbour": (colours, KNeighborsClassifier(1)),
}
names = list(recipes)
validation_members, test_members, seconds = [], [], []
for name, (view, model) in recipes.items():
    model.fit(view(train.images), train.labels)
    on_validation = model.predict_proba(view(validation.images))
    begin = time.perf_counter()
    on_test = model.predict_proba(view(data.test.images))
    seconds.append(time.perf_counter() - begin)
    if name != "neighbour":  # one temperature, fitted on validation, so that "80 % sure" means about 80 % right
        temperature = fit_temperature(validation.labels, on_validation)
        on_validation = apply_temperature(on_validation, temperature)
        on_test = apply_temperature(on_test, temperature)
    validation_members.append(on_validation)
    test_members.append(on_test)
validation_members = np.array(validation_members, dtype=np.float32)
test_members = np.array(test_members, dtype=np.float32)


def accuracy(probabilities, labels):
    """Share of right answers, 0 to 1."""
    return np.mean(np.argmax(probabilities, axis=1) == labels)


print(f"validation_members: {validation_members.shape} = members, images, classes\n")
print(f"{'member':<12}{'accuracy':>10}{'mean certainty':>17}   (on validation)")
for name, member in zip(names, validation_members):
    print(f"{name:<12}{accuracy(member, validation.labels):>10.1%}{member.max(axis=1).mean():>17.1%}")

# %% [markdown]
# Read both columns. The first three members are about as sure as they are right. `neighbour` is different: it repeats
# the label of one training picture and is always 100 % sure. Keep an eye on it.

# %% [markdown]
# ## 1 · The soft vote
#
# A soft vote is the weighted mean of the members' probabilities. It hears how sure each member is.
#
# Write `soft_vote(members, weights=None)`:
#
# - `members`: array `(m, n, classes)`: the probabilities of `m` models for the same `n` images; each row sums to 1.
# - `weights`: array `(m,)` of numbers that are 0 or more, or `None` for equal weights. They may have **any sum**: the
#   weights `[2, 1, 1]` say the same as `[0.5, 0.25, 0.25]`.
# - returns: array `(n, classes)`; each row sums to 1.
#
# Example: two members say `[0.9, 0.1]` and `[0.3, 0.7]` about one image. Equal weights give `[0.6, 0.4]`, the weights
# `[1, 3]` give `[0.45, 0.55]`.


# %% question="soft_vote"
def soft_vote(members, weights=None):
    """Return the weighted mean of the members' probabilities, (n, classes)."""
    ### BEGIN SOLUTION
    if weights is None:
        weights = np.ones(len(members))
    shares = weights / np.sum(weights)
    return np.tensordot(shares, members, axes=1)
    ### END SOLUTION


# %% [markdown]
# Does a vote help? That depends on who votes. The cell compares votes on the validation images.

# %%
groups = {
    "edges alone": [0],
    "edges, three times": [0, 0, 0],
    "edges + coarse": [0, 1],
    "edges + colours": [0, 2],
    "edges + neighbour": [0, 3],
    "all four": [0, 1, 2, 3],
}
for title, group in groups.items():
    vote = soft_vote(validation_members[group])
    if vote is not None:
        print(f"{title:<20}{accuracy(vote, validation.labels):>8.1%}")

# %% [markdown]
# Three copies change nothing. And a vote can be far worse than one of its members: `neighbour` is always sure, so
# against a single other member it wins every time. It shouts down two or three as well, more often than it should. You
# will find a cure in question 6.

# %% [markdown]
# ## 2 · Predict: probabilities or logits?
#
# "Average the logits or the probabilities, it is the same." Is it? Think it through **before** you run anything.
#
# Three members look at one picture. There are two classes.
#
# | member | cat | dog |
# |---|---|---|
# | A | 0.85 | 0.15 |
# | B | 0.85 | 0.15 |
# | C | 0.001 | 0.999 |
#
# Vote 1 averages the probabilities. Vote 2 averages the logarithms of the probabilities (that is: the logits, up to a
# constant in each row) and takes the class with the larger mean. What do they answer?
#
# - **a** Both say cat: two of three members say so.
# - **b** Both say dog: C is the surest, and the surest wins.
# - **c** Vote 1 says cat, vote 2 says dog.
# - **d** Vote 1 says dog, vote 2 says cat.

# %% question="prediction_average"
prediction_average = None  # "a", "b", "c" or "d"
### BEGIN SOLUTION
prediction_average = "c"
### END SOLUTION

# %% [markdown]
# The experiment (it waits for your answer), first on the three members above, then on yours:

# %%
if prediction_average is not None:
    opinions = np.array([[0.85, 0.15], [0.85, 0.15], [0.001, 0.999]])
    print("mean probability of cat, dog:", opinions.mean(axis=0).round(2))
    print("mean logarithm   of cat, dog:", np.log(opinions).mean(axis=0).round(2), "\n")
    for title, group in {"edges, coarse, colours": [0, 1, 2], "all four": [0, 1, 2, 3]}.items():
        members = validation_members[group]
        logarithms = np.log(np.maximum(members, 1e-7))  # the logarithm of 0 would be minus infinity
        by_probability = accuracy(members.mean(axis=0), validation.labels)
        by_logarithm = accuracy(logarithms.mean(axis=0), validation.labels)
        print(f"{title:<24}mean of probabilities {by_probability:.1%}, mean of logarithms {by_logarithm:.1%}")

# %% [markdown]
# A member that gives a class almost nothing drags the mean *logarithm* down without limit: it has a **veto**. In the
# mean of *probabilities* it can take away at most its own share. Among members that are as sure as they should be,
# either way is fine. As soon as one is surer than it has reason to be, the veto does harm. That is why three of the
# members above were *calibrated* first: one number each, the temperature in the first cell, made them about as sure as
# they are right.

# %% [markdown]
# ## 3 · The hard vote, with ties
#
# In a hard vote each member raises one hand, for its most probable class. The class with most hands wins. With few
# members and ten classes there are many ties, and a rule is needed: among the **tied classes**, the one with the
# larger sum of probabilities wins.
#
# Write `hard_vote(members)`:
#
# - `members`: array `(m, n, classes)` as before.
# - returns: int array `(n,)`, the winning class of each image.
#
# Example with four members and three classes:
#
# | | class 0 | class 1 | class 2 | hand |
# |---|---|---|---|---|
# | A | 0.6 | 0.4 | 0 | 0 |
# | B | 0.6 | 0.4 | 0 | 0 |
# | C | 0 | 0.4 | 0.6 | 2 |
# | D | 0 | 0.3 | 0.7 | 2 |
#
# Classes 0 and 2 have two hands each. Their sums are 1.2 and 1.3, so the answer is 2. Class 1 has the largest sum of
# all (1.5), but no hand.


# %% question="hard_vote"
def hard_vote(members):
    """Return the class with most hands for each image, int (n,); the sum of probabilities breaks ties."""
    ### BEGIN SOLUTION
    classes = np.arange(members.shape[2])
    hands = (members.argmax(axis=2)[..., None] == classes).sum(axis=0)
    # A mean probability is below 1, so it can decide between equal numbers of hands and nothing else.
    return (hands + members.mean(axis=0)).argmax(axis=1)
    ### END SOLUTION


# %%
winners = hard_vote(validation_members)
soft = soft_vote(validation_members)
if winners is not None and soft is not None:
    raised = validation_members.argmax(axis=2)[..., None] == np.arange(len(data.class_names))
    most = np.sort(raised.sum(axis=0), axis=1)[:, ::-1]
    differ = winners != soft.argmax(axis=1)
    print(f"images with a tie:             {np.mean(most[:, 0] == most[:, 1]):.0%}")
    print(f"the two votes differ on:       {np.mean(differ):.0%}")
    print(f"all four, soft vote:           {accuracy(soft, validation.labels):.1%}")
    print(f"all four, hard vote:           {np.mean(winners == validation.labels):.1%}")

# %% [markdown]
# In a hard vote a hand is a hand, however sure the member. So `neighbour` can no longer shout, which helps. But the
# three others are no longer heard when they have good reason to be sure, or to be in doubt. Weights can do better than
# both.

# %% [markdown]
# ## 4 · Predict: copies or independent members?
#
# A thought experiment without images. There are two classes. Each of three classifiers is right on 60 % of the images.
# They decide by hard vote. What share of the images does the vote get right,
#
# - when the three are **copies** of one another (they fail on exactly the same images),
# - and when their errors are **independent**?
#
# Options:
#
# - **a** 60 % both times: the mean of 60 %, 60 % and 60 % is 60 %.
# - **b** 60 % for the copies, more than 60 % for the independent ones.
# - **c** More than 60 % both times: three heads are better than one.
# - **d** Less than 60 % for the independent ones: three classifiers make three times as many errors.

# %% question="prediction_copies"
prediction_copies = None  # "a", "b", "c" or "d"
### BEGIN SOLUTION
prediction_copies = "b"
### END SOLUTION

# %%
if prediction_copies is not None:
    rng = np.random.default_rng(0)
    print("share of right answers of the vote (two classes, simulated)\n")
    print(f"{'errors in common':<18}{'each right on 60 %':>30}{'each right on 40 %':>30}")
    print(f"{'':<18}" + f"{'3 voters':>10}{'7':>10}{'15':>10}" * 2)
    for common in (1.0, 0.5, 0.25, 0.0):
        line = f"{common:<18.0%}"
        for share, voters in itertools.product((0.6, 0.4), (3, 7, 15)):
            own, shared = rng.random((voters, 20_000)), rng.random(20_000)
            follows = rng.random((voters, 20_000)) < common  # on these images a voter fails as all others do
            right = np.where(follows, shared, own) < share
            line += f"{np.mean(right.sum(axis=0) > voters / 2):>10.1%}"
        print(line)

# %% [markdown]
# Three findings, from top to bottom and from left to right. Copies gain nothing, however many. The less the voters
# have in common, the more a vote gains. And voters that are wrong more often than not make each other *worse*.
#
# So the question to ask of an ensemble is not "how many?" but "do they fail on the same images?".

# %% [markdown]
# ## 5 · Do they fail on the same images?
#
# Turn each member into a list with one entry for each image: 1 where it is wrong, 0 where it is right. The
# correlation of two such lists says how strongly the errors go together. (For lists of 0 and 1 this ordinary
# correlation is also called *phi*.) 1: they fail on exactly the same images. 0: one's errors say nothing about the
# other's.
#
# Write `error_correlation(labels, members)`:
#
# - `labels`: int array `(n,)`, the true classes; `members`: array `(m, n, classes)`.
# - returns: array `(m, m)`, symmetric, with 1 on the diagonal.
# - A member that is right on every image has no errors that could go with anything: its row and its column are `nan`.
#   (The formula of the correlation divides 0 by 0 there. A warning about that is fine.)
#
# Example: errors `1 1 0 0` and `1 0 0 0` correlate with 0.58; `1 1 0 0` and `1 0 1 0` with 0.


# %% question="error_correlation"
def error_correlation(labels, members):
    """Return the correlation of the errors of each two members, (m, m)."""
    ### BEGIN SOLUTION
    wrong = members.argmax(axis=2) != labels
    return np.corrcoef(wrong)
    ### END SOLUTION


# %%
correlation = error_correlation(validation.labels, validation_members)
figure = None if correlation is None else plots.error_correlation_heatmap(correlation, names)
figure

# %% [markdown]
# Compare with the votes of question 1. `edges` and `coarse` look at the same thing, fail together, and gain little from
# each other. `colours` alone is weaker, but its errors are its own. A **weaker member with different errors** can add
# more than a stronger one with the same errors.

# %% [markdown]
# ## 6 · Weights, chosen on validation images
#
# How much say should each member have? Try all weights on a grid and keep the best.
#
# Write `fit_weights(labels, members, steps=10)`:
#
# - `labels`: int array `(n,)` of **validation** images; `members`: array `(m, n, classes)` for the same images. The
#   function gets no test images, so it cannot be tempted.
# - The candidates are all weights that are multiples of `1 / steps`, are 0 or more, and sum to 1. With `steps=2` and
#   two members: `[0, 1]`, `[0.5, 0.5]` and `[1, 0]`.
# - The best candidate is the one whose soft vote has the highest **accuracy**. Accuracy moves in jumps of one image, so
#   several candidates often tie. Among these, the one with the lowest **mean negative log-likelihood** (the *loss*)
#   wins: the mean of −log(probability that the vote gives to the true class). Treat a probability below 1e-7 as 1e-7,
#   since the logarithm of 0 is minus infinity.
# - returns: array `(m,)`, the best candidate.


# %% question="fit_weights"
def fit_weights(labels, members, steps=10):
    """Return the weights on the grid with the highest accuracy; the likelihood settles ties, (m,)."""
    ### BEGIN SOLUTION
    # Whole numbers: sums of fractions such as 0.1 would not be exactly 1.
    counts = [each for each in itertools.product(range(steps + 1), repeat=len(members)) if sum(each) == steps]

    def merit(weights):
        vote = np.tensordot(weights, members, axes=1)
        of_truth = np.maximum(vote[np.arange(len(labels)), labels], 1e-7)
        return np.mean(vote.argmax(axis=1) == labels), np.log(of_truth).mean()

    return max((np.array(each) / steps for each in counts), key=merit)
    ### END SOLUTION


# %%
weights = fit_weights(validation.labels, validation_members)
if weights is not None:
    likeliest = ensemble.fit_weights(validation.labels, list(validation_members))
    print(f"{'weights':<30}" + "".join(f"{name:>11}" for name in names) + f"{'validation':>13}")
    for title, given in {
        "equal": np.full(4, 0.25),
        "yours: highest accuracy": np.asarray(weights),
        "package: highest likelihood": likeliest,
    }.items():
        vote = soft_vote(validation_members, given)
        if vote is not None:
            print(
                f"{title:<30}" + "".join(f"{w:>11.2f}" for w in given) + f"{accuracy(vote, validation.labels):>13.1%}"
            )

# %% [markdown]
# What becomes of `neighbour`? And compare the last two rows. The likelihood asks for something else than accuracy: for
# probabilities that are as sure as they should be. A mean of several well-calibrated members is usually a little timid,
# so the likelihood leans towards the surest good member. Choose weights by the measure you will be judged by.

# %% [markdown]
# The fitted vote was measured on the images that chose its weights. Is that fair? The next cell takes the temptation to
# the extreme. It draws 200 random weights, keeps those with the best **accuracy on 100 images**, and then tries them on
# the 900 images that had no say. Ten times.

# %%
rng = np.random.default_rng(0)
chosen_on, fresh = [], []
for _ in range(10):
    order = rng.permutation(len(validation.labels))
    few, others = order[:100], order[100:]
    tried = rng.dirichlet(np.ones(4), 200)
    votes = [soft_vote(validation_members[:, few], each) for each in tried]
    if votes[0] is None:
        break
    best = tried[np.argmax([accuracy(vote, validation.labels[few]) for vote in votes])]
    chosen_on.append(max(accuracy(vote, validation.labels[few]) for vote in votes))
    fresh.append(accuracy(soft_vote(validation_members[:, others], best), validation.labels[others]))
if fresh:
    print(f"on the 100 images that chose the weights:  {np.mean(chosen_on):.1%}")
    print(f"the same weights on the 900 other images:  {np.mean(fresh):.1%}")

# %% [markdown]
# The first number is what you would have reported had you chosen the weights on your test images. The difference is
# luck, selected. A thousand images and a coarse grid leave less room for luck, but still some. Hence a third set of
# images, which chooses nothing.

# %% [markdown]
# ## 7 · What is each member worth?
#
# A member can be good alone and still be worth nothing to the vote. Leave it out and see.
#
# Write `leave_one_out(labels, members, weights)`:
#
# - `labels` `(n,)`, `members` `(m, n, classes)`, `weights` `(m,)`, all above 0.
# - returns: array `(m,)`: the accuracy of the vote of **all** minus the accuracy of the vote **without** this member.
#   The others keep their weights relative to each other. Positive: the vote is better with the member.
#
# Example: the vote of all is right on 80 % of the images, without the first member on 75 %, without the second on
# 82 %. The result is `[0.05, -0.02]`.


# %% question="leave_one_out"
def leave_one_out(labels, members, weights):
    """Return for each member the accuracy of the whole vote minus that of the vote without it, (m,)."""
    ### BEGIN SOLUTION
    values = []
    for index in range(len(members)):
        rest = np.where(np.arange(len(members)) == index, 0, weights)
        answers = [np.tensordot(each, members, axes=1).argmax(axis=1) for each in (weights, rest)]
        values.append(np.mean(answers[0] == labels) - np.mean(answers[1] == labels))
    return np.array(values)
    ### END SOLUTION


# %%
equal_values = leave_one_out(validation.labels, validation_members, np.ones(4))
if equal_values is not None and weights is not None:
    # A weight of 0 becomes a very small one: some other member must be left to vote.
    fitted_values = leave_one_out(validation.labels, validation_members, weights + 1e-6)
    print("points of accuracy that each member adds on validation\n")
    print(f"{'member':<12}{'alone':>8}{'equal weights':>16}{'fitted weights':>17}")
    for index, name in enumerate(names):
        alone = accuracy(validation_members[index], validation.labels)
        print(f"{name:<12}{alone:>8.1%}{100 * equal_values[index]:>+16.1f}{100 * fitted_values[index]:>+17.1f}")

# %% [markdown]
# Compare the columns. With equal weights a member can be worth something merely because it helps to outvote a bad one.
#
# Two members that look alike can each seem superfluous, because either can stand in for the other. So drop **one** at a
# time and measure again.

# %% [markdown]
# ## 8 · The gain, with an interval
#
# All decisions are made: the weights, and the best single member (chosen on validation too). Now the test images may
# answer one question: how much better is the vote than that member, and could the difference be luck?
#
# Both were tested on the **same** images and agree on most of them. So redraw the *images*, and look at both models on
# the same redrawn images: the **paired bootstrap**.
#
# Write `paired_gain(right_vote, right_single, resamples=1000, seed=0)`:
#
# - `right_vote`, `right_single`: bool arrays `(n,)`: was the vote, was the single model right about image *i*?
# - Do this `resamples` times: draw `n` image numbers **with replacement**, and take the difference of the two
#   accuracies on these images.
# - returns: `(gain, low, high)`, in shares of 1: the difference on the images as they are, and the 2.5 % and the
#   97.5 % quantile of the redrawn differences (`np.quantile`). Together they hold the middle 95 %.
# - All draws come from one generator made from `seed`: the same seed gives the same interval, another seed a slightly
#   different one.
#
# Example: when the two are right on the same images, the result is `(0.0, 0.0, 0.0)`.


# %% question="paired_gain"
def paired_gain(right_vote, right_single, resamples=1000, seed=0):
    """Return the gain in accuracy and the ends of its paired 95 % bootstrap interval."""
    ### BEGIN SOLUTION
    rng = np.random.default_rng(seed)
    difference = right_vote.astype(float) - right_single
    n = len(difference)
    redrawn = [difference[rng.integers(n, size=n)].mean() for _ in range(resamples)]
    low, high = np.quantile(redrawn, [0.025, 0.975])
    return difference.mean(), low, high
    ### END SOLUTION


# %%
best = int(np.argmax([accuracy(member, validation.labels) for member in validation_members]))
figure, test_vote = None, None if weights is None else soft_vote(test_members, weights)
if test_vote is not None:
    right_vote = test_vote.argmax(axis=1) == data.test.labels
    right_single = test_members[best].argmax(axis=1) == data.test.labels
    result = paired_gain(right_vote, right_single)
    if result is not None:
        gain, low, high = (100 * each for each in result)
        shares = np.array([right_vote.mean(), right_single.mean()])
        unpaired = 196 * np.sqrt((shares * (1 - shares) / len(right_vote)).sum())
        print(
            f"{data.provenance.name}, {len(right_vote):,} test images; best single member on validation: {names[best]}"
        )
        print(f"gain of the vote:      {gain:+.1f} points, paired 95 % interval {low:+.1f} to {high:+.1f}")
        print(
            f"as if not paired:      {gain:+.1f} points, 95 % interval {gain - unpaired:+.1f} to {gain + unpaired:+.1f}"
        )
        print(f"only the vote right:   {np.sum(right_vote & ~right_single)} images")
        print(f"only {names[best]} right: {np.sum(right_single & ~right_vote)} images")
    entries = [*zip(names, test_members, seconds), ("vote", test_vote, sum(seconds))]
    results = []
    for name, probabilities, spent in entries:
        hits = int(np.sum(probabilities.argmax(axis=1) == data.test.labels))
        interval = wilson_interval(hits, len(data.test.labels))
        share = hits / len(data.test.labels)
        results.append({"model": name, "accuracy": share, "interval": interval, "predict_seconds": spent})
    figure = plots.model_comparison(results, footer=data.provenance.describe())
figure

# %% [markdown]
# The interval that ignores the pairing is wider: it counts the luck of the draw twice, although both models met the
# same easy and hard images. For the same reason, two overlapping lines in the figure do **not** mean "no difference".
# For two models on the same images, look at the interval of the *difference*.

# %% [markdown]
# ## What the vote costs
#
# A vote runs every member on every image, for as long as it is in use. The cell draws accuracy against the time that
# each model took for the test images, features included.

# %%
figure = None
if test_vote is not None:
    for each in results:
        ratio = each["predict_seconds"] / seconds[best]
        print(
            f"{each['model']:<12}{each['accuracy']:>7.1%}{each['predict_seconds']:>8.2f} s{ratio:>6.1f} x {names[best]}"
        )
    figure = plots.cost_vs_accuracy(results, cost="predict_seconds", footer=data.provenance.describe())
figure

# %% [markdown]
# The times of a small run vary; run the cell with the members twice and compare. The sum is also a little unfair:
# members that share a view (here `colours` and `neighbour`) can compute it once. And a member with weight 0 need not
# run at all.

# %% [markdown]
# ## 9 · Keep the knowledge, not the cost: targets for distillation
#
# There is a way to pay for the ensemble only once: let it teach one small network (*distillation*, Hinton and others,
# 2015). The network learns from the vote's probabilities instead of the bare labels: "cat, a little dog, surely no
# truck" says more than "cat". A **temperature** T above 1 lifts the small probabilities, in which that knowledge lies.
#
# Write `soft_targets(teacher, labels, temperature, hard_share)`:
#
# - `teacher`: array `(n, classes)`, the vote's probabilities of training images, all above 0; `labels`: int `(n,)`.
# - First soften: the logits divided by T, then softmax. The logarithms of the probabilities serve as logits. (In terms
#   of probabilities: each to the power 1/T, then divided by their sum, so that each row sums to 1 again.)
# - Then mix: `hard_share` (0 to 1) of the target is the one-hot true label, the rest is the softened teacher.
# - returns: array `(n, classes)`; each row sums to 1.
#
# Example: teacher `[0.8, 0.2]`, label 1, T = 2. Softened: `[0.667, 0.333]`. With `hard_share=0.1`: `[0.6, 0.4]`.


# %% question="soft_targets"
def soft_targets(teacher, labels, temperature, hard_share):
    """Return the softened teacher mixed with the one-hot labels, (n, classes)."""
    ### BEGIN SOLUTION
    softened = teacher ** (1 / temperature)
    softened = softened / softened.sum(axis=1, keepdims=True)
    return (1 - hard_share) * softened + hard_share * np.eye(teacher.shape[1])[labels]
    ### END SOLUTION


# %%
teacher = None if weights is None else soft_vote(validation_members[:3])
if teacher is not None:
    torn = np.sort(teacher, axis=1)[:, -1].argsort()[len(teacher) // 4]  # an image about which the vote wavers
    row, label = np.maximum(teacher[[torn]], 1e-7), validation.labels[[torn]]
    print(f"one validation image, true class: {data.class_names[label[0]]}\n")
    for temperature in (1, 2, 4):
        targets = soft_targets(row, label, temperature, 0.1)
        if targets is not None:
            order = np.argsort(targets[0])[::-1][:4]
            print(f"T = {temperature}: " + ", ".join(f"{data.class_names[c]} {targets[0, c]:.0%}" for c in order))

# %% [markdown]
# One more warning. A teacher that learned from the same images is nearly certain about them, and its targets then say
# little more than the labels. A higher temperature helps, and so do images that the teacher has not seen.
# `cifar-teach run --ensemble --distill` does all this with networks.

# %% [markdown]
# ## 10 · Is this ensemble worth its cost?
#
# Write a recommendation of 6 to 10 sentences for a colleague who has to decide whether to use the vote or the best
# single member. Use the numbers that your notebook printed, and say on which data they were measured. Answer these:
#
# 1. How large is the gain on the test images, and what does its interval leave open?
# 2. Why is the interval of question 8 the right one, and not the two intervals in the figure?
# 3. What does the vote cost compared with the single member?
# 4. Which member would you drop first, and why? Use the correlations and the leave-one-out values.
#
# End with a decision, and say for which use (a phone, a nightly job, a hospital) you would decide otherwise.

# %% [markdown] question="worth_it"
# ### BEGIN SOLUTION
# *(A model answer. The numbers are those of your own run; the reasoning is what counts.)*
#
# On the test images the fitted vote is better than the best single member (chosen on validation) by the gain printed in
# question 8. If the paired 95 % interval lies above 0, luck in the choice of test images does not explain the gain; its
# lower end is what I would promise. If the interval contains 0, these images cannot tell the two apart, and the single
# member wins because it is cheaper. The interval says nothing about other data, and nothing about training again with
# another seed.
#
# The interval is paired: vote and member answered the same images, so I redrew images and compared both on the same
# redrawn ones. Only the images on which exactly one of them is right carry information. The two separate intervals in
# the figure contain the difficulty of the images twice and may overlap although the difference is real.
#
# The vote runs all members, so its time is the sum of theirs: the factor printed in the cost table, for every image and
# for ever. Training is paid once.
#
# I would drop `neighbour` first: with equal weights its leave-one-out value is negative, and the fit gives it little
# weight or none, so leaving it out costs next to no accuracy and saves time. Next comes `coarse`: its errors correlate
# most strongly with those of `edges`, so it repeats more than it adds. `colours` is weaker alone, but its errors
# correlate little with those of `edges`, which is why it is worth keeping. After each step I would measure again, on
# validation.
#
# Decision: with a gain whose whole interval is above 0, use `edges` and `colours` where a few points matter more than
# time, as in a nightly job or a second opinion in a hospital. On a phone, where every image costs battery, use one
# model, or distil the vote into one.
# ### END SOLUTION

# %% [markdown]
# ## Before you hand in
#
# - [ ] I can say what a weight of 0 does, and why weights need not sum to 1 before they are used.
# - [ ] I know a vote that is worse than one of its members, and why.
# - [ ] I can explain the veto of a member in a mean of logarithms.
# - [ ] I can read an error correlation, and I know why copies add nothing.
# - [ ] My weights, temperatures and best single member come from validation images; the test images chose nothing.
# - [ ] I report a gain with a paired interval, next to what it costs.
