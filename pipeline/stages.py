"""The stages after ingest: select what lacks a result in this version, work, and store, one transaction per batch.

A stage that was killed goes on where it stood; a new version of a classifier, matcher or registry works again on
everything, and what the older version found stays beside it.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import asdict
from functools import partial
from itertools import islice
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from classifier.policy import Finding
from classifier.types import Document, Span
from models import tables
from models.database import insert_missing, session
from models.vocabulary import Domain, Stage, TextKind
from pipeline.clock import VIETNAM
from pipeline.leads import Checked, Checker, Judged
from pipeline.runner import run
from pipeline.scoring import Judgement, backend, backend_version, clear_domains, judge

Progress = Callable[[int], None]

#: Advertisements read from the database at a time.
_PAGE = 500


def score_stage(engine: Engine, executor: Executor, spec: str, on_progress: Progress | None = None) -> int:
    """Judge every advertisement that this version of the classifier and policy has not judged. Returns how many."""
    version = backend_version(spec)
    done = 0
    pending = _pending(engine, Stage.SCORE, version)
    for documents, judgements in run(partial(judge, spec=spec), pending, executor):
        with session(engine) as opened:
            for document, judgement in zip(documents, judgements, strict=True):
                _store_judgement(opened, document, judgement, spec, version)
        done += len(documents)
        if on_progress is not None:
            on_progress(done)
    return done


def match_stage(
    engine: Engine, checker: Checker, executor: Executor, spec: str, on_progress: Progress | None = None
) -> int:
    """Find who each advertisement names and ask the registry, where this version has not. Returns how many."""
    version = match_version(checker, spec)
    done = 0
    pending = _judged(engine, _pending(engine, Stage.MATCH, version), backend_version(spec))
    for batch, checks in run(partial(_check, checker), pending, executor):
        with session(engine) as opened:
            for judged, checked in zip(batch, checks, strict=True):
                _store_check(opened, judged.document, checked, version)
        done += len(batch)
        if on_progress is not None:
            on_progress(done)
    return done


def match_version(checker: Checker, spec: str) -> str:
    """Return what keys the registry's answers: matcher, registry, and the judgement that says what is advertised."""
    return f"{checker.version}+{backend_version(spec)}"


def _check(checker: Checker, batch: Sequence[Judged]) -> list[Checked]:
    return [checker.check(judged) for judged in batch]


def _judged(engine: Engine, documents: Iterator[Document], version: str) -> Iterator[Judged]:
    """Join each document with what the score stage said of it; one that was not scored yet waits for the next run."""
    while page := list(islice(documents, _PAGE)):
        ids = [int(document.id) for document in page]
        with session(engine) as opened:
            rows = opened.exec(
                select(tables.Assessment).where(
                    tables.Assessment.version == version, col(tables.Assessment.advertisement_id).in_(ids)
                )
            ).all()
            found = {row.advertisement_id: (row.kind, row.domains) for row in rows}
        for document in page:
            if int(document.id) in found:
                kind, domains = found[int(document.id)]
                values = {Domain(name): value for name, value in domains.items()}
                yield Judged(document, kind is TextKind.HEALTH_AD, clear_domains(kind, values))


def _pending(engine: Engine, stage: Stage, version: str) -> Iterator[Document]:
    """Yield the advertisements that lack a result of ``stage`` in ``version``, oldest first."""
    after = 0
    while True:
        with session(engine) as opened:
            done = select(tables.StageResult.advertisement_id).where(
                tables.StageResult.stage == stage, tables.StageResult.version == version
            )
            page = opened.exec(
                select(tables.Advertisement)
                .where(col(tables.Advertisement.id) > after, col(tables.Advertisement.id).not_in(done))
                .order_by(col(tables.Advertisement.id))
                .limit(_PAGE)
            ).all()
            documents = [document_of(ad) for ad in page]
        if not documents:
            return
        yield from documents
        after = int(documents[-1].id)


