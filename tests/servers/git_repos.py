"""Real git repositories for tests, written at once by git fast-import; odd ones are written object by object."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

ME, OTHER = "me@example.org", "other@example.org"
ENVIRONMENT = {
    "PATH": os.environ["PATH"], "HOME": "/nonexistent", "LC_ALL": "C",
    "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null",
}  # fmt: skip


def git(folder: Path, *arguments: str, given: bytes = b"", check: bool = True) -> str:
    """Run git as nobody in particular."""
    command = ["git", "-C", str(folder), *arguments]
    ran = subprocess.run(command, input=given, capture_output=True, check=False, env=ENVIRONMENT)
    assert ran.returncode == 0 or not check, ran.stderr.decode(errors="replace")
    return ran.stdout.decode(errors="surrogateescape").strip()


@dataclass
class Repo:
    """A bare repository; ``commit`` adds to a branch."""

    folder: Path
    seconds: int = 1_700_000_000
    tips: dict[str, str] = field(default_factory=dict)

    @classmethod
    def at(cls, folder: Path, *flags: str) -> Self:
        folder.mkdir(parents=True)
        git(folder, "init", "--quiet", "--bare", "--initial-branch=main", *flags)
        git(folder, "config", "uploadpack.allowFilter", "true")
        git(folder, "config", "uploadpack.allowAnySHA1InWant", "true")
        return cls(folder)

    def commit(
        self,
        files: Mapping[bytes | str, bytes | str | None],
        message: str = "change",
        *,
        email: str = ME,
        branch: str = "main",
        date: str = "",
        parents: Sequence[str] = (),
    ) -> str:
        """Write files (None removes one) on a branch; the first parent is the branch's tip unless parents are given."""
        self.seconds += 3_600
        when = date or f"{self.seconds} +0100"
        tip = [*parents] or ([self.tips[branch]] if branch in self.tips else [])
        lines = [f"commit refs/heads/{branch}".encode(), f"author A <{email}> {when}".encode()]
        lines += [f"committer C <c@example.org> {self.seconds} +0000".encode(), _data(message)]
        lines += [
            f"{word} {parent}".encode() for word, parent in zip(["from", *["merge"] * len(tip)], tip, strict=False)
        ]
        for path, content in files.items():
            name = _quoted(path)
            lines += [b"D " + name] if content is None else [b"M 100644 inline " + name, _data(content)]
        flags = ("--quiet", "--date-format=raw-permissive", "--force")
        git(self.folder, "fast-import", *flags, given=b"\n".join([*lines, b""]))
        self.tips[branch] = git(self.folder, "rev-parse", f"refs/heads/{branch}")
        return self.tips[branch]

    def write_commit(self, body: bytes, branch: str = "main") -> str:
        """A commit whose bytes are those, whatever git thinks of them."""
        arguments = ("hash-object", "-t", "commit", "-w", "--stdin", "--literally")
        self.tips[branch] = git(self.folder, *arguments, given=body)
        git(self.folder, "update-ref", f"refs/heads/{branch}", self.tips[branch])
        return self.tips[branch]

    def tree(self, commit: str) -> str:
        return git(self.folder, "rev-parse", f"{commit}^{{tree}}")

    def numstat(self, *flags: str) -> dict[str, tuple[int, int, int]]:
        """What plain git says of each commit that is no merge: files, lines added, lines deleted."""
        arguments = ("log", "--no-merges", "--numstat", "-M", "--format=commit %H", "--ignore-submodules=all", *flags)
        found: dict[str, tuple[int, int, int]] = {}
        commit = ""
        for line in git(self.folder, *arguments).splitlines():
            if line.startswith("commit "):
                commit = line.removeprefix("commit ")
                found[commit] = (0, 0, 0)
            elif line:
                added, deleted = (0 if part == "-" else int(part) for part in line.split("\t")[:2])
                held = found[commit]
                found[commit] = (held[0] + 1, held[1] + added, held[2] + deleted)
        return found


def _data(content: bytes | str) -> bytes:
    data = content.encode() if isinstance(content, str) else content
    return b"data %d\n" % len(data) + data


def _quoted(path: bytes | str) -> bytes:
    data = path.encode() if isinstance(path, str) else path
    return b'"' + b"".join(b"\\%03o" % byte for byte in data) + b'"'
