"""Mutants of queries: which faults are put in, and that nothing else of the cell changes."""

from __future__ import annotations

import sqlite3

import pytest

from cifar_teach.authoring.mutation import mutants
from cifar_teach.authoring.sql_mutation import is_sql, sql_change, sql_mutants

QUERY = """
SELECT a.x, COUNT(b.y) AS n, 1.5 * MAX(b.y) AS most
FROM a
LEFT JOIN b ON b.x = a.x AND b.kind = 'good'
WHERE a.x <> 3 AND a.z >= 0
GROUP BY a.x, a.z
HAVING COUNT(*) < 9
ORDER BY n DESC, a.x LIMIT 5
"""
TABLE = "CREATE TABLE t (x INTEGER PRIMARY KEY, y REAL NOT NULL CHECK (y IN (1, f(2))), UNIQUE (x, y))"


def changes(text: str) -> list[str]:
    return [sql_change(text, each) for each in sql_mutants(text)]


@pytest.mark.parametrize(
    "change",
    [
        ("LEFT JOIN b", "JOIN b"),
        ("COUNT(b.y)", "COUNT(*)"),
        ("MAX(b.y)", "MIN(b.y)"),
        ("1.5 * MAX", "3.0 * MAX"),
        ("1.5 * MAX", "1.5 / MAX"),
        ("b.x = a.x", "b.x <> a.x"),
        ("a.x AND b.kind", "a.x OR b.kind"),
        ("'good'", "'goodx'"),
        ("<> 3", "<> 4"),
        ("<> 3", "<> 2"),
        ("<> 3", "= 3"),
        (">= 0", "> 0"),
        ("< 9", "<= 9"),
        ("n DESC", "n ASC"),
        ("LIMIT 5", "LIMIT 6"),
        (" AND b.kind = 'good'", ""),
        ("b.x = a.x AND b.kind", "b.kind"),
        ("WHERE a.x <> 3 AND a.z >= 0", ""),
        ("a.x <> 3 AND ", ""),
        ("GROUP BY a.x, a.z", ""),
        ("GROUP BY a.x, a.z", "GROUP BY a.x"),
        ("GROUP BY a.x, a.z", "GROUP BY a.z"),
        ("HAVING COUNT(*) < 9", ""),
        ("ORDER BY n DESC, a.x", ""),
        ("n DESC, a.x", "a.x"),
        ("LIMIT 5", ""),
    ],
)
def test_every_kind_of_fault_is_put_in(change: tuple[str, str]) -> None:
    assert QUERY.count(change[0]) == 1
    wanted = QUERY.replace(*change).split()
    assert wanted in [each.split() for each in sql_mutants(QUERY)]


@pytest.mark.parametrize("rule", [" PRIMARY KEY", " NOT NULL", " CHECK (y IN (1, f(2)))", ", UNIQUE (x, y)"])
def test_every_rule_of_a_table_is_left_out_once(rule: str) -> None:
    assert TABLE.count(rule) == 1
    assert TABLE.replace(rule, "") in sql_mutants(TABLE)


def test_most_mutants_are_still_sql() -> None:
    connection = sqlite3.connect(":memory:")
    connection.executescript("CREATE TABLE a (x, z); CREATE TABLE b (x, y, kind);")
    refused = 0
    for mutant in sql_mutants(QUERY):
        try:
            connection.execute(mutant)
        except sqlite3.Error:
            refused += 1
    assert refused <= len(sql_mutants(QUERY)) / 10


def test_each_change_is_named_by_itself() -> None:
    assert len(set(changes(QUERY))) == len(sql_mutants(QUERY)) > 25
    assert "y) AS most FROM a LEFT JOIN b ON b.x = a. → y) AS most FROM a JOIN b ON b.x = a." in changes(QUERY)


def test_only_sql_is_taken_for_sql() -> None:
    assert is_sql(QUERY) and is_sql(TABLE) and is_sql("WITH a AS (SELECT 1) SELECT * FROM a")
    assert not any(map(is_sql, ("select", "SELECTED images", "Select one of them.", "", "Insert a row.")))


def test_queries_in_a_cell_are_mutated_in_the_solution_only() -> None:
    cell = f'before = """{QUERY}"""\n### BEGIN SOLUTION\nquery = """{QUERY}"""\nname = "WHERE 1"\n### END SOLUTION\n'
    found = mutants(cell)
    assert len(found) == len(sql_mutants(QUERY))
    for mutant in found:
        scope: dict = {}
        exec(mutant.code, scope)
        assert scope["before"] == QUERY and scope["name"] == "WHERE 1" and scope["query"] in sql_mutants(QUERY)
        assert mutant.change.startswith("11:8 ") and " → " in mutant.change
