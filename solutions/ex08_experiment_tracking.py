# %% [markdown]
# # Experiment tracking
#
# **Goal.** After a week you have forty results and a memory that says "about 83 %, with the new recipe, I think". Here
# you put results into a database as they happen, and ask it: which network is better, on the same images, and by more
# than luck? The language of such questions is SQL. It is fifty years old, every reporting tool speaks it, and six
# words of it go a long way.
#
# **At the end you can**
#
# - count, average and compare experiments with SELECT, JOIN, GROUP BY and HAVING, and notice when a query lies;
# - find the best epoch of each network, the scores of each class, and the pairs that are confused;
# - make a table that refuses wrong rows;
# - log an epoch so that a training that is killed and repeated leaves no second row and no hole;
# - give a number its papers: seed, data, code, versions, and how it was chosen.
#
# **Two beliefs to test on the way.** *"The run at the top of the list is the best network"* (section 7), and *"the
# query ran, so its answer is right"* (every other section). You need no SQL to begin with.

# %% tags=["setup"]

# %%
import dataclasses
import os
import platform
import sqlite3
import tempfile
from functools import partial
from pathlib import Path

import numpy as np
from sklearn.neural_network import MLPClassifier

from cifar_teach.tracking.store import ExperimentStore

# %% [markdown]
# ## Some experiments to ask about
#
# The next cell trains eight very small networks in a few seconds: `linear` looks at 48 colours of a picture,
# `hidden` has a layer of 32 units behind them. What matters here is how they are *kept*. Read the calls of `store`:
#
# | call | when | what it writes |
# |---|---|---|
# | `start_run` | before anything is trained | seed, data with checksum, revision of the code, hardware, versions |
# | `start_model` | before each network | its name and its seed |
# | `log_epoch` | **as each epoch ends** | loss, accuracy, validation accuracy |
# | `log_predictions` | after the training | the answer to every test image |
# | `finish_model` | when all of this is there | accuracy and its interval, counted from the predictions |
#
# The last network is stopped in the middle, as by a power cut. What was logged before stays.


# %%
def colours(images):
    """Return the mean colours of 4 x 4 blocks, float (n, 48), roughly -1 to 1."""
    n, size = len(images), images.shape[1]
    blocks = images.reshape(n, 4, size // 4, 4, size // 4, 3).mean(axis=(2, 4))
    return (blocks.reshape(n, -1) - 120) / 64


def train_small(name, seed, epochs, log):
    """Train a small network, call ``log`` as each epoch ends, and return the probabilities of the test images."""
    x, y = colours(data.train.images), data.train.labels
    cut = 4 * len(x) // 5  # the rest is for validation
    network = MLPClassifier(HIDDEN[name], random_state=seed, learning_rate_init=0.005, batch_size=50)
    for epoch in range(1, epochs + 1):
        network.partial_fit(x[:cut], y[:cut], classes=range(classes))
        figures = {"epoch": epoch}
        for prefix, part in (("", slice(cut)), ("val_", slice(cut, None))):
            probabilities = network.predict_proba(x[part])
            figures[f"{prefix}loss"] = -np.log(probabilities[np.arange(len(y[part])), y[part]]).mean()
            figures[f"{prefix}accuracy"] = (probabilities.argmax(axis=1) == y[part]).mean()
        log(figures)
    return network.predict_proba(colours(data.test.images))


HIDDEN = {"linear": (), "hidden": (32,)}
classes = len(data.class_names)
database = Path(tempfile.mkdtemp()) / "experiments.db"
fewer = min(100, len(data.test.labels))
plan = [  # name of the run, test images, networks with their seeds and epochs
    (
        "which of the two",
        len(data.test.labels),
        [(name, seed, 8) for name in ("linear", "hidden") for seed in (0, 1, 2)],
    ),
    ("a quick look", fewer, [("hidden", 3, 8)]),
    ("overnight", len(data.test.labels), [("hidden", 4, 3)]),
]

with ExperimentStore(f"sqlite:///{database}") as store:
    for run_name, test_size, networks in plan:
        run_id = store.start_run(
            run_name,  # the key by which a run that was interrupted finds its row again
            name=run_name,
            seed=networks[0][1],
            data=dataclasses.replace(data.provenance, test_size=test_size),
            class_names=data.class_names,
            test_labels=data.test.labels[:test_size],
            train_images=4 * len(data.train.labels) // 5,
            validation_images=len(data.train.labels) - 4 * len(data.train.labels) // 5,
            hardware={"processor": platform.machine(), "cores": os.cpu_count()},
            versions={"python": platform.python_version(), "numpy": np.__version__},
        )
        for name, seed, epochs in networks:
            model_id = store.start_model(run_id, name, seed, planned_epochs=8)
            probabilities = train_small(name, seed, epochs, partial(store.log_epoch, model_id))
            if run_name == "overnight":  # the power cut
                continue
            store.log_predictions(model_id, probabilities[:test_size])
            store.finish_model(model_id)
        if run_name != "overnight":
            store.finish_run(run_id)


def ask(sql, **values):
    """Print what a query returns; `values` go to its `:name` places."""
    if not isinstance(sql, str):
        return print("(no query yet)")
    try:
        cursor = sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True).execute(sql, values)  # it only reads
        names, rows = [each[0] for each in cursor.description or ()], cursor.fetchmany(30)
    except sqlite3.Error as problem:
        return print("SQLite says:", problem)
    shown = [names] + [
        ["NULL" if each is None else f"{each:.3f}" if isinstance(each, float) else str(each) for each in row]
        for row in rows
    ]
    widths = [max(len(row[column]) for row in shown) for column in range(len(names))]
    for row in shown:
        print("  ".join(text.ljust(width) for text, width in zip(row, widths)).rstrip())


