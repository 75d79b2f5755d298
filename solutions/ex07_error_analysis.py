# %% [markdown]
# # Error analysis and honest evaluation
#
# **Goal.** A number such as "83 % accuracy" is the beginning of an evaluation, not its end. Where does the model fail?
# How sure can you be of the number? Is model B better, or was it lucky? Does "90 % sure" mean right nine times out of
# ten? Here you write the tools that answer these questions, in a few lines of NumPy each, and use them on two models.
#
# **At the end you can**
#
# - build a confusion matrix and read precision, recall and F1 from it;
# - find the mistakes that are worth a look: the most confused pairs and the most confident mistakes;
# - put an interval beside an accuracy, and compare two models on the same images;
# - measure calibration, and repair it with one number;
# - compute a Grad-CAM heat map from feature maps and gradients, and write an error report.
#
# **Two beliefs to test on the way.** *"A high accuracy means a good model"* (section 3), and *"the intervals overlap,
# so there is no difference"* (section 6). Both sound right. You will see an experiment against each.

# %% tags=["setup"]

# %%
import math

import numpy as np

from cifar_teach import plots
from cifar_teach.backbones import build_transfer_model, extract
from cifar_teach.environment import load_keras_quietly
from cifar_teach.evaluate import reliability_bins
from cifar_teach.explain import grad_cam as package_grad_cam
from cifar_teach.train import attach, fit_linear_head

load_keras_quietly()

# %% [markdown]
# ## The two models
#
# Both are the same small pretrained network, `tinynet`, with a linear head on its 192 features. The network was
# trained on other pictures and is not changed. The two heads are fitted to the same images. Only one thing differs:
# how strongly large weights are punished. `careful` has a strong penalty, `eager` a weak one.
#
# Your images have three jobs, and each image has one of them only:
#
# | images | job |
# |---|---|
# | fitting: two thirds of `data.train` | the heads learn from them |
# | validation: the rest of `data.train` | you look at mistakes and tune on them, as often as you like |
# | test: `data.test` | the numbers you report; nothing is tuned on them |
#
# Why look at mistakes on *validation* images? Because you look in order to change something. Images that told you what
# to change can no longer give you an honest number.

# %%
fitted = 2 * len(data.train.labels) // 3
val_images, val_labels = data.train.images[fitted:], data.train.labels[fitted:]
test_labels = data.test.labels
class_names = data.class_names
classes = len(class_names)
source = "drawn pictures, not CIFAR-10" if data.provenance.is_synthetic else data.provenance.name

network = build_transfer_model("tinynet", num_classes=classes)
train_features = extract(network, data.train.images, progress=False)
test_features = extract(network, data.test.images, progress=False)

heads, val_probabilities, test_probabilities = {}, {}, {}
for name, C in (("careful", 0.01), ("eager", 1.0)):  # scikit-learn's C: the smaller, the stronger the penalty
    heads[name] = fit_linear_head(
        train_features[:fitted], data.train.labels[:fitted], num_classes=classes, penalties=(C,)
    )
    val_probabilities[name] = heads[name].probabilities(train_features[fitted:])
    test_probabilities[name] = heads[name].probabilities(test_features)
    right = val_probabilities[name].argmax(axis=1) == val_labels
    print(f"{name:8} accuracy on {len(val_labels):,} validation images: {right.mean():.1%}")

# %% [markdown]
# ## 1 · The confusion matrix
#
# An accuracy says how often a model is wrong. A **confusion matrix** says what it takes for what: it counts, for every
# pair of classes, how many images of the one were called the other.
#
# Write `confusion_matrix(labels, predictions, num_classes)`:
#
# - `labels` and `predictions` are int arrays `(n,)` with values from 0 to `num_classes - 1`;
# - return counts, shape `(num_classes, num_classes)`: **row = true class, column = predicted class**;
# - a class that does not occur still has its row and its column, filled with 0.
#
# ```
# confusion_matrix(np.array([0, 0, 1, 2]), np.array([0, 1, 1, 0]), 3)
# →  [[1, 1, 0],
#     [0, 1, 0],
#     [1, 0, 0]]
# ```
#
# Read the first row: of the two images of class 0, one was called 0 and one was called 1.


