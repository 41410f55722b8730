"""Splink as a peer of the matcher: Fellegi-Sunter on DuckDB, its m probabilities learnt from labelled pairs.

Optional: nothing here is imported from Splink until a function runs, and medad does not install it.
"""

import csv
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evaluation.peer_fields import Fields, Link

_COLUMNS = ("unique_id", "given", "surname", "middle", "place", "speciality", "district", "ward", "licence", "phone")
#: Pairs that share one of these are compared.
_BLOCKS = (
    ("given", "surname"), ("given", "middle"), ("surname", "middle"), ("given", "speciality"), ("place",), ("licence",),
    ("phone",),
)  # fmt: skip


def train_splink(labelled: Sequence[tuple[Fields, str]], records: Sequence[Fields]) -> dict[str, Any]:
    """Return a trained model: u from random pairs, m from ``labelled`` (mention, record id), else by EM."""
    from splink import block_on

    linker, tables = _linker([mention for mention, _ in labelled] or records[:1], records, _settings(len(records)))
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    if labelled:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "labels.csv"
            rows = [("mentions", mention.id, "records", gold) for mention, gold in labelled]
            _write(file, ("source_dataset_l", "unique_id_l", "source_dataset_r", "unique_id_r"), rows)
            labels = tables.load("labels", file)
            linker.training.estimate_m_from_pairwise_labels(labels)
    else:
        linker.training.estimate_parameters_using_expectation_maximisation(block_on("given", "surname"))
    model: dict[str, Any] = linker.misc.save_model_to_json()
    return model


def splink(model: dict[str, Any], mentions: Sequence[Fields], records: Sequence[Fields]) -> list[Link]:
    """Link to the record of the highest match weight; two equals are no link."""
    linker, _ = _linker(mentions, records, model)
    best: dict[str, list[tuple[float, str]]] = {}
    for row in linker.inference.predict(threshold_match_weight=-5).as_record_list():
        pair = {row["source_dataset_l"]: row["unique_id_l"], row["source_dataset_r"]: row["unique_id_r"]}
        best.setdefault(pair["mentions"], []).append((row["match_weight"], pair["records"]))
    links = []
    for mention in mentions:
        scores = sorted(best.get(mention.id, ()), reverse=True)
        tie = len(scores) > 1 and scores[0][0] - scores[1][0] < 1
        links.append(Link(scores[0][1], scores[0][0]) if scores and not tie else Link("", float("-inf")))
    return links


class _Tables:
    """A DuckDB of one thread in memory."""

    def __init__(self) -> None:
        import duckdb
        from splink.internals.duckdb.database_api import DuckDBAPI

        self.connection = duckdb.connect(":memory:")
        self.connection.execute("SET threads = 1")
        self.database = DuckDBAPI(self.connection)

    def load(self, name: str, file: Path) -> Any:
        self.connection.read_csv(str(file), all_varchar=True).create(f"{name}_raw")
        return self.database.register(f"{name}_raw", dataset_display_name=name)


def _linker(mentions: Sequence[Fields], records: Sequence[Fields], settings: Any) -> tuple[Any, _Tables]:
    from splink import Linker

    tables = _Tables()
    with tempfile.TemporaryDirectory() as folder:
        loaded = []
        for name, rows in (("mentions", mentions), ("records", records)):
            file = Path(folder) / f"{name}.csv"
            _write(file, _COLUMNS, [_row(fields) for fields in rows])
            loaded.append(tables.load(name, file))
        return Linker(loaded, settings, log_level="ERROR"), tables


def _settings(records: int) -> Any:
    import splink.comparison_library as compare
    from splink import SettingsCreator, block_on

    names = [
        compare.JaroWinklerAtThresholds(column, [0.92, 0.8]).configure(term_frequency_adjustments=True)
        for column in ("given", "surname", "middle", "place")
    ]
    speciality = compare.ExactMatch("speciality").configure(term_frequency_adjustments=True)
    exact = [compare.ExactMatch(column) for column in ("district", "ward", "licence", "phone")]
    return SettingsCreator(
        link_type="link_only",
        comparisons=[*names, speciality, *exact],
        blocking_rules_to_generate_predictions=[block_on(*columns) for columns in _BLOCKS],
        probability_two_random_records_match=1 / max(records, 2),
        retain_matching_columns=False,
    )


def _row(fields: Fields) -> Sequence[str]:
    words = fields.name.split()
    given, surname = words[-1] if words else "", words[0] if len(words) > 1 else ""
    speciality, phone = fields.speciality.partition(",")[0], fields.phones[0] if fields.phones else ""
    return (
        fields.id, given, surname, " ".join(words[1:-1]), fields.place, speciality, fields.district, fields.ward,
        fields.licence, phone,
    )  # fmt: skip


def _write(file: Path, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(columns)
        writer.writerows(rows)