ask("SELECT model_id, run_id, dataset_id, model_name, seed, status, accuracy FROM Model_Info")

# %% [markdown]
# ### The tables
#
# A table holds one kind of thing; each row is one such thing; a **key** names a row. Another table refers to it by that
# key, so nothing is written twice.
#
# | table | one row is | its key, and other columns |
# |---|---|---|
# | `Datasets` | one choice of images | **dataset_id**; name, checksum, test_size |
# | `Runs` | one start of a program | **run_id**; name, status, dataset_id |
# | `Model_Info` | one trained network | **model_id**; run_id, dataset_id, model_name, seed, status, accuracy |
# | `Epoch_Stats` | one epoch of a network | **model_id, epoch**; loss, accuracy, val_loss, val_accuracy, gap |
# | `Predictions_Log` | one answer of a network | **model_id, image_index**; dataset_id, label, predicted, correct |
# | `Classes` | one class of a data set | **class_id**; dataset_id, class_index, class_name |
#
# The status of a network is `running` or `finished`; beside its accuracy stand the ends of the 95 % interval,
# `accuracy_low` and `accuracy_high`. In `Predictions_Log`, `label` and `predicted` are values of `class_index`,
# `correct` is 1 or 0, and `confidence` is the probability of the answer.
#
# Two **views** look like tables and are worked out anew whenever they are read: `Class_Metrics` and
# `Confusion_Matrix` (`model_id`, `true_label`, `true_class`, `predicted_label`, `predicted_class`, `images`; empty
# cells are there, too, with 0). Nobody copies numbers into a view, so it cannot disagree with the predictions.
#
# ### Six words of SQL
#
# ```sql
# SELECT r.name, COUNT(*) AS networks, AVG(m.accuracy) AS mean   -- which columns
# FROM Runs r                                                     -- from where; r is a short name
# JOIN Model_Info m ON m.run_id = r.run_id                        -- which rows belong together
# WHERE m.status = 'finished'                                     -- which rows; applied BEFORE grouping
# GROUP BY r.run_id                                               -- one row for each of these
# HAVING COUNT(*) >= 2                                            -- which groups; applied AFTER grouping
# ORDER BY mean DESC LIMIT 10                                     -- in which order, how many
# ```
#
# `COUNT`, `SUM`, `AVG`, `MIN` and `MAX` make one value out of a group. Text stands in 'single quotation marks'. NULL
# means "unknown": nothing is equal to it, so ask `x IS NULL`. A SELECT in parentheses may stand wherever a value or a
# table may. Try things out here, as often as you like:

# %%
ask("SELECT model_id, epoch, accuracy, val_accuracy, gap FROM Epoch_Stats WHERE model_id = 1")

