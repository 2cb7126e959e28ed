"""Reading a metric's file. Everything that is wrong is told at once, each with file, line, bad value and good ones."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from forgelake.metrics.consistency import Place, Problem, problems
from forgelake.metrics.definition import Metric
from forgelake.metrics.yaml_file import YamlFile, read_yaml
from forgelake.model.errors import nearest

_LONGEST = 60
Model = TypeVar("Model", bound=BaseModel)


def read(path: Path) -> Metric:
    """The metric in a file.

    Raises:
        DefinitionError: the file cannot be read, or something in it is wrong.
    """
    file = read_yaml(path)
    metric = validated(file, Metric, file.values, ())
    if found := list(problems(metric, path.stem)):
        raise file.error(found)
    return metric


def validated(file: YamlFile, model: type[Model], values: Any, place: Place) -> Model:
    """Values of a file as a model.

    Raises:
        DefinitionError: something in them is wrong.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise file.error([_problem(model, detail, place) for detail in error.errors(include_url=False)]) from None


def _problem(model: type[BaseModel], detail: Mapping[str, Any], place: Place) -> Problem:
    where = (*place, *_without_tags(detail["loc"]))
    said = detail["msg"].removeprefix("Input ").replace("should be", "it should be", 1)
    match detail["type"]:
        case "missing":
            return where[:-1], f"{where[-1]} is missing"
        case "extra_forbidden":
            good = list(model.model_fields) if len(detail["loc"]) == 1 else []
            listed = f"; there are {', '.join(good)}" if good else ""
            return where, f'there is no key "{where[-1]}"{nearest(str(where[-1]), good)}{listed}'
        case "union_tag_invalid":
            return where, f'"{detail["ctx"]["tag"]}" is no type; it should be {detail["ctx"]["expected_tags"]}'
        case "union_tag_not_found":
            return where, "type is missing"
        case _:
            return where, f"{_shown(detail['input'])} is wrong: {said}"


def _without_tags(location: tuple[int | str, ...]) -> Place:
    """Pydantic puts a parameter's type between its name and its keys."""
    return (*location[:2], *location[3:]) if location[:1] == ("parameters",) else location


def _shown(value: object) -> str:
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
