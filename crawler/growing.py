"""Files that only grow, written all or nothing."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from models.errors import DiskFullError, EvidenceError, MedadError

#: What the system says when nothing more can be written.
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class GrowingFile:
    """A file that only grows. ``size`` is what was written whole."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self.size = os.fstat(self._fd).st_size

    def write(self, data: bytes) -> None:
        """Add ``data`` at the end."""
        view = memoryview(data)
        while view:
            view = view[os.write(self._fd, view) :]
        self.size += len(data)

    def sync(self) -> None:
        """Put what was written onto the disk."""
        os.fdatasync(self._fd)

    def handle(self) -> int:
        """Return a descriptor of the same file for the caller to close: another thread may sync it meanwhile."""
        return os.dup(self._fd)

    def cut(self, size: int) -> None:
        """Take back what lies beyond ``size``."""
        os.ftruncate(self._fd, size)
        self.size = size

    def close(self) -> None:
        """Put everything onto the disk and close."""
        if self._fd >= 0:
            os.fsync(self._fd)
            os.close(self._fd)
            self._fd = -1


@contextmanager
def whole(file: GrowingFile) -> Iterator[None]:
    """Write all or nothing: on any failure the file is cut back to what it held."""
    size = file.size
    try:
        yield
    except OSError as error:
        file.cut(size)
        raise unwritable(file.path, error) from error
    except BaseException:
        file.cut(size)
        raise


def unwritable(path: Path, error: OSError) -> MedadError:
    """Return the error that says why ``path`` cannot be written."""
    if error.errno in FULL:
        return DiskFullError(f"No space is left for {path}.", "Free some space and run it again.")
    return EvidenceError(f"{path} cannot be written: {error.strerror}.", "See to the disk, then run it again.")


def write_whole(path: Path, content: bytes) -> None:
    """Put a small new file onto the disk: it appears whole or not at all. Raises as ``unwritable`` says."""
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        sync_directory(path.parent)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise unwritable(path, error) from error


def sync_directory(directory: Path) -> None:
    """Put the names in a directory onto the disk."""
    fd = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
