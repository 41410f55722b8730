"""Errors that a user can act on. Each says what is wrong, with which thing, and what to do about it.

::

    MedadError
    ├── InputError          a file or value the user gave cannot be used
    │   ├── SourcesError    sources.toml (names the line and the key)
    │   ├── PolicyError     policy.yaml (names the line and the code)
    │   └── RosterError     a registry file (names the columns it saw)
    ├── EvidenceError       the evidence on disk is altered, missing or out of order
    ├── StoreError          the database is locked, newer than the program, or unreachable
    ├── BusyError           another run holds the data directory
    ├── DiskFullError       no space left; what was written before stays valid
    └── MissingPackageError     a command needs packages of an optional extra that is not installed
"""


class MedadError(Exception):
    """Base of every error that is shown as one line: ``what`` went wrong, and the ``remedy``."""

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.what} {self.remedy}".rstrip()


class InputError(MedadError):
    """A file or a value that the user gave cannot be used."""


class SourcesError(InputError):
    """The sources file is wrong; the message names the line and the key."""


class PolicyError(InputError):
    """The policy file is wrong; the message names the line and the code."""


class RosterError(InputError):
    """A registry file cannot be read as one; the message names the columns that were seen."""


class EvidenceError(MedadError):
    """The evidence on disk was altered, is missing, or is out of order; the first broken record is named."""


class StoreError(MedadError):
    """The database cannot be used: locked, made by a newer program, or unreachable."""


class BusyError(MedadError):
    """Another run holds the data directory."""


class DiskFullError(MedadError):
    """No space is left. What was captured before stays valid."""


class MissingPackageError(MedadError):
    """What was asked for needs packages of an optional extra."""

    def __init__(self, purpose: str, extra: str) -> None:
        super().__init__(
            f"{purpose} needs packages that are not installed.", f"Install them: pip install medad[{extra}]"
        )
