"""Runs `medad` as a user does (a process of its own), or in this process where only its answer matters."""

import json
import os
import runpy
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Done:
    """How one command ended."""

    code: int
    out: str
    err: str

    @property
    def value(self) -> Any:
        """What standard output holds, which must be one JSON value and nothing else."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """Standard output as JSON Lines."""
        return [json.loads(line) for line in self.out.splitlines()]


def environment(**more: str) -> dict[str, str]:
    """Return the environment of a child: our own code first, no MEDAD_ variables but those given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MEDAD_")}
    return kept | {"PYTHONPATH": str(ROOT)} | more


def medad(*arguments: object, folder: Path, stdin: bytes = b"", **more: str) -> Done:
    """Run the command line in its own process, in ``folder``."""
    command = [sys.executable, "-m", "cli", *map(str, arguments)]
    done = subprocess.run(  # noqa: S603 - our own program
        command, cwd=folder, input=stdin, capture_output=True, timeout=120, check=False, env=environment(**more)
    )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


def here(capsys: pytest.CaptureFixture[str], *arguments: object) -> Done:
    """Run the command line in this process: the same entry, without the start-up."""
    before = sys.argv
    sys.argv = ["medad", *map(str, arguments)]
    capsys.readouterr()
    try:
        runpy.run_module("cli", run_name="__main__")
        code = 0
    except SystemExit as end:
        code = int(end.code or 0)
    finally:
        sys.argv = before
    captured = capsys.readouterr()
    return Done(code, captured.out, captured.err)
