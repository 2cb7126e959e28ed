"""What manifests of each form name, and that none of them is run or followed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgelake.normalise.git.manifests import FORMS, packages

CASES = {
    "pyproject.toml": (
        '[project]\nname="own"\ndependencies=["Flask>=2", "a.b_c[x]; python_version<\'3\'", "own[extra]"]\n'
        '[project.optional-dependencies]\nx=["httpx"]\n[dependency-groups]\ndev=["pytest", {include-group="x"}]\n'
        '[tool.poetry.dependencies]\npython="^3"\nrich="*"\n',
        "pypi: flask a-b-c httpx pytest rich",
    ),
    "requirements-dev.txt": (
        "# no\nflask == 1.0 # yes\n-r other.txt\n--index-url https://x.example/simple\n"
        "-e git+https://x.example/y.git#egg=Thing\nhttps://x.example/z.whl\ntyping_extensions\nx[y]>=1\n",
        "pypi: flask thing typing-extensions x",
    ),
    "requirements/base.in": ("django\n", "pypi: django"),
    "setup.py": (
        "import os\nNEEDS = ['one>=1', 'two']\nif True:\n    setup(install_requires=NEEDS, "
        "extras_require={'x': ['three']}, tests_require=open('/etc/passwd').read())\n",
        "pypi: one two three",
    ),
    "setup.cfg": ("[options]\ninstall_requires =\n  one>1\n  two\n", "pypi: one two"),
    "Pipfile": ('[packages]\none="*"\n[dev-packages]\ntwo="*"\n', "pypi: one two"),
    "web/package.json": (
        '{"dependencies": {"Vue": "3"}, "devDependencies": {"@types/node": "1"}}',
        "npm: vue @types/node",
    ),
    "composer.json": ('{"require": {"php": "8", "a/b": "1"}}', "composer: a/b"),
    "Cargo.toml": (
        '[dependencies]\nserde = "1"\nown = {path = "../own"}\nx = {package = "real", version = "1"}\n'
        '[target."cfg(unix)".dependencies]\nlibc = "0"\n',
        "cargo: serde real libc",
    ),
    "go.mod": (
        "module x.org/y\nrequire github.com/a/b v1.0\nrequire (\n\tgithub.com/c/d v2\n"
        "\tgithub.com/e/f v1 // indirect\n)\n",
        "go: github.com/a/b github.com/c/d",
    ),
    "Gemfile": ("gem 'rails', '~> 7'\n# gem 'no'\n", "gem: rails"),
    "pom.xml": (
        "<project xmlns='m'><dependencies><dependency><groupId>g</groupId><artifactId>a</artifactId></dependency>"
        "</dependencies></project>",
        "maven: g:a",
    ),
    "a.csproj": ("<Project><ItemGroup><PackageReference Include='X.Y'/></ItemGroup></Project>", "nuget: x.y"),
    "Dockerfile": (
        "FROM --platform=linux/amd64 python:3.12-slim AS base\nFROM base\n"
        "FROM registry.example:5000/a/b:1@sha256:0\nFROM $X\n",
        "docker: python registry.example:5000/a/b",
    ),
    "main.tf": (
        'x {\n source = "hashicorp/aws"\n}\nmodule "m" {\n source = "./local"\n}\n',
        "terraform: hashicorp/aws",
    ),
    ".github/workflows/ci.yml": (
        "steps:\n - uses: actions/checkout@v4\n - uses: a/b/c@1\n - uses: ./x\n",
        "actions: actions/checkout a/b",
    ),
}  # fmt: skip


@pytest.mark.parametrize("path", CASES)
def test_a_manifest_names_what_its_project_asks_for(path: str) -> None:
    text, expected = CASES[path]
    ecosystem, names = expected.split(": ")
    assert packages(path, text.encode()) == {(ecosystem, name) for name in names.split()}


def test_there_is_a_case_for_every_form() -> None:
    assert all(any(form.names.search(path) for path in CASES) for form in FORMS)


@pytest.mark.parametrize("path", CASES)
@given(content=st.binary(max_size=200) | st.text("[]{}()<>=\"'\n ab.,:/#-", max_size=80).map(str.encode))
def test_any_bytes_name_some_packages_or_none(path: str, content: bytes) -> None:
    assert all(package.name and "\n" not in package.name for package in packages(path, content))


def test_entities_of_xml_are_not_expanded() -> None:
    bomb = "<!DOCTYPE p [<!ENTITY a 'x'>]>"
    bomb += "<project><dependency><groupId>&a;</groupId><artifactId>a</artifactId></dependency></project>"
    assert packages("pom.xml", bomb.encode()) == frozenset()


def test_lock_files_and_other_files_name_nothing() -> None:
    assert not any(packages(path, b'{"dependencies": {"x": "1"}}') for path in ("package-lock.json", "x.json", "a.py"))


@pytest.mark.parametrize(
    "text",
    [
        '[project]\ndependencies = [\n"one",\n]\n[tool.x]\ny = [\n["z"],\n]\n',
        '[project]\ndependencies = [\n"one"]\n[ "dependency-groups" ]\ndev = [\n"one",\n]\n',
        'project.dependencies = ["one"]\n[tool.x]\ny = """\n[project]\ndependencies = ["two"]\n"""\n',
        '[[tool.x]]\n[tool."poetry".dependencies]\none = [\n["a"],\n]\n',
    ],
)
def test_lines_of_a_pyproject_that_look_like_headings(text: str) -> None:
    assert {package.name for package in packages("pyproject.toml", text.encode())} == {"one"}