# %% [markdown]
# In each question you write a query as text. The check runs it on a database of the same form with **other rows**, and
# compares the rows that come. Names of columns do not matter, their order does. The order of the rows matters only
# where the question asks for one. Numbers may be rounded to three decimals.
#
# ## 1 · How far is each run?
#
# List **all** runs: `run_id`, `name`, and how many networks of the run are finished. A run without any finished network
# is in the list, with 0. It is the one that you are looking for.
#
# A `LEFT JOIN` keeps each row of the left table; where nothing on the right belongs to it, the columns of the right
# are NULL.

# %% question="progress"
progress_sql = None  # your query: text in three quotation marks
### BEGIN SOLUTION
progress_sql = """
SELECT r.run_id, r.name, COUNT(m.model_id) AS finished
FROM Runs r
LEFT JOIN Model_Info m ON m.run_id = r.run_id AND m.status = 'finished'
GROUP BY r.run_id, r.name
"""
### END SOLUTION

# %%
ask(progress_sql)

# %% [markdown]
# ## 2 · Which networks may be compared?
#
# An accuracy on other test images is another quantity, as with two exams. `Datasets` has one row for each *choice of
# images*: two rows may have the same name, even the same checksum, and still mean other test images.
#
# For one network, given as `:model_id`, list **all finished networks that were tested on the same data set**, itself
# included: `model_id`, number of test images, number of right answers, accuracy (0 to 1). Count them from
# `Predictions_Log`.
#
# A value from outside has a name with a colon in the SQL, and the database puts it there. Never paste values into the
# text of a query: a quotation mark in a name would end it, and whoever chooses the name could write the rest of your
# query.

# %% question="comparable"
comparable_sql = None  # your query, with :model_id in it
### BEGIN SOLUTION
comparable_sql = """
SELECT p.model_id, COUNT(*) AS images, SUM(p.correct) AS hits, 1.0 * SUM(p.correct) / COUNT(*) AS accuracy
FROM Predictions_Log p
JOIN Model_Info m ON m.model_id = p.model_id
WHERE m.status = 'finished'
  AND m.dataset_id = (SELECT dataset_id FROM Model_Info WHERE model_id = :model_id)
GROUP BY p.model_id
"""
### END SOLUTION

# %% [markdown]
# Network 7 saw only some of the test images. Look at its accuracy beside those of network 1: was `hidden` better there,
# or was the exam another one?

# %%
for number in (1, 7):
    print(f"comparable with network {number}")
    ask(comparable_sql, model_id=number)

# %% [markdown]
# ## 3 · The best epoch, not the last
#
# For each network: `model_id`, the number of its **best epoch**, the validation accuracy there, and the gap there
# (training accuracy minus validation accuracy). The best epoch has the highest `val_accuracy`; of several, the
# **earliest** is best. A network without any validation accuracy is not in the list.
#
# The trap of this question has a name, "the greatest of each group": `MAX(epoch), MAX(val_accuracy)` in one SELECT are
# the greatest values of two columns, and usually come from different rows.

# %% question="best_epoch"
best_epoch_sql = None  # your query
### BEGIN SOLUTION
best_epoch_sql = """
SELECT e.model_id, e.epoch, e.val_accuracy, e.gap
FROM Epoch_Stats e
WHERE e.epoch = (
    SELECT o.epoch FROM Epoch_Stats o
    WHERE o.model_id = e.model_id AND o.val_accuracy IS NOT NULL
    ORDER BY o.val_accuracy DESC, o.epoch LIMIT 1
)
"""
### END SOLUTION

# %% [markdown]
# The stopped network is in the list: its epochs were written as they ended, not at the end of the training.

# %%
ask(best_epoch_sql)

# %% [markdown]
# ## 4 · Recall and precision, counted and not copied
#
# For network `:model_id`, one row for each class of its data set: `class_name`, support (test images of the class),
# recall, precision.
#
# - **Recall**: of the images that *are* of the class, the share that was predicted so.
# - **Precision**: of the images *predicted* as this class, the share that are of it; **0 when the class was never
#   predicted**. Every class has at least one test image.
#
# Count from `Predictions_Log`. `Class_Metrics` has these numbers ready, so your query may not read it: you are writing
# what stands behind such a view. `SUM(CASE WHEN condition THEN 1 ELSE 0 END)` counts the rows of a group that
# fulfil a condition.

