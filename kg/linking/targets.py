"""What the cells are directed at: antigens of receptors, and antigens that cells are loaded or primed with.

A modality (CAR-T) is never a target; a marker of the disease ("CD19-positive lymphoma") is one
only where the cells are said to target it.
"""

import re
from functools import cache, partial
from typing import Final

from kg.files import data_folder
from kg.linking import context
from kg.linking.fields import TextField
from kg.linking.matcher import Lexicon, Match, read_rows
from kg.linking.scope import Product, Scope

_PART: Final = "targets"
_ROLES: Final = (
    "intervention-name", "intervention-other-name", "title", "official-title", "intervention-description",
    "arm-label", "arm-description", "summary", "description", "section", "abstract", "article-title", "keyword",
)  # fmt: skip
_RECEPTOR: Final = frozenset(
    {"CarTCell", "CarNkCell", "CarMacrophage", "CarNktCell", "TcrTCell", "GammaDeltaTCell", "RegulatoryTCell"}
)
_PRIMED: Final = frozenset({"VirusSpecificTCell", "TumorSpecificTCell", "Ctl", "TCell", "DcCik", "Lymphocyte", "Til"})
_LOADED: Final = frozenset({"DendriticCell", "DcCik", "Monocyte", "DcTumorFusion"})
_EXPRESSED: Final = re.compile(
    r"^[)\]]*(?:[ -]?positive|\+|[ -]express(?:ing|ion|ed)|[ -]overexpress|[ -]mutat|[ -]negative|-\s|"
    r"[ -]amplif|[ -]associated|"
    r"[ -]infect|[ -]seroposi|[ -]related|[ -]induced|[ -]driven|[ -]reactivation|[ -]disease|[ -]viremia|"
    r"[ -]dna|[ -]lymphoproliferative|"
    r"[ -]antibod|[ -]monoclonal|[ -]level|[ -]relapse|[ -]escape|[ -]select|[ -]deplet|[ -]enrich|[ -]knock|"
    r"[ -]edited|[ -]gene (?:edit|knock|disrupt))"
)
_TARGETING: Final = re.compile(
    r"(?:target(?:s|ing|ed|ed against| antigens?| to)?|anti|anti-|against|specific (?:for|to)|"
    r"direct(?:ed)? (?:against|to|at|toward[s]?)|recogni[sz]\w+|recognition of|"
    r"redirected (?:to|against)|bind(?:s|ing)?(?: to)?|CARs?[ .(:-]|chimeric antigen receptor|chimeric|"
    r"antigen receptor targeting|α|reactive (?:to|with)|"
    r"(?:pulsed|loaded|transfected|electroporated|primed|stimulated|transduced|pulsing) with|encoding|attack|"
    r"kill|express(?:ing)? |specific|sensitized (?:to|against))"
    r"(?:[ -]|\b)(?:the |a |an |human |both |either |tumor antigens? |antigens? |protein |scfv |peptides? |"
    r"single |dual |cells that |tumor cells that express |"
    r"(?:[\w.*:-]+(?:,|/| and| or| &|\+|-) ?){0,4})*$",
    re.IGNORECASE,
)
_TARGETED_AFTER: Final = re.compile(
    r"^(?:[)\]]|[ -]?(?:scfv|antigen|protein|peptides?|mrna|rna|pp65|lmp\d?))*(?:[ /,+&-]|and |or |antigens? |"
    r"\w+[/ ](?=\w+-))*"
    r"(?:(?:[\w.-]+(?:,|/| and| or| &|\+|-) ?){0,3})?"
    r"(?:[ -]?(?:CARs?\b|CAR[ -]?T|UCAR|CART|CAR-|target|direct|specific|redirect|chimeric|bispecific|"
    r"bi-specific|dual|tandem|reactive|sensitized|"
    r"TCR|t[ -]cell receptor|t[ -]cells?\b|NK\b|ctls?\b|cytotoxic|(?:rna|mrna|peptide|lysate)?[ -]?(?:pulsed|"
    r"loaded|primed|transfected|electroporated)|vaccine|scfv|zeta|ζ|-?28\b|-?bb))",
    re.IGNORECASE,
)


@cache
def lexicon() -> Lexicon:
    """Return the table of names of antigens."""
    return Lexicon.load("antigens")


@cache
def _viral() -> frozenset[str]:
    rows = read_rows(data_folder("ontology") / "antigens.tsv")
    return frozenset(row["symbol"] for row in rows if row["kind"] == "ViralAntigen")


def find_targets(scope: Scope) -> None:
    """Add targets to the products of the scope; the best place that names any decides."""
    if not any(p.concept in _RECEPTOR or p.concept in _PRIMED or p.concept in _LOADED for p in scope.products):
        return
    for field in scope.reading.roles(*_ROLES):
        for listed in map(partial(_believed, field), _lists(field, lexicon().find(field))):
            owners = [owner for match in listed for owner in _owners(scope, field, match)]
            for product in scope.products:
                if product in owners:
                    for match in listed:
                        evidence = field.evidence(match.begin, match.end, match.rule)
                        product.add(_PART, match.term, evidence, _tier(scope, field))
    for product in scope.products:
        best = min(product.tiers.get(_PART, {}).values(), default=9)
        for value in sorted(product.values(_PART)):
            if product.tiers[_PART][value] > max(best, 2):
                product.drop(_PART, value)


