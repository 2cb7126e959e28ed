"""Which third-party packages a manifest names: parsers of text that strangers wrote, without running any of it.

Only what a project asks for itself: lock files list what others ask for. A manifest that cannot be read names nothing.
"""

import json
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cache, lru_cache
from itertools import chain
from typing import Any, Final, NamedTuple
from xml.etree import ElementTree as ET

from forgelake.model.commits import Package
from forgelake.normalise.git.setup_py import required

MOST_BYTES: Final = 1 << 20
_PYPI_NAME: Final = re.compile(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:$|[\[(<>=!~;@#\s,])")
_LINE: Final = re.compile(r"[ \t]*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)[ \t]*(?:$|[\[(<>=!~;@#,])")
_EGG: Final = re.compile(r"[#&]egg=([A-Za-z0-9._-]+)")
_GO: Final = re.compile(r"^\s*(?:require\s+)?([a-z0-9.-]+\.[a-z]+/\S+)\s+v\S+(.*)$", re.MULTILINE)
_GEM: Final = re.compile(
    r"""^\s*(?:gem|\w+\.add_(?:runtime_|development_)?dependency)[\s(]+['"]([^'"]+)['"]""", re.MULTILINE
)
_FROM: Final = re.compile(r"^\s*FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?", re.MULTILINE | re.IGNORECASE)
_HEADING: Final = re.compile(r"^(?=\[)", re.MULTILINE)
_PYPROJECT_TABLES: Final = re.compile(
    r"""\[+[\s"']*(?:project|dependency-groups|build-system|tool["'\s]*\.["'\s]*poetry)\b"""
)
_SETUP_SECTIONS: Final = re.compile(r"\[options[\].]")
_PROVIDER: Final = re.compile(r'^\s*source\s*=\s*"([^"]+)"', re.MULTILINE)
_USES: Final = re.compile(r"uses:\s*['\"]?([\w.-]+/[\w./-]+)@")


class Manifest(NamedTuple):
    """A form of manifest: what its files are called, and who reads it."""

    names: re.Pattern[str]
    read: Callable[[str], Iterable[Package]]


def packages(path: str, content: bytes) -> frozenset[Package]:
    """The packages that a manifest names; none where it is no manifest, or cannot be read."""
    form = form_of(path)
    if form is None or len(content) > MOST_BYTES:
        return frozenset()
    try:
        return frozenset(form.read(content.decode("utf-8-sig")))
    except (ValueError, TypeError, AttributeError, KeyError, SyntaxError, RecursionError, ET.ParseError):
        return frozenset()


@lru_cache(maxsize=4096)
def form_of(path: str) -> Manifest | None:
    """How to read a file, by its path; None if it is no manifest."""
    if not _ANY.search(path):
        return None
    return next((form for form in FORMS if form.names.search(path)), None)


def _pypi(requirements: Iterable[str]) -> Iterator[Package]:
    for requirement in requirements:
        if found := _PYPI_NAME.match(requirement):
            yield _python_package(found[1])


@cache
def _python_package(name: str) -> Package:
    return Package("pypi", re.sub(r"[-_.]+", "-", name).lower())


def _requirements(text: str) -> Iterator[Package]:
    return chain.from_iterable(map(_required_by, text.split("\n")))


@lru_cache(maxsize=4096)
def _required_by(line: str) -> tuple[Package, ...]:
    # Most lines of a file are those of the version before. Options begin with a hyphen, and an address is no name:
    # neither is matched.
    names = [found[1]] if (found := _LINE.match(line)) else []
    return tuple(map(_python_package, (*names, *_EGG.findall(line))))


def _only(parts: re.Pattern[str], text: str) -> str:
    """What comes before the first heading, and what is below some: most of such a file is about other tools."""
    first, *rest = _HEADING.split(text)
    return first + "".join(part for part in rest if parts.match(part))


def _pyproject(text: str) -> Iterable[Package]:
    # Within a text or a list of several lines such a line is no heading; a list that was cut cannot be read.
    if '"""' not in text and "'''" not in text:
        with suppress(tomllib.TOMLDecodeError):
            return _pyproject_tables(_only(_PYPROJECT_TABLES, text))
    return _pyproject_tables(text)


@lru_cache(maxsize=64)
def _pyproject_tables(text: str) -> tuple[Package, ...]:
    return tuple(_pyproject_names(tomllib.loads(text)))


def _pyproject_names(data: Mapping[str, Any]) -> Iterator[Package]:
    project, tool = data.get("project", {}), data.get("tool", {})
    own = str(project.get("name", "")).lower()
    groups = [project.get("dependencies", []), *project.get("optional-dependencies", {}).values()]
    groups += data.get("dependency-groups", {}).values()
    groups.append(data.get("build-system", {}).get("requires", []))
    poetry = tool.get("poetry", {})
    tables = [poetry.get("dependencies", {}), poetry.get("dev-dependencies", {})]
    tables += [group.get("dependencies", {}) for group in poetry.get("group", {}).values()]
    groups += [[name for name in table if name != "python"] for table in tables]
    texts = (one for group in groups for one in group if isinstance(one, str))
    yield from (package for package in _pypi(texts) if package.name != own)


def _pipfile(text: str) -> Iterator[Package]:
    data = tomllib.loads(text)
    yield from _pypi([*data.get("packages", {}), *data.get("dev-packages", {})])


def _setup_cfg(text: str) -> Iterator[Package]:
    import configparser  # noqa: PLC0415 - few repositories have one

    sections = _only(_SETUP_SECTIONS, text)
    if "require" not in sections:
        return
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(sections)
    except configparser.Error:
        return
    listed = [parser.get("options", "install_requires", fallback="")]
    if parser.has_section("options.extras_require"):
        listed += [value for _, value in parser.items("options.extras_require")]
    yield from _pypi(line for text in listed for line in text.splitlines())


def _named(ecosystem: str, tables: Iterable[object]) -> Iterator[Package]:
    for table in tables:
        if isinstance(table, Mapping):
            yield from (Package(ecosystem, str(name).lower()) for name in table)


def _npm(text: str) -> Iterator[Package]:
    data: dict[str, Any] = json.loads(text)
    kinds = ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies")
    yield from _named("npm", (data.get(kind) for kind in kinds))


def _composer(text: str) -> Iterator[Package]:
    data: dict[str, Any] = json.loads(text)
    found = _named("composer", (data.get("require"), data.get("require-dev")))
    # What has no vendor is PHP itself or one of its extensions.
    yield from (package for package in found if "/" in package.name)


def _cargo(text: str) -> Iterator[Package]:
    data = tomllib.loads(text)
    places = [data, data.get("workspace", {}), *data.get("target", {}).values()]
    kinds = ("dependencies", "dev-dependencies", "build-dependencies")
    for place in places:
        for kind in kinds:
            for name, given in place.get(kind, {}).items():
                if not (isinstance(given, Mapping) and "path" in given):
                    yield Package("cargo", str(given.get("package", name) if isinstance(given, Mapping) else name))


def _go(text: str) -> Iterator[Package]:
    return (Package("go", name) for name, rest in _GO.findall(text) if "// indirect" not in rest)


def _gems(text: str) -> Iterator[Package]:
    return (Package("gem", name.lower()) for name in _GEM.findall(text))


def _maven(text: str) -> Iterator[Package]:
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        return
    for node in ET.fromstring(text).iter():  # noqa: S314 - without a DOCTYPE there is nothing to expand
        if node.tag.rpartition("}")[2] == "dependency":
            parts = {child.tag.rpartition("}")[2]: (child.text or "").strip() for child in node}
            if parts.get("groupId") and parts.get("artifactId"):
                yield Package("maven", f"{parts['groupId']}:{parts['artifactId']}")


def _nuget(text: str) -> Iterator[Package]:
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        return
    for node in ET.fromstring(text).iter():  # noqa: S314 - as above
        is_package = node.tag.rpartition("}")[2] in ("PackageReference", "PackageVersion", "package")
        if is_package and (name := node.get("Include") or node.get("id")):
            yield Package("nuget", name.lower())


def _docker(text: str) -> Iterator[Package]:
    stages = set[str]()
    for image, stage in _FROM.findall(text):
        name = image.partition("@")[0]
        head, _, last = name.rpartition("/")
        name = f"{head}/{last.partition(':')[0]}" if head else last.partition(":")[0]
        if name not in stages and name != "scratch" and "$" not in name:
            yield Package("docker", name.lower())
        stages.add(stage)


def _terraform(text: str) -> Iterator[Package]:
    for source in _PROVIDER.findall(text):
        if not source.startswith(("./", "../")) and "/" in source:
            yield Package("terraform", source.partition("?")[0].removeprefix("registry.terraform.io/").lower())


def _actions(text: str) -> Iterator[Package]:
    for found in _USES.finditer(text):
        before = text[text.rfind("\n", 0, found.start()) + 1 : found.start()]
        if before.strip() in ("", "-"):
            yield Package("actions", "/".join(found[1].split("/")[:2]).lower())


def _form(names: str, read: Callable[[str], Iterable[Package]]) -> Manifest:
    return Manifest(re.compile(rf"(?:^|/)(?:{names})$"), read)


FORMS: Final = (
    _form(r"pyproject\.toml", _pyproject),
    _form(r"(?:[\w.-]*requirements[\w.-]*|requirements/[\w.-]+)\.(?:txt|in)", _requirements),
    _form(r"setup\.py", lambda text: _pypi(required(text))),
    _form(r"setup\.cfg", _setup_cfg),
    _form(r"Pipfile", _pipfile),
    _form(r"package\.json", _npm),
    _form(r"composer\.json", _composer),
    _form(r"Cargo\.toml", _cargo),
    _form(r"go\.mod", _go),
    _form(r"Gemfile|[\w-]+\.gemspec", _gems),
    _form(r"pom\.xml", _maven),
    _form(r"[\w.-]+\.(?:csproj|fsproj|vbproj)|Directory\.Packages\.props|packages\.config", _nuget),
    _form(r"(?:[\w.-]+\.)?Dockerfile(?:\.[\w.-]+)?|Containerfile", _docker),
    _form(r"[\w.-]+\.tf", _terraform),
    _form(r"\.github/workflows/[\w.-]+\.ya?ml|action\.ya?ml", _actions),
)
"""All forms. A further one is a line here and a function above."""

_ANY: Final = re.compile(r"\.(?:toml|txt|in|py|cfg|json|mod|gemspec|xml|props|config|tf|ya?ml|\w+proj)$|file[^/]*$")
"""What the name of any manifest ends in; most files are told apart by this alone."""
