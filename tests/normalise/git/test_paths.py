"""What files are, by their paths."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgelake.model.commits import PathClass
from forgelake.normalise.git.paths import Classifier, classified, is_open


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
    ("path", "content", "language"),
    [
        ("a.h", "int f(void);\n", "C"), ("a.h", "#include <vector>\nstd::vector<int> x;\n", "C++"),
        ("a.h", "@interface A : NSObject\n@end\n", "Objective-C"), ("a.m", "% what it is for\n", "MATLAB"),
        ("a.m", "@implementation A\n@end\n", "Objective-C"), ("a.pl", ":- module(a, []).\n", "Prolog"),
        ("a.pl", "use strict;\n", "Perl"), ("a.ts", "<?xml version='1.0'?>\n<TS version='2'>", "XML"),
        ("a.ts", "export const a = 1;\n", "TypeScript"), ("a.md", "# Title\n", "Markdown"), ("a.md", "", "Markdown"),
        ("bin/a", "#!/usr/bin/env -S python3.11 -E\n", "Python"), ("bin/a", "#!/bin/sh\n", "Shell"),
        ("bin/a", "#!/usr/bin/env A=1 node\n", "JavaScript"), ("bin/a", "#!\n", None), ("bin/a", "\x7fELF", None),
        ("a.py", "#!/bin/sh\n", "Python"), ("a.unheard-of", "#!/bin/sh\n", None),
        ("Makefile", "#!/bin/sh\n", "Makefile"),
    ],
)  # fmt: skip
def test_content_tells_where_a_path_leaves_the_language_open(path: str, content: str, language: str | None) -> None:
    assert classified(path, content.encode()).language == language
    assert is_open(path.encode()) or classified(path).language == language


def test_of_a_long_file_the_beginning_tells() -> None:
    assert classified("a.h", b"\n" * (50 << 10) + b"#include <vector>\n").language == "C"


@given(st.sampled_from(["a.h", "a.m", "a.sql", "a.app", "a.inc", "a.txt", "a"]), st.binary(max_size=300))
def test_any_content_leads_to_a_class(path: str, content: bytes) -> None:
    assert classified(path, content)[1:] == classified(path)[1:]


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
