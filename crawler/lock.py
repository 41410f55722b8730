"""One writer at a time: an advisory lock on a directory, let go by the system when the holder dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from models.errors import BusyError, InputError


@contextmanager
def hold(directory: Path) -> Iterator[None]:
    """Lock ``directory`` (made if missing) by its ``.lock`` file.

    Raises ``BusyError`` (who holds it, since when), ``InputError`` where it cannot be a folder.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        fd = os.open(directory / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise InputError(
            f"the folder {directory} cannot be used: {error.strerror}.", "Name another, or check its permissions."
        ) from error
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(fd, 200, 0).decode("utf-8", "replace").strip() or "another process"
            raise BusyError(f"{directory} is in use by {holder}.", "Wait until it ends, or stop it.") from None
        os.ftruncate(fd, 0)
        os.pwrite(fd, f"process {os.getpid()} since {datetime.now(UTC).isoformat(timespec='seconds')}\n".encode(), 0)
        yield
    finally:
        os.close(fd)