# %% question="confusion_matrix"
def confusion_matrix(labels, predictions, num_classes):
    """Count how often each true class (row) was predicted as each class (column)."""
    ### BEGIN SOLUTION
    matrix = np.zeros((num_classes, num_classes), int)
    for true, said in zip(labels, predictions):
        matrix[true, said] += 1
    return matrix
    ### END SOLUTION


# %% [markdown]
# Now look at `careful` on the validation images. Right answers and mistakes have a colour each. Which two classes get
# in each other's way? Is it as bad in the other direction?

# %%
confusion = confusion_matrix(val_labels, val_probabilities["careful"].argmax(axis=1), classes)
figure = None
if confusion is not None:
    figure = plots.confusion_heatmap(confusion, class_names, footer=f"validation images · {source}")
figure

# %% [markdown]
# ## 2 · Before you run it: the lazy model
#
# A test set holds 950 pictures without a ship (class 0) and 50 with a ship (class 1). A lazy model answers "no ship"
# for every picture, without looking. Its accuracy is 95 %.
#
# The **recall** of a class is the share of its images that the model finds. The **macro recall** is the mean of the
# recalls of all classes; every class counts the same. What is the macro recall of the lazy model?
#
# - **a**: 0.95
# - **b**: 0.5
# - **c**: 0.475
# - **d**: 0
#
# Decide before you compute anything, and write the letter.

# %% question="lazy_model"
lazy_recall = None  # "a", "b", "c" or "d"
### BEGIN SOLUTION
lazy_recall = "b"
### END SOLUTION

# %% [markdown]
# ## 3 · Precision, recall and F1 of each class
#
# Two questions about a class, and they are not the same question:
#
# - **precision**: of the images *called* cat, which share are cats?
# - **recall**: of the images that *are* cats, which share were called cat?
#
# **F1** is their harmonic mean, $F_1 = 2PR / (P + R)$. It is high only when both are. **Macro F1** is the plain mean
# of F1 over all classes.
#
# Write `class_scores(confusion)` for counts `(classes, classes)`, row = true class. Return four things in this order:
# `precision`, `recall`, `f1` (arrays `(classes,)`) and `macro_f1` (one number).
#
# **Where there is nothing to divide by, the score is 0**, not nan: a class that is never predicted has precision 0, a
# class that never occurs has recall 0, and F1 is 0 where precision and recall both are.
#
# ```
# class_scores(np.array([[8, 2],
#                        [4, 6]]))
# →  precision [0.667, 0.75], recall [0.8, 0.6], f1 [0.727, 0.667], macro_f1 0.697
# ```


# %% question="class_scores"
def class_scores(confusion):
    """Return precision, recall and F1 of each class, and the mean of F1; 0 where there is nothing to divide by."""
    ### BEGIN SOLUTION
    hits = np.diag(confusion)
    precision = hits / np.maximum(confusion.sum(axis=0), 1)
    recall = hits / np.maximum(confusion.sum(axis=1), 1)
    f1 = 2 * hits / np.maximum(confusion.sum(axis=0) + confusion.sum(axis=1), 1)
    return precision, recall, f1, f1.mean()
    ### END SOLUTION


# %% [markdown]
# **The experiment: "a high accuracy means a good model".** Here is the lazy model of section 2, judged by your own
# functions. Compare with your prediction. Then look at the scores of your ten classes: which class is called too often
# (low precision), which is overlooked (low recall)?

# %%
lazy_labels = np.repeat([0, 1], [950, 50])
lazy = confusion_matrix(lazy_labels, np.zeros(1000, int), 2)
if lazy is not None and class_scores(lazy) is not None:
    precision, recall, f1, macro_f1 = class_scores(lazy)
    print(f"Lazy model: accuracy {lazy[0, 0] / 1000:.1%}, recall of each class {np.round(recall, 2)}")
    print(f"            macro recall {np.mean(recall):.2f}, macro F1 {macro_f1:.2f}\n")

