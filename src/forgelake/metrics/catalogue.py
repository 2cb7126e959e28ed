"""All metrics that can be asked: forgelake's own library and the person's folder."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, Self

from forgelake.metrics.cases import ENDING
from forgelake.metrics.definition import Metric
from forgelake.metrics.reading import read
from forgelake.metrics.yaml_file import DefinitionError
from forgelake.model.errors import ConfigurationError, UsageError, similar

LIBRARY: Final = Path(__file__).with_name("library")


class NotFoundError(UsageError):
    """There is no metric of that name; ``near`` are the most similar ones."""

    def __init__(self, name: str, names: Iterable[str]) -> None:
        self.name = name
        self.near = similar(name.lower(), names)
        quoted = " or ".join(f'"{one}"' for one in self.near)
        hint = f"; did you mean {quoted}?" if quoted else ""
        super().__init__(f'there is no metric "{name}"{hint}; see: forgelake metrics list')


class Catalogue:
    """Metrics by name."""

    def __init__(self, metrics: Mapping[str, Metric], files: Mapping[str, Path]) -> None:
        self._metrics = dict(sorted(metrics.items()))
        self._files = dict(files)

    @classmethod
    def load(cls, folders: Iterable[Path] = (LIBRARY,)) -> Self:
        """Read every definition of some folders.

        Raises:
            DefinitionError: definitions are wrong, all of them told, or two have one name.
            ConfigurationError: a folder does not exist.
        """
        metrics: dict[str, Metric] = {}
        files: dict[str, Path] = {}
        problems: list[str] = []
        for path in (path for folder in folders for path in _definitions(folder)):
            if path.stem in files:
                problems.append(f"{path}:1: the name {path.stem} is taken by {files[path.stem]}")
                continue
            files[path.stem] = path
            try:
                metrics[path.stem] = read(path)
            except DefinitionError as error:
                problems.append(str(error))
        if problems:
            raise DefinitionError("\n".join(problems))
        return cls(metrics, files)

    def get(self, name: str) -> Metric:
        """A metric by its name.

        Raises:
            NotFoundError: there is none.
        """
        if name not in self._metrics:
            raise NotFoundError(name, self._metrics)
        return self._metrics[name]

    def file(self, name: str) -> Path:
        """Where a metric is defined; see ``get``."""
        return self._files[self.get(name).name]

    @property
    def names(self) -> tuple[str, ...]:
        """All names, sorted."""
        return tuple(self._metrics)

    def __iter__(self) -> Iterator[Metric]:
        return iter(self._metrics.values())

    def __len__(self) -> int:
        return len(self._metrics)


def folders(own: Path | None) -> tuple[Path, ...]:
    """Our library, and the person's folder if there is one."""
    return (LIBRARY,) if own is None else (LIBRARY, own)


def _definitions(folder: Path) -> list[Path]:
    if not folder.is_dir():
        message = f"the folder of metrics {folder} does not exist; make it, or change metrics.folder"
        raise ConfigurationError(message)
    return sorted(path for path in folder.glob("*.yaml") if not path.name.endswith(ENDING))