# %% question="class_metrics"
class_metrics_sql = None  # your query, with :model_id in it
### BEGIN SOLUTION
class_metrics_sql = """
SELECT k.class_name, k.support, 1.0 * k.hits / k.support AS recall,
    CASE WHEN k.called = 0 THEN 0 ELSE 1.0 * k.hits / k.called END AS precision
FROM (
    SELECT c.class_name,
        SUM(CASE WHEN p.label = c.class_index THEN 1 ELSE 0 END) AS support,
        SUM(CASE WHEN p.predicted = c.class_index THEN 1 ELSE 0 END) AS called,
        SUM(CASE WHEN p.label = c.class_index AND p.predicted = c.class_index THEN 1 ELSE 0 END) AS hits
    FROM Predictions_Log p
    JOIN Classes c ON c.dataset_id = p.dataset_id
    WHERE p.model_id = :model_id
    GROUP BY c.class_index, c.class_name
) k
"""
### END SOLUTION

# %% [markdown]
# **The experiment: a copy drifts.** Someone keeps the scores in a table of their own, because a query takes so long. A
# label was wrong and is corrected. Whom do you believe afterwards?


# %%
def copy_of_the_database():
    """Return a copy in memory, to try things out on."""
    scratch = sqlite3.connect(":memory:")
    original = sqlite3.connect(database)
    original.backup(scratch)
    original.close()
    return scratch


if isinstance(class_metrics_sql, str):
    scratch = copy_of_the_database()
    try:
        scratch.execute(f"CREATE TABLE Copied_Scores AS {class_metrics_sql.replace(':model_id', '1')}")
        change = f"SET label = (label + 1) % {classes} WHERE model_id = 1 AND image_index < 60"
        scratch.execute(f"UPDATE Predictions_Log {change}")
        copied = scratch.execute("SELECT * FROM Copied_Scores ORDER BY 1").fetchall()
        counted = scratch.execute(f"SELECT * FROM ({class_metrics_sql}) ORDER BY 1", {"model_id": 1}).fetchall()
        print("class        recall: copied  counted")
        for old, new in zip(copied, counted):
            print(f"{old[0]:12} {old[2]:14.3f}  {new[2]:7.3f}")
    except (sqlite3.Error, IndexError) as problem:
        print("Not yet:", problem)

# %% [markdown]
# ## 5 · What is taken for what
#
# For network `:model_id`, the **three most frequent confusions**: true class, predicted class (both by name), number of
# images, and their share of all images of the true class. The most frequent comes first; equal numbers stand in the
# alphabetical order of the true class, then of the predicted class. You may use the view `Confusion_Matrix`.

# %% question="confusions"
confusions_sql = None  # your query, with :model_id in it
### BEGIN SOLUTION
confusions_sql = """
SELECT k.true_class, k.predicted_class, k.images, 1.0 * k.images / s.support AS share
FROM Confusion_Matrix k
JOIN (
    SELECT model_id, true_label, SUM(images) AS support FROM Confusion_Matrix GROUP BY model_id, true_label
) s ON s.model_id = k.model_id AND s.true_label = k.true_label
WHERE k.model_id = :model_id AND k.true_label <> k.predicted_label
ORDER BY k.images DESC, k.true_class, k.predicted_class
LIMIT 3
"""
### END SOLUTION

# %%
ask(confusions_sql, model_id=4)

# %% [markdown]
# ## 6 · One network, several seeds
#
# The same recipe from another seed gives another number. List each network on each data set that has **at least two
# finished results**: `dataset_id`, `model_name`, number of results, mean accuracy, lowest, highest.
#
# Take the accuracies from `Model_Info`. A condition on a group cannot stand in WHERE: there are no groups yet.

# %% question="seeds"
seeds_sql = None  # your query
### BEGIN SOLUTION
seeds_sql = """
SELECT dataset_id, model_name, COUNT(*) AS results,
    AVG(accuracy) AS mean, MIN(accuracy) AS lowest, MAX(accuracy) AS highest
FROM Model_Info
WHERE status = 'finished'
GROUP BY dataset_id, model_name
HAVING COUNT(*) >= 2
"""
### END SOLUTION

# %%
ask(seeds_sql)