if confusion is not None and class_scores(confusion) is not None:
    precision, recall, f1, macro_f1 = class_scores(confusion)
    print("careful      precision  recall     F1")
    for index in np.argsort(f1):
        print(f"{class_names[index]:12} {precision[index]:9.2f} {recall[index]:7.2f} {f1[index]:6.2f}")
    print(f"{'macro F1':12} {'':9} {'':7} {macro_f1:6.2f}")

# %% [markdown]
# ## 4 · What to look at first
#
# Nobody looks at every mistake. Two short lists tell you where to begin.
#
# **`top_pairs(confusion, count)`**: the most frequent kinds of mistake.
#
# - Return a list of tuples `(true, predicted, number)` with at most `count` of them, most frequent first.
# - Only mistakes: nothing from the diagonal, and no pair that never happened.
# - "Cat called dog" and "dog called cat" are two different mistakes.
# - Equal numbers stand in the order of the matrix: row by row, from left to right.
#
# ```
# top_pairs(np.array([[5, 2, 0],
#                     [0, 7, 2],
#                     [3, 0, 4]]), 2)   →  [(2, 0, 3), (0, 1, 2)]
# ```
#
# **`hardest_images(labels, probabilities, count)`**: the mistakes the model was most sure of.
#
# - `labels` int `(n,)`, `probabilities` float `(n, classes)`; each row sums to 1.
# - Sort the *wrong* answers by the probability the model gave to its own answer, surest first.
# - Return the positions of these images in `labels`, at most `count`; fewer when there are fewer mistakes.
#
# ```
# hardest_images(np.array([0, 1, 1]),
#                np.array([[0.9, 0.1], [0.6, 0.4], [0.8, 0.2]]), 2)   →  [2, 1]
# ```


# %% question="first_look"
def top_pairs(confusion, count):
    """Return the ``count`` most frequent mistakes as (true, predicted, number), most frequent first."""
    ### BEGIN SOLUTION
    pairs = []
    for true, said in np.ndindex(confusion.shape):
        if true != said and confusion[true, said] > 0:
            pairs.append((true, said, int(confusion[true, said])))
    pairs.sort(key=lambda pair: -pair[2])
    return pairs[:count]
    ### END SOLUTION


def hardest_images(labels, probabilities, count):
    """Return the positions of the most confident mistakes, surest first."""
    ### BEGIN SOLUTION
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    sureness = probabilities.max(axis=1)[wrong]
    return wrong[np.argsort(-sureness)][:count]
    ### END SOLUTION


# %% [markdown]
# Look at the pictures below one by one. Sort them in your mind: is the *label* doubtful? Would *you*
# hesitate? Or is it clear to you, and the model alone is wrong? Only the last kind is a fault of the model.

# %%
pairs = top_pairs(confusion, 6) if confusion is not None else None
for true, said, number in pairs or ():
    share = number / confusion[true].sum()
    print(f"{class_names[true]:>10} called {class_names[said]:10} {number:4} times, {share:5.1%} of its images")

hardest = hardest_images(val_labels, val_probabilities["careful"], 12)
figure = None
if hardest is not None and len(hardest):
    figure = plots.hardest_images_grid(
        val_images,
        val_labels,
        val_probabilities["careful"],
        class_names,
        hardest,
        footer=f"validation images · {source}",
    )
figure

# %% [markdown]
# ## 5 · An interval for an accuracy
#
# Your test images are a sample. On all images of this kind the accuracy would be a little different. The interval says
# where it may well lie.
#
# The textbook interval is $p \pm z\sqrt{p(1-p)/n}$. With 50 right answers out of 50 it says "100 % plus or minus 0":
# certain, after fifty images. The **Wilson interval** does not do that. With $p$ = correct / $n$ and $z$ = 1.96 for
# 95 %:
#
# $$\text{centre} = \frac{p + \frac{z^2}{2n}}{1 + \frac{z^2}{n}} \qquad
# \text{half} = \frac{z}{1 + \frac{z^2}{n}} \sqrt{\frac{p(1-p)}{n} + \frac{z^2}{4n^2}}$$
#
# Write `wilson_interval(correct, n, z=1.96)` for whole numbers `correct` from 0 to `n`. Return `(low, high)`:
# centre − half and centre + half, both as shares from 0 to 1.
#
# Example: `wilson_interval(90, 100)` → `(0.8256, 0.9448)`. Note that it is not symmetric around 0.9.


