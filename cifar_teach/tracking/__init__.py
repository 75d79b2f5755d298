"""Experiments in SQL: the store, its export and its dashboard."""
