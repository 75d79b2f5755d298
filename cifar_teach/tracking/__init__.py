"""Experiments in SQL: the store, its export and its dashboard.

``store`` writes and ``queries`` reads; ``schema``, ``views`` and ``migrations`` say what the database looks like;
``logging`` enters epochs as they happen; ``export`` and ``powerbi`` hand everything over to reporting tools::

    with ExperimentStore("sqlite:///experiments.db") as store:
        for row in queries.models(store):
            print(row["model_name"], row["accuracy"])
"""