# %% question="wilson_interval"
def wilson_interval(correct, n, z=1.96):
    """Return (low, high): the Wilson interval of an accuracy."""
    ### BEGIN SOLUTION
    p = correct / n
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return centre - half, centre + half
    ### END SOLUTION


# %% [markdown]
# Now the test images, with the two models as they are. How wide are the intervals? On all 10,000 test
# images of CIFAR-10 an accuracy of 90 % has a 95 % interval of ±0.6 points; from two published accuracies that differ
# by 0.1 points, and nothing else, you cannot tell which model is better.
#
# Look at the fifty-out-of-fifty line as well: that is what "no mistake yet" is worth.

# %%
results = []
for name, probabilities in test_probabilities.items():
    correct = int((probabilities.argmax(axis=1) == test_labels).sum())
    interval = wilson_interval(correct, len(test_labels))
    if interval is not None:
        results.append({"model": name, "accuracy": correct / len(test_labels), "interval": interval})

figure = None
if results:
    low, high = wilson_interval(50, 50)
    print(f"50 right out of 50: between {low:.1%} and {high:.1%}")
    figure = plots.model_comparison(results, footer=f"{len(test_labels):,} test images · {source}")
figure

# %% [markdown]
# ## 6 · Is one model better than the other?
#
# Both models answered the *same* images. On most of them both are right, or both are wrong, and such an image cannot
# tell the models apart. Only images on which **exactly one** is right say something.
#
# If the models were equally good, each such image would be the toss of a fair coin: only A right, or only B right.
# With $m$ such images, of which the smaller count is $s$, the chance of a result at least this uneven is
#
# $$p = \min\left(1,\; 2 \sum_{k=0}^{s} \binom{m}{k} \frac{1}{2^m}\right)$$
#
# This is the exact test of McNemar. A small $p$ speaks against "equally good". A large $p$ does not prove that they
# are equal: it says that these images cannot decide.
#
# Write `paired_test(labels, predictions_a, predictions_b)` for three int arrays `(n,)`. Return `(only_a, only_b,
# p_value)`: how many images only A has right, how many only B has right, and $p$. When there is no such image, $p$ is
# 1. `math.comb(m, k)` gives $\binom{m}{k}$. Mind $2^m$: a whole number of NumPy overflows beyond $2^{63}$, one of
# Python never does, and `int(...)` makes the one into the other.
#
# Example: if only A is right on 6 images and only B on 1, then $p = 2 \cdot (1 + 7) / 2^7 = 0.125$.


# %% question="paired_test"
def paired_test(labels, predictions_a, predictions_b):
    """Return how many images only A and only B has right, and the two-sided p-value of McNemar's exact test."""
    ### BEGIN SOLUTION
    right_a, right_b = predictions_a == labels, predictions_b == labels
    only_a, only_b = int((right_a & ~right_b).sum()), int((right_b & ~right_a).sum())
    tosses = only_a + only_b
    one_side = sum(math.comb(tosses, k) for k in range(min(only_a, only_b) + 1)) / 2**tosses
    return only_a, only_b, min(1, 2 * one_side)
    ### END SOLUTION


# %% [markdown]
# **The experiment: "the intervals overlap, so there is no difference".** Model `b` below makes all the
# mistakes of `a`, and 15 more. Their intervals overlap widely. What does the paired test say? An interval allows
# for the luck of having drawn easy or hard images. Both models met the same images, so they share that luck, and the
# two intervals do not know it.

# %%
truth = np.zeros(1000, int)
answers_a, answers_b = truth.copy(), truth.copy()
answers_a[:200], answers_b[:215] = 1, 1  # 1 is wrong: 80.0 % and 78.5 % are right
outcome = paired_test(truth, answers_a, answers_b)
if outcome is not None:
    for name, correct in (("a", 800), ("b", 785)):
        interval = wilson_interval(correct, 1000)
        print(f"{name}: {correct / 1000:.1%} right, interval", interval and tuple(round(end, 3) for end in interval))
    print(f"only a right: {outcome[0]}, only b right: {outcome[1]}, p = {outcome[2]:.2g}\n")

