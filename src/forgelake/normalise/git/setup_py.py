"""The requirements in a ``setup.py``, read as a syntax tree; what is computed is not known."""

import ast
import warnings
from collections.abc import Iterable, Iterator

_KEYWORDS = ("install_requires", "tests_require", "setup_requires", "extras_require")


def required(text: str) -> Iterator[str]:
    """The texts in lists that ``setup(…)`` is given as requirements, also by a name that is assigned once.

    Raises:
        SyntaxError: it is not Python, or of a newer version than the one that runs this.
    """
    if not any(keyword in text for keyword in _KEYWORDS):
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(text)
    statements = list(_statements(tree.body))
    assigned = {
        target.id: node.value
        for node in statements
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    calls = (node.value for node in statements if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call))
    for keyword in (keyword for call in calls for keyword in call.keywords):
        if keyword.arg in _KEYWORDS:
            yield from _texts(keyword.value, assigned)


def _statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements that run when the file does, those in conditions included."""
    for node in body:
        yield node
        if isinstance(node, ast.If | ast.Try | ast.With):
            yield from _statements(node.body)


def _texts(node: ast.expr, assigned: dict[str, ast.expr]) -> Iterator[str]:
    if isinstance(node, ast.Name):
        node = assigned.get(node.id, node)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield from node.value.splitlines()
    elif isinstance(node, ast.List | ast.Tuple):
        for element in node.elts:
            if isinstance(element, ast.Constant):
                yield from _texts(element, {})
    elif isinstance(node, ast.Dict):
        for value in node.values:
            # One step only: names could refer to each other in a circle.
            yield from _texts(value, {})
