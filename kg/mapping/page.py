"""The state of one document while it is mapped: its lines, its nodes by name, what could not be read."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from kg.criteria import split_criteria
from kg.iri import Minter, identifier
from kg.iri import condition as condition_iri
from kg.mapping import vocabulary
from kg.mapping.arms import used_by_arms
from kg.mapping.runtime import quoted, term
from kg.mapping.values import INTEGER
from kg.namespaces import CKG, MESH, RDF_TYPE, RDFS
from kg.nquads import literal
from kg.record import Document, Eligibility, Evidence, Finding, Links
from kg.record.links import LinkedAdministration
from kg.record.study import StatedIdentifier

_LABEL: Final = RDFS + "label"
_ARMS: Final = "protocolSection.armsInterventionsModule.armGroups[].interventionNames[]"


@lru_cache(1 << 12)
def _organization(minter: Minter, name: str) -> str:
    return minter.organization(name)


@dataclass(frozen=True)
class Problem:
    """A value of a record that could not be written as its field asks; it is kept as text."""

    path: str
    """Path of the field, `protocolSection.statusModule.startDateStruct.date`."""
    value: str
    reason: str


@dataclass
class Page:
    """One document on its way to N-Quads."""

    document: Document
    links: Links
    minter: Minter
    trial: str
    graph: str
    lines: list[str] = field(default_factory=list)
    shared: dict[str, None] = field(default_factory=dict)
    """Lines that may be said twice, of nodes that documents share."""
    triples: list[tuple[str, str, str]] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    """Individuals of the ontology that the document names."""
    keyed: dict[str, str] = field(default_factory=dict)
    """Nodes by the name under which other parts of the record point to them; empty where two share it."""
    problems: list[Problem] = field(default_factory=list)
    own_labels: dict[str, str] = field(default_factory=dict)
    """Labels of substances and antigens that the vocabulary lacks, in the words first used."""

    def __post_init__(self) -> None:
        """Unpack what the generated code reads."""
        self.study = self.document.study
        self.additions = self.document.additions
        text = self.study.protocol_section.eligibility_module.eligibility_criteria
        self.eligibility = Eligibility(criteria=split_criteria(text) if text else ())
        self.describes_trial = self.document.describes_trial
        self.suffix = f" <{self.graph}> .\n"
        self.responses = {
            (r.reported, c.class_index, c.category_index): c.response for r in self.links.reported for c in r.categories
        }
        self._background = frozenset(i.intervention for i in self.links.interventions if i.background)
        module = self.study.protocol_section.arms_interventions_module
        self._uses, unmatched = used_by_arms(module.arm_groups, module.interventions)
        self._evidence = 0
        self._unread = 0
        for arm, name in unmatched:
            self.unread(f"{self.trial}/arm/{arm}", f"{CKG}uses", _ARMS, name, "names no intervention of the record")

    # Nodes

    def key(self, name: str, iri: str) -> None:
        """Remember a node by its name; a name of two nodes points to neither."""
        self.keyed[name] = "" if name in self.keyed else iri

    def uses(self, arm: int) -> list[str]:
        """Return the interventions of an arm, by their IRIs."""
        return [f"{self.trial}/intervention/{number}" for number in self._uses[arm - 1]]

    def is_background(self, intervention: int) -> bool:
        """Whether participants receive an intervention of the record anyway."""
        return intervention in self._background

    def intervention_label(self, administration: LinkedAdministration) -> str | None:
        """Return the label of the intervention that an administration gives, as a literal."""
        kind, _, number = administration.intervention.rpartition("-")
        if kind == "text":
            texts = self.links.text_interventions
            return literal(texts[int(number) - 1].label) if int(number) <= len(texts) else None
        stated = self.study.protocol_section.arms_interventions_module.interventions
        name = stated[int(number) - 1].name if int(number) <= len(stated) else None
        return name and literal(name)

    def cited_trial(self, number: StatedIdentifier) -> str | None:
        """Return the trial of a ClinicalTrials.gov number."""
        return self.minter.trial("ctgov", number.value) if number.scheme == "ClinicalTrials.gov" else None

    def named(self, iri: str, kind: str, found: Finding) -> None:
        """Remember an individual that the document names; one that the vocabulary lacks is described here.

        A substance or antigen outside the vocabulary bears the document's own words as its label.
        """
        self.used.add(iri)
        if kind == "term" or iri in vocabulary.load().labels:
            return
        words = found.evidence[0].quote if found.evidence and kind == "agent" else found.value
        cls = "Antigen" if kind == "antigen" else "Radiation" if found.value.startswith("radiation/") else "Substance"
        self.shared[f"<{iri}> <{RDF_TYPE}> <{CKG}{cls}>{self.suffix}"] = None
        self.triples.append((iri, RDF_TYPE, CKG + cls))
        self.own_labels.setdefault(iri, words)

    def mint_organization(self, name: str | None) -> str | None:
        """Return the IRI of an organisation by its name."""
        return _organization(self.minter, name) if name else None

    def mint_publication(self, pmid: str | None, doi: str | None = None) -> str | None:
        """Return the IRI of a publication by its PMID, else its DOI."""
        return self.minter.publication(pmid, doi)

    def mint_condition(self, segment: str) -> str:
        """Return the IRI of a condition."""
        return condition_iri(identifier(segment))

    def mint_mesh(self, heading: str | None) -> str | None:
        """Return the IRI that the National Library of Medicine gives a MeSH heading."""
        return f"{MESH}{identifier(heading)}" if heading else None

    def mint_group(self, name: str) -> str | None:
        """Return a result group by its name; None where the record has no such group."""
        return self.keyed.get(name) or None

    # Statements

    def evidence(self, subject: str, predicate: str, about: str | None, found: Iterable[Evidence]) -> None:
        """Write the words on which a statement rests, a node for each quotation."""
        g = self.suffix
        what, how = f"aboutSubject> <{subject}>{g}", f"aboutProperty> <{predicate}>{g}"
        value = "" if about is None else f"aboutValue> {about}{g}"
        for item in found:
            self._evidence += 1
            s = f"<{self.trial}/evidence/{self._evidence}> <"
            strength = term(item.strength)
            self.used.add(strength)
            c = s + CKG
            self.lines.append(
                f"{s}{RDF_TYPE}> <{CKG}Evidence>{g}{c}{what}{c}{how}{c}field> {quoted(item.field)}{g}"
                f'{c}begin> "{item.begin}{INTEGER}{g}{c}end> "{item.end}{INTEGER}{g}{c}quote> {quoted(item.quote)}{g}'
                f"{c}rule> {quoted(item.rule)}{g}{c}strength> <{strength}>{g}{c if value else ''}{value}"
            )

    def unread(self, subject: str, predicate: str, path: str, value: object, reason: str = "") -> None:
        """Keep a value that cannot be converted as text on a node of its own, and report it."""
        g = self.suffix
        self._unread += 1
        text = str(value)
        node = f"<{self.trial}/unread/{self._unread}>"
        self.lines.append(
            f"<{self.trial}> <{CKG}hasUnreadValue> {node}{g}"
            f"{node} <{RDF_TYPE}> <{CKG}UnreadValue>{g}"
            f"{node} <{_LABEL}> {literal(text)}{g}"
            f"{node} <{CKG}aboutSubject> <{subject}>{g}"
            f"{node} <{CKG}aboutProperty> <{predicate}>{g}"
            f"{node} <{CKG}field> {literal(path)}{g}"
        )
        name = predicate.removeprefix(CKG)
        self.problems.append(Problem(path, text, reason or f"is no value that {name} can take"))

    def implicit_arm(self, uses: bool, has_arm: bool) -> None:
        """Write the one arm of a document that states none: all participants, all interventions under study."""
        g, arm = self.suffix, f"{self.trial}/arm/implicit"
        self.lines.append(
            f"<{self.trial}> <{CKG}hasArm> <{arm}>{g}"
            f"<{arm}> <{RDF_TYPE}> <{CKG}ImplicitArm>{g}"
            f'<{arm}> <{_LABEL}> "all participants"{g}'
        )
        self.triples.append((arm, RDF_TYPE, f"{CKG}ImplicitArm"))
        if has_arm:
            self.triples.append((self.trial, f"{CKG}hasArm", arm))
        stated = self.study.protocol_section.arms_interventions_module.interventions
        numbers = [str(n) for n in range(1, len(stated) + 1) if n not in self._background]
        numbers += [f"text-{n}" for n, t in enumerate(self.links.text_interventions, 1) if not t.background]
        for number in numbers:
            intervention = f"{self.trial}/intervention/{number}"
            self.lines.append(f"<{arm}> <{CKG}uses> <{intervention}>{g}")
            if uses:
                self.triples.append((arm, f"{CKG}uses", intervention))

    def describe_used(self) -> None:
        """Repeat the class and label of the vocabulary's individuals that the document names."""
        terms = vocabulary.load()
        for subject, words in self.own_labels.items():
            self.shared[f"<{subject}> <{_LABEL}> {literal(words)}{self.suffix}"] = None
        for subject in sorted(self.used):
            self.triples += [(subject, RDF_TYPE, cls) for cls in terms.classes.get(subject, ())]
            description = terms.description(subject)
            if description:
                self.lines.append(self.suffix.join(description) + self.suffix)