# %% [markdown]
# ## 7 · Before you run it: the lucky seed
#
# Twenty networks differ only in their seed, and all are equally good: each is right on 80 of 100 new images. You test
# all twenty on the same kind of test set of 1,000 images, and report the best of the twenty results, by test accuracy.
# Then you test that network on a thousand *new* images. What do you expect?
#
# - **a**: you report about 0.80, and find about 0.80 again
# - **b**: you report clearly more than 0.80, and find the same higher number again: that seed is better
# - **c**: you report clearly more than 0.80, and find about 0.80
# - **d**: you report clearly more than 0.80, and find less than 0.80: luck evens out
#
# Decide first, and write the letter.

# %% question="lucky_seed"
lucky_seed = None  # "a", "b", "c" or "d"
### BEGIN SOLUTION
lucky_seed = "c"
### END SOLUTION

# %% [markdown]
# **The experiment: "the run at the top of the list is the best network".** A thousand times: twenty equal networks, the
# winner, and the winner's next exam.

# %%
rng = np.random.default_rng(0)
for networks in (1, 5, 20, 100):
    first = rng.binomial(1000, 0.8, (1000, networks)) / 1000
    reported = first.max(axis=1).mean()
    again = (rng.binomial(1000, 0.8, 1000) / 1000).mean()  # the winner is as good as all the others
    print(f"best of {networks:3}: reported {reported:.3f}, on new images {again:.3f}")

# %% [markdown]
# A test set that chooses is a validation set. Choose by validation accuracy, report the mean over the seeds, and write
# down how often you looked.
#
# ## 8 · A table that refuses wrong rows
#
# That is what this table is for: each look at the test set becomes a row. Write the statement `CREATE TABLE Test_Looks`
# with these columns:
#
# | column | holds | rule |
# |---|---|---|
# | `look_id` | INTEGER | the key |
# | `model_id` | INTEGER | must exist in `Model_Info` |
# | `looked_utc` | TEXT | date and time |
# | `purpose` | TEXT | `report` or `choice`, nothing else |
# | `accuracy` | REAL | a share, 0 and 1 included |
#
# No column may be NULL, and the same network cannot be looked at twice in the same moment. The check inserts right
# rows, which must be taken, and wrong ones, which must not.
#
# A rule in the database holds for everyone: for your program, for a colleague's script, and for a hand that types at
# midnight.

# %% question="rules"
looks_sql = None  # your CREATE TABLE
### BEGIN SOLUTION
looks_sql = """
CREATE TABLE Test_Looks (
    look_id INTEGER PRIMARY KEY,
    model_id INTEGER NOT NULL REFERENCES Model_Info (model_id),
    looked_utc TEXT NOT NULL,
    purpose TEXT NOT NULL CHECK (purpose IN ('report', 'choice')),
    accuracy REAL NOT NULL CHECK (accuracy >= 0 AND accuracy <= 1),
    UNIQUE (model_id, looked_utc)
)
"""
### END SOLUTION

# %%
if isinstance(looks_sql, str):
    scratch = copy_of_the_database()
    try:
        scratch.execute(looks_sql)
        scratch.execute(
            "INSERT INTO Test_Looks (model_id, looked_utc, purpose, accuracy) "
            "SELECT model_id, finished_utc, 'choice', accuracy FROM Model_Info "
            "WHERE dataset_id = 1 AND status = 'finished'"
        )
        looks = scratch.execute("SELECT COUNT(*) FROM Test_Looks WHERE purpose = 'choice'").fetchone()[0]
        print(f"If you choose by test accuracy now, the test set was looked at {looks} times in order to choose.")
    except sqlite3.Error as problem:
        print("Not yet:", problem)

# %% [markdown]
# ## 9 · A log that survives
#
# A training is killed in epoch 12, after its row was written and before its weights were saved. It goes on from epoch
# 11 and writes epoch 12 again. The log should then have **one** row for epoch 12: the new one, since these weights go
# on.
#
# Write `log_epoch(connection, model_id, epoch, loss, accuracy, val_accuracy, logged_utc)`:
#
# - `connection` is one of `sqlite3`; `val_accuracy` may be None, `logged_utc` is text;
# - it writes these six values into `Epoch_Stats`; the row of an epoch that is there already is **replaced**;
# - when it returns, the row is **committed**: another program sees it, and it stays when this one is killed;
# - when the database refuses the values, the error reaches the caller, and what stood there before is still there.
#
# `Epoch_Stats` has the key (`model_id`, `epoch`), and rules of its own: an accuracy above 1 is refused, as is an epoch
# 0 or a network that does not exist.