def document_of(ad: tables.Advertisement) -> Document:
    """Return the text to judge. Its day is that of publication where the page states it, else that of first capture."""
    return Document(
        text=ad.text,
        shown_on=ad.published_on or ad.first_seen_at.astimezone(VIETNAM).date(),
        main_end=ad.main_end,
        title=ad.title,
        url=ad.url,
        id=str(ad.id),
        seen_on=ad.last_seen_at.astimezone(VIETNAM).date(),
    )


def _store_judgement(opened: Session, document: Document, judgement: Judgement, spec: str, version: str) -> None:
    prediction = judgement.prediction
    assessment = {
        "advertisement_id": int(document.id),
        "classifier": backend(spec).name,
        "version": version,
        "kind": prediction.label,
        "kind_probability": prediction.kind[prediction.label],
        "domains": {domain.value: value for domain, value in prediction.domains.items()},
        "codes": {code.value: value for code, value in prediction.codes.items()},
        "risk": judgement.risk,
        "shown_on": document.shown_on,
    }
    insert_missing(opened, tables.Assessment, [assessment])
    _store_findings(opened, document, judgement.findings, Stage.SCORE, version)


def _store_findings(
    opened: Session, document: Document, findings: Sequence[Finding], stage: Stage, version: str
) -> None:
    for finding in findings:
        opened.add(_finding_row(int(document.id), finding, stage, version))
    done = {"advertisement_id": int(document.id), "stage": stage, "version": version}
    insert_missing(opened, tables.StageResult, [done])


def _finding_row(ad_id: int, finding: Finding, stage: Stage, version: str) -> tables.Finding:
    proof = finding.proof
    quoted = isinstance(proof, Span)
    return tables.Finding(
        advertisement_id=ad_id,
        stage=stage,
        version=version,
        code=finding.code,
        method=finding.method,
        probability=finding.probability,
        quote=proof.quote if isinstance(proof, Span) else "",
        start_at=proof.start if isinstance(proof, Span) else 0,
        end_at=proof.end if isinstance(proof, Span) else 0,
        absence=not quoted,
        sought=[] if isinstance(proof, Span) else list(proof.sought),
        looked_in=[] if isinstance(proof, Span) else list(proof.where),
        reason=finding.reason,
        shown_on=finding.on,
        provision_count=len(finding.provisions),
        law=law_of(finding),
    )


def law_of(finding: Finding) -> dict[str, Any]:
    """Return the provisions and the penalty as stored with a finding: what was said then stays readable later."""
    return {
        "provisions": [
            {
                "text": provision.cite(finding.on),
                "instrument": provision.instrument,
                "article": provision.article,
                "verified": provision.verified,
                "source": provision.source or "",
            }
            for provision in finding.provisions
        ],
        "penalty": None if finding.penalty is None else finding.penalty.model_dump(mode="json"),
        "penalty_note": finding.penalty_note or "",
    }


def _store_check(opened: Session, document: Document, checked: Checked, version: str) -> None:
    ad_id = int(document.id)
    mentions = [
        {
            "advertisement_id": ad_id,
            "version": version,
            "kind": mention.kind,
            "text": mention.text,
            "start_at": mention.start,
            "end_at": mention.end,
            "value": mention.value,
        }
        for mention in checked.mentions
    ]
    insert_missing(opened, tables.Mention, mentions)
    answers = [
        {
            "advertisement_id": ad_id,
            "query_id": answer.query.id,
            "version": version,
            "kind": answer.query.kind,
            "named": answer.named,
            "passage": answer.query.text,
            "decision": answer.match.decision,
            "probability": answer.match.probability,
            "registry_id": answer.match.registry_id,
            "record_name": answer.record_name,
            "licence_no": answer.match.licence_no,
            **asdict(answer.match.facts),
            "reasons": list(answer.match.reasons),
            "candidates": [asdict(candidate) for candidate in answer.match.candidates],
            "as_of": document.shown_on,
            "primary": answer.primary,
        }
        for answer in checked.answers
    ]
    insert_missing(opened, tables.RegistryAnswer, answers)
    _store_findings(opened, document, checked.findings, Stage.MATCH, version)
