"""A dossier as PDF: its self-contained page, printed by the system's Chromium, without window or network."""

import os
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from crawler.browser import find_browser
from models.errors import MedadError

#: Seconds that printing may take. A dossier of forty pictures takes some; a hanging browser takes for ever.
_PATIENCE = 180


def _browser() -> str:
    try:
        return str(find_browser())
    except MedadError as error:
        raise MedadError(
            "a PDF is printed by Chromium, which is not found here.",
            "Install it (apt install chromium), or write the dossier with --format docx or html.",
        ) from error


def print_pdf(page: str) -> bytes:
    """Return the page (self-contained HTML) as PDF. Raises ``MedadError`` where Chromium is missing or fails."""
    browser = _browser()
    # not under a name of the outside: Chromium from a snap reads no other place than a home or a /tmp of its own
    with TemporaryDirectory(prefix="medad-pdf-") as folder:
        source, target = Path(folder) / "dossier.html", Path(folder) / "dossier.pdf"
        source.write_text(page, "utf-8", errors="replace")
        _run([browser, *_options(Path(folder), target), source.as_uri()])
        if not target.is_file() or not (content := target.read_bytes()).startswith(b"%PDF-"):
            raise MedadError(
                f"{browser} wrote no PDF.", "Open the dossier as HTML and print it from there (--format html)."
            )
        return content


def _options(folder: Path, target: Path) -> list[str]:
    options = [
        "--headless=new",
        "--disable-gpu",
        "--disable-extensions",
        "--disable-background-networking",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--no-pdf-header-footer",
        "--host-resolver-rules=MAP * ~NOTFOUND",
        f"--user-data-dir={folder / 'profile'}",
        f"--print-to-pdf={target}",
    ]
    # Chromium refuses to run as root with its sandbox; everybody else keeps it.
    return [*options, "--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else options


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(  # noqa: S603 - a program found by name, our own options, no shell
            command, capture_output=True, timeout=_PATIENCE, check=False, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MedadError(
            f"{command[0]} could not print the PDF ({type(error).__name__}).", "Try again, or write --format docx."
        ) from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise MedadError(
            f"{command[0]} could not print the PDF: {said[-1][:200] if said else f'code {done.returncode}'}.",
            "Try again, or write --format docx.",
        )
