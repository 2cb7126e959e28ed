"""What files are, by their paths."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgelake.model.commits import PathClass
from forgelake.normalise.git.paths import Classifier, classified


@pytest.mark.parametrize(
    ("path", "language"),
    [
        ("src/a.py", "Python"), ("a.PY", "Python"), ("x/Dockerfile", "Dockerfile"), ("Makefile", "Makefile"),
        ("a.d.ts", "TypeScript"), ("a.tsx", "TSX"), ("a.h", "C"), ("a.md", "Markdown"), ("a.rs", "Rust"),
        ("LICENSE", "Text"), ("no-extension", None), ("a.unheard-of", None), (".gitignore", "Ignore List"), ("", None),
    ],
)  # fmt: skip
def test_languages(path: str, language: str | None) -> None:
    assert classified(path).language == language


@pytest.mark.parametrize(
    ("path", "flags"),
    [
        ("src/a.py", (False, False, False)),
        ("node_modules/a/b.js", (True, True, False)),
        ("third_party/a.py", (True, False, False)),
        ("poetry.lock", (False, True, False)),
        ("web/package-lock.json", (False, True, False)),
        ("api/x_pb2.py", (False, True, False)),
        ("go/x.pb.go", (False, True, False)),
        ("docs/a.rst", (False, False, True)),
        ("README.md", (False, False, True)),
    ],
)
def test_vendored_generated_documentation(path: str, flags: tuple[bool, bool, bool]) -> None:
    assert classified(path)[1:] == flags


def test_a_repository_may_say_otherwise() -> None:
    attributes = """
        # comment
        third_party/** -linguist-vendored
        *.gen.py linguist-generated=true
        *.py linguist-language=Cython
        notes/*.txt linguist-documentation
        [bad
    """
    classifier = Classifier(attributes)
    assert classifier.of(b"third_party/own/a.c") == PathClass("C")
    assert classifier.of(b"deep/down/a.gen.py") == PathClass("Cython", is_generated=True)
    assert classifier.of(b"notes/a.txt") == PathClass("Text", is_documentation=True)
    assert classifier.of(b"notes/deep/a.txt") == PathClass("Text")


@given(st.binary(max_size=60), st.text(max_size=200))
def test_every_path_has_a_class_under_any_attributes(path: bytes, attributes: str) -> None:
    assert isinstance(Classifier(attributes).of(path), PathClass)