outcome = paired_test(test_labels, *(test_probabilities[name].argmax(axis=1) for name in ("careful", "eager")))
if outcome is not None:
    print(f"On your {len(test_labels):,} test images:")
    print(f"only careful right: {outcome[0]}, only eager right: {outcome[1]}, p = {outcome[2]:.2g}")

# %% [markdown]
# ## 7 · Does 90 % sure mean right nine times out of ten?
#
# The **confidence** of an answer is its probability: the largest of the row. A model is **calibrated** when, of all
# answers given with confidence 0.9, nine in ten are right. The expected calibration error (ECE) measures how far it is
# from that:
#
# 1. Cut 0 to 1 into `bins` intervals of equal width. Bin $i$ holds the confidences above its lower edge, **up to and
#    including its upper edge**. So 1.0 lies in the last bin.
# 2. In each bin, take the distance between the mean confidence and the share of right answers.
# 3. Average these distances; each bin counts by its **share of the images**. An empty bin counts nothing.
#
# Write `calibration_error(labels, probabilities, bins=10)` for `labels` int `(n,)` and `probabilities` float
# `(n, classes)`. Return one number from 0 to 1.
#
# ```
# labels        = [0, 0, 1, 1]
# probabilities = [[0.9, 0.1], [0.7, 0.3], [0.6, 0.4], [0.2, 0.8]]
# confidences     0.9 right    0.7 right    0.6 wrong    0.8 right
# with bins=2 all four lie in (0.5, 1]: |0.75 − 0.75| = 0
# with bins=4: (0.5, 0.75] has |0.65 − 0.5| = 0.15, (0.75, 1] has |0.85 − 1| = 0.15, so the ECE is 0.15
# ```


# %% question="calibration_error"
def calibration_error(labels, probabilities, bins=10):
    """Return the expected calibration error, with bins of equal width."""
    ### BEGIN SOLUTION
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    error = 0
    for number in range(bins):
        inside = (confidence > number / bins) & (confidence <= (number + 1) / bins)
        if inside.any():
            error += inside.mean() * abs(confidence[inside].mean() - right[inside].mean())
    return error
    ### END SOLUTION


# %% [markdown]
# The dots of `eager` show its bins. On the dashed line the model is honest; below it, it is surer than it should be.
# Compare the printed mean confidence of each head with its accuracy in section 5. Is each too sure, or not sure
# enough? Both are errors of calibration: the ECE counts the distance, not the direction.

# %%
errors = {name: calibration_error(test_labels, each) for name, each in test_probabilities.items()}
figure = None
if None not in errors.values():
    for name, error in errors.items():
        print(f"{name:8} mean confidence {test_probabilities[name].max(axis=1).mean():.1%}, ECE {error:.1%}")
    bins = reliability_bins(test_labels, test_probabilities["eager"], 10)
    title = f"eager: confidence against accuracy (ECE {errors['eager']:.1%})"
    figure = plots.reliability_diagram(bins, errors["eager"], title=title, footer=f"test images · {source}")
figure

# %% [markdown]
# ## 8 · Repair it with one number
#
# **Temperature scaling** divides the logits by a number $T$ before the softmax. $T > 1$ makes the model less sure,
# $T < 1$ surer. You have probabilities, not logits, but that is no obstacle: the **logarithms of the probabilities**
# serve as logits, because softmax forgets a constant that is added to a whole row.
#
# **`apply_temperature(probabilities, temperature)`** for float `(n, classes)`, all above 0, and a positive number.
# Return the softmax of log-probabilities / temperature, row by row, `(n, classes)`; each row sums to 1.
#
# ```
# apply_temperature(np.array([[0.8, 0.2]]), 2)   →  [[0.667, 0.333]]
# ```
#
# **`fit_temperature(labels, probabilities, candidates)`** returns the candidate that makes the true classes most
# likely: the one with the **lowest mean of −log(probability of the true class)** after the temperature has been
# applied. `candidates` is an array of positive numbers, in any order.
# It builds on the first function, and is judged once that one is right.
#
# (In exercise 06 you softened the answers of a teacher in the same way. There the temperature was chosen; here it is
# fitted.)
#
# One of the arguments of a fit is always: *which images?* Here they are validation images. A temperature that was
# fitted on the test images would make the test look better than the model is.


