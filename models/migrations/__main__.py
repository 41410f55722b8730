"""For maintainers: write the next migration after ``models/tables.py`` changed.

``python -m models.migrations 0002 "what changed"`` compares the tables with a fresh database at the present head.
"""

import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config

from models.database import open_database


def main(revision: str, message: str) -> None:
    """Write ``versions/<revision>_<message>.py``."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    with tempfile.TemporaryDirectory() as folder, open_database(f"sqlite:///{folder}/head.db").begin() as connection:
        config.attributes["connection"] = connection
        command.revision(config, message=message, autogenerate=True, rev_id=revision)


if __name__ == "__main__":
    main(*sys.argv[1:])
