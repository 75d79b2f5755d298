"""What storing saves is measured for both ways alike, and its ratio is one of processor time; on drawn images."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks import repeated_work
from cifar_teach.data import load_cifar10
from cifar_teach.preprocess import stratified_split
from cifar_teach.train import get_stages

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def parts():
    data = load_cifar10(300, test_size=100, source="synthetic", quiet=True)
    return data, *stratified_split(*data.train, fraction=0.2)


@pytest.fixture(autouse=True)
def on_the_small_network(monkeypatch):
    stage = replace(get_stages("tinynet")[0], after="block2")
    monkeypatch.setattr(repeated_work, "HEAD_BACKBONE", "tinynet")
    monkeypatch.setattr(repeated_work, "HEAD_EPOCHS", 2)
    monkeypatch.setattr(repeated_work, "SPLIT_BACKBONE", "tinynet")
    monkeypatch.setattr(repeated_work, "get_stages", lambda name: (stage,))


def test_the_clock_adds_up():
    clock = repeated_work.Clock(1.0, 2.0) + repeated_work.Clock(0.5, 0.25)
    with clock.running():
        sum(range(200_000))
    assert clock.seconds > 1.5
    assert clock.cpu_seconds > 2.25


def test_a_head_on_stored_features_does_the_work_of_the_network_once(parts):
    found = repeated_work.stored_head(*parts)
    running, dense, linear = (found[way] for way in ("running", "stored_dense", "stored_linear"))
    assert found["times_faster_dense"] == pytest.approx(running["cpu_seconds"] / dense["cpu_seconds"])
    assert found["times_faster_linear"] == pytest.approx(running["cpu_seconds"] / linear["cpu_seconds"])
    assert min(dense["cpu_seconds"], linear["cpu_seconds"]) > found["extract"]["cpu_seconds"] > 0
    assert linear["accuracy"] > 0.3


def test_both_ways_of_fine_tuning_train_the_same_blocks(parts):
    found = repeated_work.stored_split(*parts)
    whole, stored = found["whole"], found["stored"]
    assert whole["cpu_seconds_per_epoch"] > stored["cpu_seconds_per_epoch"] > 0
    assert found["times_faster"] == whole["cpu_seconds_per_epoch"] / stored["cpu_seconds_per_epoch"]
    assert stored["preparation_cpu_seconds"] > 0
    assert min(whole["accuracy"], stored["accuracy"]) > 0.3