# %% question="temperature"
def apply_temperature(probabilities, temperature):
    """Return the probabilities that the model would give with its logits divided by ``temperature``."""
    ### BEGIN SOLUTION
    powers = np.exp(np.log(probabilities) / temperature)
    return powers / powers.sum(axis=1, keepdims=True)
    ### END SOLUTION


def fit_temperature(labels, probabilities, candidates):
    """Return the candidate with the lowest mean of -log(probability of the true class)."""
    ### BEGIN SOLUTION
    rows = np.arange(len(labels))
    losses = [-np.log(apply_temperature(probabilities, each)[rows, labels]).mean() for each in candidates]
    return candidates[np.argmin(losses)]
    ### END SOLUTION


# %% [markdown]
# Before you run the next cell: will the accuracy change? Think about what happens to the *largest* number of a row.

# %%
candidates = np.geomspace(0.2, 10, 80)
for name in heads:
    temperature = fit_temperature(val_labels, val_probabilities[name], candidates)
    if temperature is None:
        continue
    cooled = apply_temperature(test_probabilities[name], temperature)
    if cooled is None:
        continue
    for title, each in ((f"{name} as it is", test_probabilities[name]), (f"{name}, T = {temperature:.2f}", cooled)):
        error = calibration_error(test_labels, each)
        right = (each.argmax(axis=1) == test_labels).mean()
        print(f"{title:18} test accuracy {right:.1%}   ECE", "?" if error is None else f"{error:.1%}")

# %% [markdown]
# ## 9 · Where did it look? Grad-CAM
#
# A confident mistake makes you ask: what in the picture did the model see? **Grad-CAM** answers with a heat map over
# the last feature maps of the network. For one image and one class:
#
# 1. A channel matters as much as its **mean gradient** says: the average over all places of
#    ∂(score of the class) / ∂(feature map). That gives one weight per channel, and it may be negative.
# 2. Add up the feature maps of all channels, each times its weight.
# 3. Keep what speaks **for** the class: set negative places to 0 (ReLU).
# 4. Divide by the largest value, so that the map goes up to 1. A map of zeros stays a map of zeros.
#
# Write `heat_map(features, gradients)` for two float arrays `(height, width, channels)` of one image. Return float
# `(height, width)` from 0 to 1.


# %% question="heat_map"
def heat_map(features, gradients):
    """Return the Grad-CAM heat map (height, width), 0 to 1, of one image."""
    ### BEGIN SOLUTION
    weights = gradients.mean(axis=(0, 1))
    heat = np.maximum((features * weights).sum(axis=-1), 0)
    return heat / heat.max() if heat.any() else heat
    ### END SOLUTION


# %% [markdown]
# Your function now explains eight validation images: four confident mistakes and four right answers.
# Usually the gradients come from backpropagation. For this model you can write them down: the score of a class is the
# *mean* of each channel over all places, times a weight of the head. So the gradient at every place is that weight
# divided by the number of places.
#
# The second figure is the package's own Grad-CAM, which does use backpropagation. The warm places should be the same.
# It looks smoother because it is interpolated. The map itself is coarse: the last feature maps have very few places.
# It tells you *where*, roughly. It never tells you *why*.

# %%
probabilities = val_probabilities["careful"]
predicted = probabilities.argmax(axis=1)
by_confidence = np.argsort(-probabilities.max(axis=1))
is_right = (predicted == val_labels)[by_confidence]
chosen = np.concatenate([by_confidence[~is_right][:4], by_confidence[is_right][:4]])
titles = [f"is {class_names[val_labels[i]]}\nsaid {class_names[predicted[i]]}" for i in chosen]

feature_maps = extract(network, val_images[chosen], layer="block3", folder=False, progress=False).astype("float32")
places = feature_maps.shape[1] * feature_maps.shape[2]
maps = []
for features, said in zip(feature_maps, predicted[chosen]):
    gradients = np.broadcast_to(heads["careful"].kernel[:, said] / places, features.shape)
    maps.append(heat_map(features, gradients))

