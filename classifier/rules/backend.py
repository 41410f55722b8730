"""The rules backend: what words alone can show, without any machine-learning package."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from classifier.language import is_vietnamese
from classifier.policy import Policy
from classifier.rules.absence import absences
from classifier.rules.claims import Claim, Finder
from classifier.rules.kind import KindModel, default_kind_model
from classifier.rules.lexicon import Lexicon, default_lexicon
from classifier.text import Reading, read
from classifier.types import Document, Hit, Prediction, Span
from models.vocabulary import TEXT_CODES, Code, Domain, Method, TextKind

#: Raised with every change of the code that can change an answer.
CODE_VERSION = "3"
#: A claim is shown to a reviewer from here on (probability that the code holds for the text).
THRESHOLD = 0.25  # of 0.2 and 0.25 the better any-code F1 on the training passages, 2026-11-24
#: A product class is taken as given from here on.
DOMAIN_THRESHOLD = 0.5
#: Without any class given, those at or over this are tried. Both set on the training passages, 2026-11-24.
MAYBE = 0.17


#: What is said of a text in another language: nothing is judged in words that the rules do not know.
FOREIGN = Prediction(
    kind={kind: 0.97 if kind is TextKind.OTHER else 0.01 for kind in TextKind},
    domains=dict.fromkeys(Domain, 0.0),
    codes=dict.fromkeys(TEXT_CODES, 0.0),
)


@dataclass(frozen=True, slots=True)
class Signs:
    """What the rules find in a main text, taken as a health ad: the claims, and the probability of each code."""

    claims: tuple[Claim, ...]
    codes: Mapping[Code, float]


class RulesClassifier:
    """A ``classifier.types.Classifier`` made of the rules of ``lexicon.yaml`` and the weights of ``kind.yaml``."""

    def __init__(self, policy: Policy, lexicon: Lexicon | None = None, kind_model: KindModel | None = None) -> None:
        self._policy = policy
        self._lexicon = lexicon or default_lexicon()
        self._kind_model = kind_model or default_kind_model()
        self._finder = Finder(self._lexicon)

    @property
    def name(self) -> str:
        """The backend's short name."""
        return "rules"

    @property
    def version(self) -> str:
        """Of the rules' code, the lexicon, the weights and the policy (by content): each can change an answer."""
        parts = (self._lexicon.version, self._kind_model.version, self._policy.sha256[:8])
        return f"{CODE_VERSION}+{'.'.join(parts)}"

    def predict(self, documents: Sequence[Document]) -> list[Prediction]:
        """One prediction per document, in order. Never raises for a text's content."""
        return [self._predict(document) for document in documents]

    def _predict(self, document: Document) -> Prediction:
        if not is_vietnamese(document.main):
            return FOREIGN
        reading = read(document.text)
        main = read(document.main) if document.main_end is not None else reading
        kinds = self._kind_model.kinds(main)
        products = self._kind_model.products(main)
        health_ad = kinds[TextKind.HEALTH_AD]
        signs = self._signs(main, products)
        hits = claim_hits(signs.claims, main, health_ad)
        return Prediction(
            kind=kinds,
            domains={domain: probability * health_ad for domain, probability in products.items()},
            codes={code: value * health_ad for code, value in signs.codes.items()},
            hits=(*hits, *absences(document, reading, self._policy, kinds, products)),
        )

    def signs(self, main: Reading) -> Signs:
        """Apply the claim rules to a main text, whatever its kind: for a backend that knows the kind better."""
        return self._signs(main, self._kind_model.products(main))

    def kinds(self, main: Reading) -> dict[TextKind, float]:
        """Return the probability of each kind of text."""
        return self._kind_model.kinds(main)

    def _signs(self, main: Reading, products: Mapping[Domain, float]) -> Signs:
        claims = self._finder.claims(main, _likely(products))
        return Signs(tuple(claims), _codes(claims))


def _likely(products: Mapping[Domain, float]) -> set[Domain]:
    """The classes whose rules are tried: those given; where none is, the goods that words do not exclude."""
    given = {domain for domain, probability in products.items() if probability >= DOMAIN_THRESHOLD}
    return given or {domain for domain, probability in products.items() if probability >= MAYBE}


def _codes(claims: Sequence[Claim]) -> Mapping[Code, float]:
    """Probability of each text code: claims of different rules add to each other's weight, repeated ones do not."""
    doubt = dict.fromkeys(TEXT_CODES, 1.0)
    for rule in {claim.rule.id: claim.rule for claim in claims}.values():
        doubt[rule.code] *= 1 - rule.probability
    return {code: 1 - left for code, left in doubt.items()}


def claim_hits(claims: Sequence[Claim], reading: Reading, health_ad: float) -> tuple[Hit, ...]:
    """The claims worth a reviewer's time; of claims of one code on the same words the surest is kept."""
    kept: list[Claim] = []
    for claim in sorted(claims, key=lambda claim: (-claim.rule.probability, claim.end - claim.start)):
        if claim.rule.probability * health_ad < THRESHOLD:
            continue
        if not any(o.code == claim.code and o.start < claim.end and claim.start < o.end for o in kept):
            kept.append(claim)
    kept.sort(key=lambda claim: claim.start)
    hits = (
        Hit(c.code, c.rule.probability * health_ad, reading.span(c.start, c.end), Method.RULE, c.rule.reason)
        for c in kept
    )
    # a slogan that a page repeats is one claim: its first place is quoted
    once = {(hit.code, _words(hit)): hit for hit in reversed(list(hits))}
    return tuple(reversed(list(once.values())))


def _words(hit: Hit) -> str:
    return hit.proof.quote.casefold() if isinstance(hit.proof, Span) else ""


def domains_of(prediction: Prediction) -> tuple[Domain, ...]:
    """The product classes at or over the threshold, the surest first."""
    health_ad = prediction.kind[TextKind.HEALTH_AD] or 1.0
    found = [d for d, p in prediction.domains.items() if p / health_ad >= DOMAIN_THRESHOLD]
    return tuple(sorted(found, key=lambda d: -prediction.domains[d]))
