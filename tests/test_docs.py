"""The documents against the code: every command and option, every link and picture, every example."""

import json
import re
import shlex
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import typer

import cli  # noqa: TID251 - the documents are held against the command line itself
from classifier.policy import load_policy
from classifier.types import Document
from models.vocabulary import ABSENCE_CODES, REGISTRY_CODES, TEXT_CODES, Code
from pipeline.matching import matcher_of, query_of
from pipeline.scoring import judge

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
REFERENCE = ROOT / "docs" / "commands.md"
DOCS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), ROOT / "data" / "demo" / "README.md"])
FLOORS = ROOT / "evaluation" / "floors.json"
_FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^ *```$", re.M | re.S)
_LINK = re.compile(r"\]\(([^)\s]+)\)")


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _names(paths: list[Path]) -> list[str]:
    return [path.relative_to(ROOT).as_posix() for path in paths]


# ── commands ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _walk(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Yield every command that does something, with its full name; the root stands for the global options."""
    children = getattr(command, "commands", {})
    if not children or name == "medad":
        yield name, command
    for child_name, child in children.items():
        yield from _walk(child, f"{name} {child_name}")


COMMANDS: dict[str, Any] = dict(_walk(typer.main.get_command(cli.app), "medad"))


def _long_options(command: Any) -> set[str]:
    options = [param for param in command.params if param.param_type_name == "option"]
    spelled = {name for param in options for name in (*param.opts, *param.secondary_opts)}
    return {name for name in spelled if name.startswith("--")} - {"--help"}


def _reference() -> dict[str, str]:
    """Return the reference: the text under each ``### `medad …` `` heading, by the command's name."""
    section = _read(REFERENCE)
    found: dict[str, str] = {}
    for part in re.split(r"^### ", section, flags=re.M)[1:]:
        heading, _, text = part.partition("\n")
        words = heading.strip("`").split()
        name = " ".join(word for word in words if word.islower() and not word.startswith("["))
        assert name not in found, f"{name} has two sections"
        found[name] = text.split("\n## ")[0]
    return found


def test_reference_names_every_command_and_no_other() -> None:
    assert set(_reference()) == set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_reference_names_every_option_and_no_other(name: str) -> None:
    items = "\n".join(line for line in _reference()[name].splitlines() if line.startswith("- `-"))
    named = set(re.findall(r"`(--[a-z][a-z-]*)", items.replace("` / `", "`` / ``")))
    assert named == _long_options(COMMANDS[name])


@pytest.mark.parametrize("name", COMMANDS)
def test_reference_headings_name_the_arguments(name: str) -> None:
    arguments = [param for param in COMMANDS[name].params if param.param_type_name == "argument"]
    heading = next(
        line for line in _read(REFERENCE).splitlines() if re.match(rf"### `{re.escape(name)}(?: [A-Z\[][^`]*)?`$", line)
    )
    words = heading.removeprefix(f"### `{name}").strip("`").split()
    assert [word.startswith("[") for word in words] == [not argument.required for argument in arguments]


def _shell_lines(text: str) -> Iterator[str]:
    for _, language, body in _FENCE.findall(text):
        if language in ("", "sh"):
            for line in body.replace("\\\n", " ").splitlines():
                yield line.strip()


def _examples(path: Path) -> list[list[str]]:
    """Return the arguments of every `medad …` line in the fenced blocks of a document."""
    calls = []
    for line in _shell_lines(_read(path)):
        found = re.match(r"(?:\.venv/bin/)?medad (.+)", line)
        if found and "…" not in line:
            words = shlex.split(re.split(r" [|>] ?", found[1])[0], comments=True)
            calls.append(words)
    return calls


EXAMPLES = [(path, call) for path in DOCS for call in _examples(path)]