_BETWEEN: Final = re.compile(
    r"(?=.*(?:[,/&+x-]|and|or))[\s,/&+x;-]*(?:and|or|and/or|then|followed by)?[\s/-]*(?:anti-|\u03b1)?(?:the )?"
)


def _lists(field: TextField, matches: list[Match]) -> list[list[Match]]:
    """Return the antigens of each enumeration together: `CD19, CD20 and CD22` share what is said of one."""
    lists: list[list[Match]] = []
    for match in matches:
        if lists and _BETWEEN.fullmatch(field.lower[lists[-1][-1].end : match.begin]):
            lists[-1].append(match)
        else:
            lists.append([match])
    return lists


_BESIDE_BEFORE: Final = re.compile(r"(?:\banti[ -]|\btarget(?:ing|s) |\bspecific (?:for|to) )$")
_BESIDE_AFTER: Final = re.compile(r"[ -]?(?:targeted|targeting|specific|directed|redirected|reactive|cars?\b|tcr)")


def _believed(field: TextField, listed: list[Match]) -> list[Match]:
    """Return an enumeration without the names that mean an antigen only in company, where they have none.

    Company is an antigen whose name stands for itself, `anti-ALK` or `ALK-specific`.
    """
    if any(match.entry.context != "listed" for match in listed):
        return listed
    return [
        match
        for match in listed
        if _BESIDE_BEFORE.search(field.lower, 0, match.begin) or _BESIDE_AFTER.match(field.lower, match.end)
    ]


def _tier(scope: Scope, field: TextField) -> int:
    return 2 if field.role == "arm-label" else scope.tier(field)


def _owners(scope: Scope, field: TextField, match: Match) -> list[Product]:
    owners = scope.owners(field, match.begin, match.end)
    if not owners:
        return []
    first, last = context.sentence(field, match.begin)
    before = field.lower[max(first, match.begin - 140) : match.begin]
    after = field.lower[match.end : min(last, match.end + 140)]
    if context.NEGATION.search(before):
        return []
    viral = match.term in _viral()
    found = []
    for product in owners:
        if product.concept in _RECEPTOR:
            if match.entry.context == "car":
                found.append(product)
                continue
            targeted = _TARGETING.search(before) is not None
            if targeted or (_TARGETED_AFTER.match(after) and not _EXPRESSED.match(after)):
                found.append(product)
        elif product.concept in _PRIMED:
            if product.concept in ("VirusSpecificTCell", "TumorSpecificTCell", "Ctl", "DcCik") and _primes(
                before, after, viral, product.concept
            ):
                found.append(product)
        elif product.concept in _LOADED and _loads(before, after):
            found.append(product)
    return found


_SPECIFIC: Final = re.compile(
    r"^[)\]]*(?:[ ,/&-]|and |or |\w+[,/ -](?! )){0,8}?(?:specific|directed|reactive|sensitized|immune|primed|"
    r"pulsed|stimulated|ctl|cytotoxic|t[ -]cell|t[ -]lymph|peptide)"
)
_SPECIFIC_BEFORE: Final = re.compile(
    r"(?:specific (?:for|to|against)|directed (?:against|to|at)|against|target\w*|sensitized (?:to|with|"
    r"against)|stimulated with|reactive (?:to|with|against)|"
    r"recogni[sz]\w+|peptides? (?:of|from|derived from)|primed with)[^.;\n]{0,60}$"
)
_LOADING: Final = re.compile(
    r"(?:pulsed|loaded|transfected|electroporated|pulsing|loading|transduced|infected|encoding|expressing|"
    r"peptides?(?: of| from|,)?|antigens?(?: such as|,|:)?|modified)\b[^.;\n]{0,80}$"
)
_LOADED_AFTER: Final = re.compile(
    r"^[)\]]*(?:[ ,/&-]|and |or |rna|mrna|\w+[,/ -]){0,8}?(?:pulsed|loaded|transfected|electroporated|peptides?|"
    r"primed|rna|mrna|antigen|vaccine|transduced)"
)


def _primes(before: str, after: str, viral: bool, concept: str) -> bool:
    if concept == "VirusSpecificTCell" and not viral:
        return False
    if concept == "TumorSpecificTCell" and viral:
        return False
    return _SPECIFIC.match(after) is not None or _SPECIFIC_BEFORE.search(before) is not None


def _loads(before: str, after: str) -> bool:
    if _EXPRESSED.match(after):
        return False
    return _LOADED_AFTER.match(after) is not None or _LOADING.search(before) is not None
