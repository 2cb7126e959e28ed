"""Files that programs write, told by their paths: the rules of Linguist's generated.rb that need no content.

The last group is ours: compilers whose output Linguist knows by its first lines, which are not looked at here.
"""

from typing import Final

LOCKS: Final = (
    r"(^|/)(Cargo|composer|deno|flake|poetry|pdm|uv|pixi|Gopkg|glide|Pipfile|Gemfile|bun|yarn|mix|pubspec|Podfile)\.lock$",
    r"(^|/)(bun\.lockb|go\.sum|MODULE\.bazel\.lock|Package\.resolved|Cartfile\.resolved|\.terraform\.lock\.hcl)$",
    r"(^|/)(package-lock|npm-shrinkwrap|packages\.lock|project\.assets)\.json$",
    r"(^|/)(pnpm-lock\.yaml|pylock(\..+)?\.toml|esy\.lock/.*|Cargo\.toml\.orig)$",
)

WRITTEN: Final = (
    r"\.(nib|xcworkspacedata|xcuserstate|pbxproj)$",
    r"(^|/)(Pods|Carthage/Build|node_modules|Godeps|__generated__|htmlcov)/",
    r"(?i)\.designer\.(cs|vb)$",
    r"(?i)\.feature\.cs$",
    r"(^|/)vendor/([-0-9A-Za-z]+\.)+(com|edu|gov|in|me|net|org|fm|io)/",
    r"\.zep\.(c|h|php)$",
    r"(^|/)\.sqlx/query-.+\.json$",
    r"(^|/)gradlew(\.bat)?$",
    r"(^|/)mvnw(\.cmd)?$",
)

COMPILED: Final = (
    r"_pb2(_grpc)?\.pyi?$",
    r"\.pb(\.gw|\.validate)?\.(go|cc|h|swift|dart)$",
    r"_grpc\.pb\.(go|cc|h)$",
    r"\.(g|freezed|mocks|gr)\.dart$",
    r"(^|/)zz_generated\.[^/]+\.go$",
    r"\.min\.(js|css)$",
    r"\.(js|css)\.map$",
    r"\.snap$",
)

PATTERNS: Final = (*LOCKS, *WRITTEN, *COMPILED)