def _parse(command: Any, name: str, words: list[str]) -> None:
    """Parse as the command line does, down to the types of the values, and run nothing."""
    with command.make_context(name, list(words)) as context:
        rest = [*getattr(context, "_protected_args", []), *context.args]
        if getattr(command, "commands", None) and (rest or not command.invoke_without_command):
            child_name, child, child_words = command.resolve_command(context, rest)
            _parse(child, child_name, child_words)


def test_the_documents_hold_examples() -> None:
    assert {path.name for path, _ in EXAMPLES} >= {"README.md", "README.vi.md", "operations.md", "evaluation.md"}


@pytest.mark.parametrize(("path", "call"), EXAMPLES, ids=[f"{p.name}: {' '.join(c)}" for p, c in EXAMPLES])
def test_examples_are_commands_that_the_program_knows(path: Path, call: list[str]) -> None:
    _parse(typer.main.get_command(cli.app), "medad", call)


def test_a_wrong_example_would_be_noticed() -> None:
    root = typer.main.get_command(cli.app)
    for wrong in (["cases", "lst"], ["score", "--in", "x"], ["cases", "show", "first"], ["policy", "show", "no_code"]):
        with pytest.raises(Exception, match=r".") as caught:
            _parse(root, "medad", wrong)
        assert getattr(caught.value, "exit_code", 0) == 2, caught.value


# ── links, pictures, targets ────────────────────────────────────────────────────────────────────────────────────────


def _anchors(text: str) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", text, flags=re.M)
    return {re.sub(r"[^\w\s-]", "", title.lower()).strip().replace(" ", "-") for title in titles}


@pytest.mark.parametrize("name", _names(DOCS))
def test_relative_links_lead_somewhere(name: str) -> None:
    document = ROOT / name
    for link in _LINK.findall(_FENCE.sub("", _read(document))):
        if "://" in link:
            continue
        target, _, anchor = link.partition("#")
        file = (document.parent / target).resolve() if target else document
        assert file.is_relative_to(ROOT), link
        assert file.exists(), link
        assert not anchor or anchor in _anchors(_read(file)), link


def test_every_picture_is_shown_and_small() -> None:
    shown = {
        (doc.parent / link).resolve() for doc in DOCS for link in _LINK.findall(_read(doc)) if link.endswith("png")
    }
    pictures = set((ROOT / "docs" / "pictures").iterdir())
    assert pictures == shown
    for picture in pictures:
        assert picture.read_bytes().startswith(b"\x89PNG\r\n")
        assert picture.stat().st_size < 250_000, picture.name


@pytest.mark.parametrize("name", _names(DOCS))
def test_make_targets_exist(name: str) -> None:
    targets = set(re.findall(r"^([a-z]+):", _read(ROOT / "Makefile"), flags=re.M)) | {".venv/.core", ".venv/.dev"}
    text = _read(ROOT / name)
    named = re.findall(r"`make ([a-z ./_-]+)`", text)
    named += [found[1] for line in _shell_lines(text) if (found := re.match(r"make ([a-z ./]+)", line))]
    assert {word for words in named for word in words.split()} <= targets


# ── what the documents say of the program ───────────────────────────────────────────────────────────────────────────


def test_the_code_table_is_that_of_the_policy() -> None:
    by = dict.fromkeys(TEXT_CODES, "words") | dict.fromkeys(ABSENCE_CODES, "absence")
    by |= dict.fromkeys(REGISTRY_CODES, "registry")
    codes = load_policy().codes
    wanted = [f"| `{code}` | {codes[code].name_vi} | {codes[code].name_en} | {by[code]} |" for code in Code]
    assert [
        line for line in _read(README).splitlines() if re.match(r"\| `[a-z]+_[a-z_]+` \| .* \| .* \| ", line)
    ] == wanted
    vietnamese = _read(ROOT / "README.vi.md")
    assert [code for code in Code if f"| `{code}` | {codes[code].name_vi} |" not in vietnamese] == []


