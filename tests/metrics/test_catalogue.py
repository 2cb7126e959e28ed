"""What can be asked: our library, the person's folder, and what becomes of names that are not there."""

import importlib.machinery
import importlib.util
from itertools import pairwise
from pathlib import Path

import pytest

from forgelake.lake.columns import Era
from forgelake.metrics.catalogue import LIBRARY, Catalogue, NotFoundError, folders
from forgelake.metrics.new import create
from forgelake.metrics.parameters import EVENT_TYPES
from forgelake.metrics.yaml_file import DefinitionError
from forgelake.model.eras import ERA_PERIODS, eras_between
from forgelake.model.errors import ConfigurationError

ROOT = Path(__file__).parents[2]


def test_own_metrics_stand_beside_ours_in_the_order_of_their_names(tmp_path: Path) -> None:
    create("zebras", tmp_path)
    create("aardvarks", tmp_path)
    catalogue = Catalogue.load([tmp_path])
    assert catalogue.names == ("aardvarks", "zebras")
    assert [metric.name for metric in catalogue] == list(catalogue.names)
    assert (len(catalogue), catalogue.file("zebras")) == (2, tmp_path / "zebras.yaml")
    assert folders(tmp_path) == (LIBRARY, tmp_path)
    assert folders(None) == (LIBRARY,)


def test_an_unknown_name_is_told_with_the_nearest(tmp_path: Path) -> None:
    create("zebras", tmp_path)
    with pytest.raises(NotFoundError, match='there is no metric "zebra"; did you mean "zebras"') as raised:
        Catalogue.load([tmp_path]).get("zebra")
    assert (raised.value.name, raised.value.near) == ("zebra", ["zebras"])


def test_a_name_is_also_like_one_of_anothers_words() -> None:
    with pytest.raises(NotFoundError, match='did you mean "open_issues" or "age_of_open_items" or'):
        Catalogue.load().get("nope")


def test_two_of_one_name_and_faults_of_several_files_are_told_at_once(tmp_path: Path) -> None:
    create("zebras", tmp_path / "a")
    create("zebras", tmp_path / "b")
    create("broken", tmp_path / "b")[0].write_text("name: broken\n", encoding="utf-8")
    with pytest.raises(DefinitionError) as raised:
        Catalogue.load([tmp_path / "a", tmp_path / "b"])
    assert "the name zebras is taken by" in str(raised.value)
    assert "broken.yaml:1: title is missing" in str(raised.value)


def test_a_folder_that_does_not_exist_is_a_fault_of_the_settings(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"metrics\.folder"):
        Catalogue.load([tmp_path / "nowhere"])


def test_the_shipped_schema_is_the_one_that_the_models_make() -> None:
    path = ROOT / "scripts" / "metrics-schema"
    loader = importlib.machinery.SourceFileLoader("metrics_schema", str(path))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    assert module.FILE.read_text(encoding="utf-8") == module.schema(), "run: make docs"


def test_eras_follow_each_other_and_are_those_of_the_columns() -> None:
    assert [era.name for era in ERA_PERIODS] == [era.value for era in Era]
    assert all(before.end == after.start for before, after in pairwise(ERA_PERIODS))
    border = ERA_PERIODS[2].start
    assert [era.name for era in eras_between(border.replace(year=2014), border)] == ["timeline-2012"]


def test_event_types_are_sorted_and_each_there_once() -> None:
    assert list(EVENT_TYPES) == sorted(set(EVENT_TYPES))