# %% question="log_epoch"
def log_epoch(connection, model_id, epoch, loss, accuracy, val_accuracy, logged_utc):
    """Write the figures of one epoch; a repetition replaces its row."""
    ### BEGIN SOLUTION
    with connection:
        connection.execute(
            """
            INSERT INTO Epoch_Stats (model_id, epoch, loss, accuracy, val_accuracy, logged_utc)
            VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (model_id, epoch) DO UPDATE SET
                loss = excluded.loss, accuracy = excluded.accuracy,
                val_accuracy = excluded.val_accuracy, logged_utc = excluded.logged_utc
            """,
            (model_id, epoch, loss, accuracy, val_accuracy, logged_utc),
        )
    ### END SOLUTION


# %% [markdown]
# The stopped network goes on: its third epoch is repeated, a fourth follows.

# %%
scratch = copy_of_the_database()
for number, value in ((3, 0.31), (4, 0.33)):
    log_epoch(scratch, 8, number, 1.9, value, value - 0.01, "2026-03-01 03:00:00")
for row in scratch.execute("SELECT epoch, accuracy, val_accuracy, logged_utc FROM Epoch_Stats WHERE model_id = 8"):
    print(row)

# %% [markdown]
# ### Take it elsewhere
#
# On your computer, `cifar-teach runs export --db experiments.db` writes each table as CSV or Parquet, for a spreadsheet
# or Power BI, and `cifar-teach dashboard --db experiments.db` makes a page with charts. Both read the same tables as
# you did. The papers of your runs:

# %%
ask(
    "SELECT r.run_id, r.status, r.seed, substr(d.checksum, 1, 8) AS checksum, d.test_size, d.is_synthetic AS drawn, "
    "substr(r.git_revision, 1, 8) AS revision, r.versions FROM Runs r JOIN Datasets d ON d.dataset_id = r.dataset_id"
)

# %% [markdown]
# ## 10 · Give a number its papers
#
# Choose **one** number of this notebook that you would report, and write, in 120 to 200 words,
#
# 1. **the number**, with what says how sure it is;
# 2. **its papers**: what the database holds about seed, data, code, versions, hardware, and for at least one of these,
#    which question could not be answered without it;
# 3. **how it was chosen**: among how many, on which images, and how often the test set was looked at;
# 4. **what is still missing**: one thing that the database does not know and that could change the number.

# %% [markdown] question="report"
# ### BEGIN SOLUTION
# *The numbers in angle brackets come from your own run.*
#
# **The number.** On ⟨600⟩ test images, `hidden` has a mean accuracy of ⟨mean⟩ over three seeds, from ⟨lowest⟩ to
# ⟨highest⟩. The interval of a single one of them is about ±⟨half its width⟩, wider than the spread of the seeds.
#
# **Its papers.** Seeds 0, 1 and 2; data set ⟨name⟩ with checksum ⟨first digits⟩, ⟨600⟩ test images chosen by seed
# ⟨subset seed⟩; revision ⟨revision⟩ of the code; Python, NumPy and the package in the versions of `Runs.versions`;
# hardware in `Runs.hardware`. Without the checksum nobody could say later whether ⟨mean⟩ and another result were
# measured on the same pictures: the name alone is the same for several choices.
#
# **How it was chosen.** I compared two networks and three seeds each, so the test set was looked at six times. I report
# the mean and not the best seed. The choice between `linear` and `hidden` should have been made by the validation
# accuracy, for which the table of epochs is enough.
#
# **What is still missing.** The learning rate and the 32 units stand in the code but not in the database, and
# nobody knows how many other values were tried before, or on which images. If it was on these, the number is too high.
# ### END SOLUTION

# %% [markdown]
# ## What you can do now
#
# - [ ] I can say what one row of a table is before I write a query about it.
# - [ ] I know what WHERE, HAVING and ON each decide, and what a LEFT JOIN keeps.
# - [ ] I notice numbers that a join has multiplied, and shares that are 0 because whole numbers were divided.
# - [ ] I compare networks only on the same data set, and never by the name of it.
# - [ ] I report the mean over seeds, and count my looks at the test set.
# - [ ] I put rules into the database, and log what happens when it happens.