def test_the_environment_variables_are_those_of_the_code() -> None:
    named = set(re.findall(r"^\| `(MEDAD_\w+)`", _read(README), flags=re.M))
    sources = [*ROOT.glob("*.py"), ROOT / ".ci" / "run", ROOT / "tests" / "conftest.py"]
    sources += [
        file
        for part in ("models", "crawler", "pipeline", "evaluation", "review", "commands")
        for file in (ROOT / part).rglob("*.py")
    ]
    used = {name for file in sources for name in re.findall(r"\bMEDAD_[A-Z_]+", _read(file))}
    assert named == used


def _json_example(key: str) -> list[dict[str, Any]]:
    blocks = [body for _, language, body in _FENCE.findall(_read(README)) if language == "json" and f'"{key}"' in body]
    return [json.loads(line) for line in blocks[0].splitlines()]


def test_the_scored_example_is_as_told() -> None:
    lines = [line for line in _json_example("published_on") if isinstance(line["text"], str)]
    documents = [Document(line["text"], date.fromisoformat(line["published_on"]), id=line["id"]) for line in lines]
    codes = {d.id: {f.code for f in judged.findings} for d, judged in zip(documents, judge(documents), strict=True)}
    assert codes["a1"] == {Code.CURE_GUARANTEE, Code.MISSING_MANDATORY_NOTICE}
    assert codes["a2"] == {Code.MISSING_MANDATORY_NOTICE}
    assert codes["a3"] == set()


def test_the_matched_example_is_as_told() -> None:
    matcher = matcher_of(ROOT / "data" / "demo" / "registry")
    found = {line["id"]: matcher.match(query_of(line)) for line in _json_example("as_of")}
    assert [found[name].decision for name in ("m1", "m2", "m3")] == ["matched", "ambiguous", "not_found"]
    assert (found["m1"].registry_id, found["m1"].facts.in_force) == ("N106", "no")


_measured = pytest.mark.skipif(not FLOORS.is_file(), reason="no floors yet: run make golden")


@_measured
def test_the_floors_are_those_told() -> None:
    floors = json.loads(_read(FLOORS))["floors"]
    text = _read(ROOT / "docs" / "evaluation.md")
    told = {
        name for row in re.findall(r"^\| (`.+?) \| ", text, flags=re.M) for name in re.findall(r"`(\w+\.[\w.]+)`", row)
    }
    assert told == set(floors)


@_measured
@pytest.mark.parametrize("name", _names(DOCS))
def test_figures_of_the_gate_are_quoted_right(name: str) -> None:
    floors = json.loads(_read(FLOORS))["floors"]
    for figure, value in re.findall(r"`((?:demo|pairs)\.[\w.]+)`[^|\n]{0,20}?(\d\.\d+)", _read(ROOT / name)):
        assert float(value) == pytest.approx(floors[figure], abs=0.5 * 10 ** -(len(value) - 2)), figure


def _code() -> str:
    """Return the program's text with the pieces of long strings joined, as a message reads when it is printed."""
    packages = ("models", "crawler", "classifier", "registry", "cases", "pipeline", "evaluation", "review", "commands")
    files = [ROOT / "cli.py", *(file for part in packages for file in (ROOT / part).rglob("*.py"))]
    return re.sub(r"\"\s+f?\"", "", "\n".join(map(_read, files)))


def test_the_messages_told_are_those_of_the_code() -> None:
    code = _code()
    rows = [row for name in ("docs/operations.md", "README.vi.md") for row in _read(ROOT / name).splitlines()]
    messages = [
        m
        for row in rows
        if re.match(r"\| `[^|]*[. ][^|]*` \|", row)
        for m in re.findall(r"`([^`]+)`", row.split(" | ")[0])
    ]
    pieces = {piece.strip() for message in messages for piece in message.split("…")}
    assert len(messages) > 20
    assert [piece for piece in pieces if len(piece) > 8 and piece not in code] == []