figure = None
if all(each is not None for each in maps):
    enlarge = val_images.shape[1] // feature_maps.shape[1]
    blocks = np.stack([np.kron(each, np.ones((enlarge, enlarge))) for each in maps])
    figure = plots.heatmap_overlay(val_images[chosen], blocks, titles, footer=f"your heat maps · {source}")
figure

# %%
attach(network, heads["careful"])
plots.heatmap_overlay(
    val_images[chosen],
    package_grad_cam(network, val_images[chosen], class_index=predicted[chosen]),
    titles,
    footer=f"the package's heat maps · {source}",
)

# %% [markdown]
# ### Collect evidence for your report
#
# Name a pair of classes, and see the validation images of the one that `careful` called the other, surest first.
# Change the two names and run the cell again as often as you like. Look at the other direction too.

# %%
true_name, said_name = class_names[3], class_names[5]

of_pair = np.flatnonzero((val_labels == class_names.index(true_name)) & (predicted == class_names.index(said_name)))
of_pair = of_pair[np.argsort(-probabilities.max(axis=1)[of_pair])]
print(f"{true_name} called {said_name}: {len(of_pair)} of {(val_labels == class_names.index(true_name)).sum()} images")
figure = None
if len(of_pair):
    figure = plots.hardest_images_grid(
        val_images, val_labels, probabilities, class_names, of_pair[:12], footer=f"validation images · {source}"
    )
figure

# %% [markdown]
# ## 10 · Your error report
#
# Write a report on `careful`, in 150 to 250 words, for a colleague who will decide what to do next. It needs
#
# 1. **what**: the two most confused pairs (with direction), each with its count and its share of the true class;
# 2. **why, perhaps**: for each pair one hypothesis that could turn out to be wrong ("they look alike" is none);
# 3. **evidence**: what you saw that speaks for it, and against it: pictures, heat maps, confidences;
# 4. **what next**: one thing you would change or measure, what you expect from it, on which images you would test it,
#    and how sure one can be, given the number of images.

# %% [markdown] question="report"
# ### BEGIN SOLUTION
# *The numbers in angle brackets come from your own run; pairs differ between real and drawn pictures.*
#
# **What.** On the validation images `careful` is wrong most often when it calls a cat a dog (⟨count⟩ images, ⟨share⟩
# of all cats), then when it calls a dog a cat (⟨count⟩, ⟨share⟩ of all dogs). The two directions are mistakes of their
# own; here both are large, so the model cannot tell the two apart, it does not merely prefer one of them.
#
# **Why, perhaps.** (1) Cat → dog: the model goes by the coat and the pose, not by the head. If that is so, cats seen
# from the side or lying down fail more often than cats seen from the front. (2) Dog → cat: a dog that fills the
# picture shows mostly coat. If that is so, close-ups fail more often than whole animals.
#
# **Evidence.** Of the twelve surest cat → dog images, ⟨number⟩ show no face. The warm places of the heat maps lie on
# the body in ⟨number⟩ of four mistakes. Against it: ⟨number⟩ of these images show a clear face, and the map has so few
# places that "on the body" is a rough statement. I did not check how many *right* cats show no face; without that
# number the hypothesis is not tested. ⟨number⟩ images I could not name myself.
#
# **What next.** I would mark "face visible: yes or no" on 100 cats, right and wrong alike, and compare the recall of
# the two groups. If the one with faces is much better, I would fine-tune the last block with random crops. I would
# choose by the validation images, and report the difference once, on the test images, with the paired test. With about
# a hundred cats the 95 % interval of a recall is about ±10 points, so a small gain cannot be seen.
# ### END SOLUTION

# %% [markdown]
# ## What you can do now
#
# - [ ] I can say what a row and what a column of a confusion matrix means.
# - [ ] I can explain, with an example, why a high accuracy may be worth nothing.
# - [ ] I look at mistakes on validation images, and know why not on test images.
# - [ ] I write an interval beside every accuracy, and compare two models on the same images with a paired test.
# - [ ] I can say what calibration is, and why a temperature changes the confidence but never the answer.
# - [ ] I know what a Grad-CAM map shows, and what it does not.
