"""`medad`: the composition root. One thin command per verb: read options, build, call, print."""

import json
import os
import sys
from dataclasses import asdict
from datetime import date
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from classifier.backends import DEFAULT
from commands import ads, cases, collect, evidence, export, importing, model, review, screenshots, setup, triage
from commands.output import data_folder, database, fail, options, progress, say, show, waiting
from models.errors import MedadError
from models.vocabulary import Code, MentionKind, RegistryKind

app = typer.Typer(
    help="MedAdWatch: collects, flags and checks online health advertising in Vietnam, and opens inspection cases.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
registry_app = typer.Typer(help="The practitioner and facility licence registry.", no_args_is_help=True)
policy_app = typer.Typer(help="The law as data: codes, provisions in force by date, penalties.", no_args_is_help=True)
evaluate_app = typer.Typer(help="Measure on labelled samples, offline.", no_args_is_help=True)
app.add_typer(registry_app, name="registry")
app.add_typer(policy_app, name="policy")
app.add_typer(evidence.app, name="evidence")
app.command("init")(setup.init)
app.add_typer(cases.app, name="cases")
app.add_typer(ads.app, name="ads")
app.command("review")(review.review)
app.command("triage")(triage.triage)
app.add_typer(review.accounts_app, name="accounts")
app.add_typer(review.audit_app, name="audit")
app.add_typer(export.app, name="export")
app.add_typer(model.app, name="model")
app.add_typer(evaluate_app, name="evaluate")
app.command("import")(importing.import_ads)
app.add_typer(importing.fetch_app, name="fetch")
app.command("update")(collect.update)
app.command("screenshots")(screenshots.screenshots)


_MODEL_HELP = "Which classifier: model, rules, or model:FOLDER of medad train."


@app.callback(invoke_without_command=True)
def _main(
    db: Annotated[str, typer.Option("--db", envvar="MEDAD_DB", help="Database URL.")] = "sqlite:///medad.db",
    data: Annotated[
        Path, typer.Option("--data", envvar="MEDAD_DATA", help="Folder of evidence, reports and exports.")
    ] = Path("medad-data"),
    as_json: Annotated[bool, typer.Option("--json", help="Print results as JSON on standard output.")] = False,
    show_version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    """Collect, flag, check and prove."""
    if show_version:
        from importlib.metadata import version  # slow to import: only here

        typer.echo(f"medad {version('medad')}")
        raise typer.Exit
    options.db, options.data, options.json = db, data, as_json


# ── collect ─────────────────────────────────────────────────────────────────────────────────────────────────────────


_DUE_HELP = "Only sources that are due: their last finished run is older than their `every`."


@app.command()
def crawl(
    sources: Annotated[Path, typer.Argument(help="Sources file (TOML).")],
    due: Annotated[bool, typer.Option("--due", help=_DUE_HELP)] = False,
) -> None:
    """Fetch what the sources name and keep it as evidence. An interrupted crawl is continued."""
    from crawler.run import crawl as run_crawl
    from crawler.sources import load_sources
    from pipeline.whole import describe_crawl, due_now, nothing_due

    loaded = load_sources(sources)
    with data_folder() as data, progress("captured") as tell:
        chosen = due_now(loaded, data) if due else loaded
        summary = (
            run_crawl(chosen, data / "evidence", on_progress=lambda p: tell(p.settled)) if chosen else nothing_due()
        )
    show(summary.as_dict(), lambda: describe_crawl(summary))
    if summary.interrupted:
        fail("the crawl was interrupted; what was captured is kept.", "Run the same command again to continue.")


@app.command()
def run(
    sources: Annotated[Path, typer.Argument(help="Sources file (TOML).")],
    workers: Annotated[int | None, typer.Option(min=1, help="Processes (default: one per core).")] = None,
    model: Annotated[str, typer.Option(help=_MODEL_HELP)] = DEFAULT,
    due: Annotated[bool, typer.Option("--due", help=_DUE_HELP)] = False,
) -> None:
    """Do it all: crawl, ingest, score, match, build cases. Can be killed and continued at any moment."""
    from crawler.sources import load_sources
    from pipeline.whole import due_now, run_whole

    loaded = load_sources(sources)
    with data_folder() as data, database() as engine:
        chosen = due_now(loaded, data) if due else loaded
        result = run_whole(engine, chosen, data, workers=workers, spec=model, progress=progress)
    show(result.to_json(), result.describe)
    if result.interrupted:
        fail("the run was interrupted; what was done is kept.", "Run the same command again to continue.")


@app.command()
def demo(
    folder: Annotated[Path, typer.Option(help="The bundled demo: web pages and registry.")] = Path("data/demo"),
    out: Annotated[Path, typer.Option(help="Where the demo keeps its database, evidence and dossiers.")] = Path(
        "demo-out"
    ),
    workers: Annotated[int | None, typer.Option(min=1, help="Processes (default: one per core).")] = None,
) -> None:
    """Run the bundled demo: serve its pages on loopback, import its registry, and go the whole way to dossiers."""
    from pipeline.demo import run_demo

    result = run_demo(folder, out, workers=workers, progress=progress, say=say)
    show(result.to_json(), result.describe)


# ── judge ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@app.command()
def score(
    source: Annotated[str, typer.Option("--input", help="Advertisements (.jsonl, .csv, or - for standard input).")],
    output: Annotated[str, typer.Option("--output", help="Where results go (.jsonl, or - for standard output).")],
    errors: Annotated[str | None, typer.Option(help="Where bad lines go (default: beside the output).")] = None,
    classifier: Annotated[str, typer.Option("--model", "--classifier", help=_MODEL_HELP)] = DEFAULT,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes (default: by the input's size).")] = None,
) -> None:
    """Flag likely violations in advertisements, with the quoted words and the law of the day. Works offline."""
    from pipeline.scoring import score_file

    with progress("scored") as tell:
        done = score_file(source, output, errors=errors, spec=classifier, workers=workers, on_progress=tell)
    _report_lines(done.scored, done.bad, done.errors, "scored")


@app.command()
def match(
    source: Annotated[str | None, typer.Option("--input", help="Mentions (.jsonl, or - for standard input).")] = None,
    output: Annotated[
        str | None, typer.Option("--output", help="Where answers go (.jsonl, or - for standard output).")
    ] = None,
    registry: Annotated[
        Path | None, typer.Option(help="Folder of registry files (default: the imported registry).")
    ] = None,
    errors: Annotated[str | None, typer.Option(help="Where bad lines go (default: beside the output).")] = None,
    explain: Annotated[
        str | None,
        typer.Option(help="A passage that names one person or place: show what led to the answer, step by step."),
    ] = None,
    kind: Annotated[MentionKind, typer.Option(help="What the passage of --explain names.")] = MentionKind.PRACTITIONER,
) -> None:
    """Check named practitioners and facilities against the registry: exists, in force, at this place, in scope."""
    from pipeline.matching import match_file, matcher_of
    from pipeline.whole import stored_matcher

    if explain is None and (source is None or output is None):
        raise typer.BadParameter("name --input and --output, or a passage with --explain.")
    if explain is not None and kind not in (MentionKind.PRACTITIONER, MentionKind.FACILITY):
        raise typer.BadParameter("--kind is practitioner or facility.")
    if registry is not None:
        with waiting("reading the registry"):
            matcher = matcher_of(registry)
    else:
        with waiting("reading the registry"), database() as engine:
            matcher = stored_matcher(engine) or fail(
                "no registry was imported.",
                "Import one (medad registry import FILE), or name a folder with --registry.",
            )
    if explain is not None:
        from pipeline.matching import describe_explanation
        from registry.types import Query

        found = matcher.explain(Query("explain", kind, explain))
        show(asdict(found), lambda: describe_explanation(found))
        return
    assert source is not None
    assert output is not None
    with progress("matched") as tell:
        done = match_file(matcher, source, output, errors=errors, on_progress=tell)
    _report_lines(done.scored, done.bad, done.errors, "matched")


def _report_lines(good: int, bad: int, errors: str, verb: str) -> None:
    summary = {verb: good, "bad": bad, "errors": errors}
    if options.json:
        say(json.dumps(summary))
    else:
        where = "above" if errors == "stderr" else f"in {errors}"
        say(f"{_lines(good)} {verb}." + (f" {_lines(bad)} could not be read: see {where}." if bad else ""))


def _lines(count: int) -> str:
    return f"{count:,} line" + ("" if count == 1 else "s")


# ── registry ────────────────────────────────────────────────────────────────────────────────────────────────────────


@registry_app.command("import")
def registry_import(
    file: Annotated[Path, typer.Argument(help="Registry file (.csv, .xlsx, .jsonl).")],
    kind: Annotated[RegistryKind | None, typer.Option(help="What it holds (default: seen from its columns).")] = None,
    partial: Annotated[bool, typer.Option(help="The file is only a part: mark nothing as gone.")] = False,
    replace: Annotated[bool, typer.Option(help="Go on although most of the registry would be gone.")] = False,
) -> None:
    """Import a registry file as a dated snapshot. Rows that cannot be taken are listed with their reason."""
    from pipeline.registers import describe_import, import_registry

    with waiting("importing"), database() as engine:
        snapshot, fresh = import_registry(engine, file, kind, partial=partial, replace=replace)
        result, text = describe_import(engine, snapshot, fresh)
    show(result, lambda: text)


@registry_app.command("search")
def registry_search(
    text: Annotated[str, typer.Argument(help="A name, part of a name, or a licence number.")],
    limit: Annotated[int, typer.Option(min=1, help="How many at the most.")] = 20,
) -> None:
    """Find records by name or licence number; diacritics do not matter."""
    from pipeline.registers import describe_record, search

    with database() as engine:
        found = search(engine, text, limit)
    show(found, lambda: "\n".join(map(describe_record, found)) or "Không tìm thấy bản ghi nào.")


@registry_app.command("show")
def registry_show(record: Annotated[str, typer.Argument(help="Record id or licence number.")]) -> None:
    """Show one record and every state it has had."""
    from pipeline.registers import describe_history, history

    with database() as engine:
        states = history(engine, record)
    if not states:
        fail(f"the registry holds no record {record}.", "Search for it: medad registry search NAME")
    show(states, lambda: describe_history(states))


@registry_app.command("diff")
def registry_diff(
    old: Annotated[int, typer.Argument(help="Number of the earlier import.")],
    new: Annotated[int, typer.Argument(help="Number of the later import.")],
) -> None:
    """Compare two imports of one kind: new, changed and gone records."""
    from pipeline.registers import describe_record, diff

    with database() as engine:
        found = diff(engine, old, new)
    words = {"new": "mới", "changed": "thay đổi", "gone": "không còn"}
    show(
        found,
        lambda: (
            "\n".join(f"{words[what]}: {describe_record(row)}" for what, rows in found.items() for row in rows)
            or "Không có gì thay đổi."
        ),
    )


@registry_app.command("stats")
def registry_stats() -> None:
    """Count the records by kind and status, and list the imports."""
    from pipeline.registers import describe_stats, stats

    with database() as engine:
        found = stats(engine)
    show(found, lambda: describe_stats(found))


# ── policy ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@policy_app.command("show")
def policy_show(
    code: Annotated[Code, typer.Argument(help="Violation code.")],
    on: Annotated[str | None, typer.Option(help="The day whose law is asked (YYYY-MM-DD; default: today).")] = None,
) -> None:
    """Show a code: what it means, the provisions and penalties in force on a day, and what is not verified."""
    from classifier.policy import load_policy
    from classifier.policy_show import describe, describe_json

    policy, day = load_policy(), _day(on)
    show(describe_json(policy, code, day), lambda: describe(policy, code, day))


@policy_app.command("check")
def policy_check(file: Annotated[Path, typer.Argument(help="Policy file (YAML).")]) -> None:
    """Check a policy file: overlapping, undated or dangling provisions are refused with their line."""
    from classifier.policy import check

    policy = check(file)
    show(
        {"version": policy.version, "codes": len(policy.codes), "sha256": policy.sha256},
        lambda: f"{file}: version {policy.version}, {len(policy.codes)} codes, sound.",
    )


def _day(text: str | None) -> date:
    from pipeline.clock import today

    if text is None:
        return today()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a date (YYYY-MM-DD)") from None


# ── evaluate ────────────────────────────────────────────────────────────────────────────────────────────────────────


@evaluate_app.command("classifier")
def evaluate_classifier(
    samples: Annotated[Path, typer.Option(help="Labelled samples (.jsonl).")],
    out: Annotated[Path, typer.Option(help="Folder for report.html and metrics.json.")],
    classifier: Annotated[str, typer.Option("--model", "--classifier", help=_MODEL_HELP)] = DEFAULT,
    scored: Annotated[
        Path | None, typer.Option(help="Answers of medad score (.jsonl) to measure: nothing is judged again.")
    ] = None,
    compare: Annotated[
        str | None, typer.Option(help="A second classifier, or answers of medad score (.jsonl), to compare with.")
    ] = None,
    budget: Annotated[
        list[float] | None, typer.Option(min=0.001, max=1.0, help="Share of the queue that is read (repeatable).")
    ] = None,
) -> None:
    """Measure a classifier: per code, kind, review budgets, calibration, intervals by group."""
    from evaluation.classifier import evaluate

    if scored is not None and scored.suffix != ".jsonl":
        fail(f"{scored} is no .jsonl file.", "Name what medad score wrote.")
    with progress("judged") as tell:
        metrics = evaluate(
            samples,
            out,
            spec=str(scored) if scored else classifier,
            against=compare,
            budgets=tuple(budget) if budget else (0.05, 0.1, 0.3),
            on_progress=tell,
        )
    show(metrics, lambda: f"{out / 'report.html'}\n{out / 'metrics.json'}")


@app.command()
def train(
    data: Annotated[list[Path], typer.Argument(help="Labelled texts (.jsonl).")],
    out: Annotated[Path, typer.Option(help="Folder for the model; a run that was stopped goes on there.")],
    base: Annotated[str, typer.Option(help="Base encoder: a Hugging Face folder or name.")],
    start: Annotated[
        Path | None, typer.Option(help="Folder of an earlier run of the same shape to begin with.")
    ] = None,
    join: Annotated[list[Path] | None, typer.Option(help="Texts (.jsonl) of labels that are kept without.")] = None,
    add: Annotated[
        list[Path] | None, typer.Option(help="More labels (.jsonl), as of medad export labels: all are learnt from.")
    ] = None,
    *,
    layers: Annotated[int | None, typer.Option(min=1, help="Keep the encoder's first layers (default: 8).")] = None,
    frozen: Annotated[int | None, typer.Option(min=0, help="Layers that stay as they are (default: 4).")] = None,
    epochs: Annotated[float | None, typer.Option(min=0.01, help="Times to go over the texts (default: 4).")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of every random choice.")] = None,
) -> None:
    """Fine-tune a classifier on labelled texts; it is released only if its small form agrees with the full one."""
    from classifier.extras import need_training

    need_training("training")
    from classifier.train import TrainConfig
    from classifier.training import train as run

    given = {"layers": layers, "frozen_layers": frozen, "epochs": epochs, "seed": seed}
    config = TrainConfig(base=base, **{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
    with progress("steps of training") as tell:
        made = run(
            data,
            out,
            base=base,
            config=config,
            join=join or (),
            add=add or (),
            start=start,
            on_stage=say,
            on_step=lambda step, _of, _loss: tell(step),
        )
    show(asdict(made), lambda: json.dumps(asdict(made), indent=1))
    if not made.agreement.passes:
        fail(
            f"the small model does not agree with the full one often enough: {made.agreement.to_json()}.",
            "Do not use it; train longer, or use torch:FOLDER.",
        )


@evaluate_app.command("matcher")
def evaluate_matcher(
    samples: Annotated[Path, typer.Option(help="Mentions with gold (.jsonl).")],
    registry: Annotated[Path, typer.Option(help="Folder of registry files.")],
    out: Annotated[Path, typer.Option(help="Folder for report.html and metrics.json.")],
) -> None:
    """Measure the matcher: recall, false links by kind of impostor, ambiguity, by kind of damage."""
    from evaluation.matcher import evaluate

    with waiting("matching"):
        metrics = evaluate(samples, registry, out)
    show(metrics, lambda: f"{out / 'report.html'}\n{out / 'metrics.json'}")


# ── the entry ───────────────────────────────────────────────────────────────────────────────────────────────────────


def main() -> None:
    """Run the command line: one clear line and exit code 1 for what a user can mend, never a traceback."""
    from pipeline.runner import stops_cleanly

    _speak_utf8()
    try:
        with stops_cleanly():
            app()
    except MedadError as error:
        _end(f"medad: {error}")
    except OSError as error:
        _end(f"medad: {error.filename or 'standard output'}: {error.strerror or error}.")
    except SystemExit as end:
        if end.code == _TYPER_INTERRUPTED:
            _end("medad: stopped. What was done is kept; run the same command again to continue.")
        raise


#: The exit code by which typer tells of a ``KeyboardInterrupt``.
_TYPER_INTERRUPTED = 130


def _speak_utf8() -> None:
    # In any locale; a lone surrogate from a hostile page comes out as its escape, which JSON reads back.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _end(message: str) -> NoReturn:
    say(message)
    try:
        sys.stdout.flush()
    except OSError:  # a full disk or a closed pipe: the interpreter would complain of it once more at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(1)


if __name__ == "__main__":
    main()
