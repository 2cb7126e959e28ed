"""The result of an answer, kept as Parquet beside the lake's tables."""

from forgelake.metrics.answer import Answer
from forgelake.metrics.binding import Bound, bind
from forgelake.metrics.catalogue import Catalogue
from forgelake.metrics.formats import as_parquet
from forgelake.metrics.kept import read_back
from forgelake.model.errors import UsageError
from forgelake.pipelines.context import Context
from forgelake.state.answers import AnswerRow
from forgelake.storage.faults import NoSuchObjectError

FOLDER = "answers"


class GoneError(UsageError):
    """There is no result any more; asking again makes one."""


def bound_of(catalogue: Catalogue, row: AnswerRow) -> Bound:
    """The question that an answer is to.

    Raises:
        GoneError: the metric is not what it was.
        NotFoundError: there is no such metric any more.
    """
    metric = catalogue.get(row.metric)
    if metric.digest != row.definition:
        message = f"the definition of {row.metric} has changed since it was asked for; ask again"
        raise GoneError(message)
    return bind(metric, row.parameters, row.created_at)


def write(context: Context, row: AnswerRow, answer: Answer) -> str:
    """Keep a result; returns where it lies. Every attempt has a place of its own, as two may overlap."""
    path = f"{FOLDER}/{row.id}-{row.attempt}.parquet"
    context.storage.put(path, as_parquet(answer))
    return path


def sweep(context: Context) -> None:
    """Remove what lies there of answers that are not known any more, also by attempts that ended in the middle."""
    # Listed first: an answer is known before there is a result of it.
    lying = [found.path for found in context.storage.list(FOLDER)]
    known = {row.id for row in context.state.answers.all_rows()}
    for path in lying:
        if path.removeprefix(f"{FOLDER}/").partition("-")[0] not in known:
            context.storage.delete(path)


def read(context: Context, catalogue: Catalogue, row: AnswerRow) -> Answer:
    """The result of an answer that is done.

    Raises:
        GoneError, NotFoundError: there is none any more.
    """
    bound = bound_of(catalogue, row)
    try:
        content = context.storage.get(row.path or "")
    except NoSuchObjectError as error:
        message = "the result is not where it was kept; ask again"
        raise GoneError(message) from error
    return read_back(content, bound, row.created_at, row.snapshot)
