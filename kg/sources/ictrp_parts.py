"""WHO ICTRP: design, groups and interventions, sizes and eligibility, as the registries word them."""

import html
import re
from typing import Final

from kg.record.protocol import (
    ArmGroup,
    ArmsInterventionsModule,
    DesignInfo,
    EligibilityModule,
    EnrollmentInfo,
    Intervention,
    MaskingBlock,
)
from kg.sources import codes, wording
from kg.sources.ctgov_xml_design import masking_and_roles, model
from kg.sources.text_blocks import unwrap
from kg.sources.tree import Node

_BREAK: Final = re.compile(r"\n?<br\s*/?>", re.IGNORECASE)
_PART: Final = re.compile(
    r"(Allocation|Endpoint classification|Intervention model|Primary purpose|Masking|Observational model|"
    r"Time perspective)\s*:\s*",
    re.IGNORECASE,
)
_MODELS: Final = {
    "parallel": "PARALLEL",
    "factorial": "FACTORIAL",
    "sequential": "SEQUENTIAL",
    "cross-over": "CROSSOVER",
    "crossover": "CROSSOVER",
    "single arm": "SINGLE_GROUP",
}
_OBSERVED: Final = {"cohort study": "COHORT", "case-control study": "CASE_CONTROL", "case study": "CASE_ONLY"}
_TYPES: Final = (
    "Behavioral|Biological|Combination Product|Device|Diagnostic Test|Dietary Supplement|Drug|Genetic|Procedure|"
    "Radiation|Other"
)
_TYPED: Final = re.compile(rf"(?:\A|;)\s*({_TYPES}):\s*")
_SIZED: Final = re.compile(r"\s*([^;]+?)\s*:\s*(\d{1,7})\s*(?:;|\Z)")
_LONGEST_SIZES: Final = 5_000
_YEARS_ONLY: Final = frozenset({"ChiCTR"})
"""Registries whose form asks for ages in years and whose exports leave the unit out."""


def clean(text: str | None) -> str | None:
    """Return the text without the portal's `<br>` and character references, which it escapes twice."""
    if text is None:
        return None
    return wording.stated(html.unescape(_BREAK.sub("\n", text)).strip()) or None


def items(text: str | None) -> tuple[str, ...]:
    """Return the parts of a field that the portal joins by semicolons."""
    parts = (" ".join(part.split()) for part in (clean(text) or "").split(";"))
    return tuple(part for part in parts if wording.stated(part))


def design(study_type: str | None, words: str | None) -> tuple[str | None, DesignInfo | None]:
    """Return the code of the study type (None for kinds that the data model lacks) and the design."""
    kind = (study_type or "").casefold()
    code = next(
        (name for name in ("INTERVENTIONAL", "OBSERVATIONAL", "EXPANDED_ACCESS") if kind.startswith(_plain(name))), None
    )
    parts = _parts(words or "")
    depth, who = masking_and_roles(parts.get("masking"))
    depth = depth or wording.masking(words or "")
    block = MaskingBlock(masking=depth, who_masked=who)
    free = (words or "").casefold().strip(" .")
    allocation = codes.code(parts.get("allocation"))
    info = DesignInfo(
        allocation="NA" if allocation == "N_A" else allocation or wording.allocation(free),
        intervention_model=model(parts.get("intervention model")) or _MODELS.get(free),
        primary_purpose=codes.code(parts.get("primary purpose")),
        observational_model=codes.code(parts.get("observational model")) or _OBSERVED.get(free),
        time_perspective=codes.code(parts.get("time perspective"))
        or ("CROSS_SECTIONAL" if free == "cross-sectional" else None),
        masking_info=None if block == MaskingBlock() else block,
    )
    return code, None if info == DesignInfo() else info


def _plain(code: str) -> str:
    return code.replace("_", " ").casefold()


def _parts(words: str) -> dict[str, str]:
    pieces = _PART.split(words)
    return {name.casefold(): value.strip(" ,.;\n") for name, value in zip(pieces[1::2], pieces[2::2], strict=True)}


def sizes_by_group(text: str | None) -> dict[str, int]:
    """Return group to size for a text `treatment:30;control:30;`; empty when it is something else."""
    found: dict[str, int] = {}
    at = 0
    if text is None or len(text) > _LONGEST_SIZES:
        return {}
    for match in _SIZED.finditer(text):
        if match.start() != at or match[1] in found:
            return {}
        found[match[1]] = int(match[2])
        at = match.end()
    return found if not text[at:].strip(" ;") else {}


def enrollment(text: str | None) -> EnrollmentInfo | None:
    """Return the target size: a number, or the sum over the groups that are listed with their sizes."""
    if text is None:
        return None
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
    groups = sizes_by_group(text)
    total = number if number is not None else sum(groups.values()) if groups else None
    return None if total is None else EnrollmentInfo(count=total, type="ESTIMATED")


def arms_interventions(text: str | None, sizes: str | None) -> ArmsInterventionsModule:
    """Return interventions, and arms where the text says of each group with a size what it receives."""
    if text is None:
        return ArmsInterventionsModule()
    typed = _TYPED.split(text)
    if len(typed) > 1 and not typed[0].strip():
        pairs = zip(typed[1::2], typed[2::2], strict=True)
        return ArmsInterventionsModule(
            interventions=tuple(
                Intervention(type=codes.code(kind), name=name.strip(" ;\n") or None) for kind, name in pairs
            )
        )
    groups = _by_group(text, tuple(sizes_by_group(sizes)))
    if not groups:
        name = text.strip(" ;\n")
        return ArmsInterventionsModule(interventions=(Intervention(name=name),) if wording.stated(name) else ())
    given = [(label, what) for label, what in groups if wording.stated(what)]
    return ArmsInterventionsModule(
        arm_groups=tuple(
            ArmGroup(
                label=label,
                description=wording.stated(what),
                intervention_names=(what,) if wording.stated(what) else (),
            )
            for label, what in groups
        ),
        interventions=tuple(Intervention(name=what, arm_group_labels=(label,)) for label, what in given),
    )


def _by_group(text: str, labels: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return (group, what it receives) when the text has every group in order, each followed by a colon."""
    found = []
    rest = text
    for number, label in enumerate(labels):
        start = re.match(rf"\s*{re.escape(label)}\s*:", rest, re.IGNORECASE)
        if start is None:
            return []
        rest = rest[start.end() :]
        following = labels[number + 1 : number + 2]
        end = re.search(rf";\s*(?={re.escape(following[0])}\s*:)", rest, re.IGNORECASE) if following else None
        if following and end is None:
            return []
        found.append((label, rest[: end.start() if end else len(rest)].strip(" ;\n")))
        rest = rest[end.end() :] if end else ""
    return found


def eligibility(root: Node, register: str | None) -> EligibilityModule:
    """Return criteria, ages and sex."""
    inclusion, exclusion = _criteria(root.text("Inclusion_Criteria")), _criteria(root.text("Exclusion_Criteria"))
    both = inclusion is not None and exclusion is None and re.search(r"exclusion criteria", inclusion, re.IGNORECASE)
    return EligibilityModule(
        eligibility_criteria=inclusion if both else wording.criteria(inclusion, exclusion),
        sex=wording.sex_code(root.text("Inclusion_gender")),
        minimum_age=_age(root.text("Inclusion_agemin"), register),
        maximum_age=_age(root.text("Inclusion_agemax"), register),
    )


def _criteria(text: str | None) -> str | None:
    """Return criteria without the portal's markup; those of ClinicalTrials.gov keep its layout, which is undone."""
    if text is None:
        return None
    plain = html.unescape(_BREAK.sub("\n", text))
    return unwrap(plain) if re.search(r"\n {6,}\S", plain) else clean(text)


def _age(text: str | None, register: str | None) -> str | None:
    """Return an age limit; registries also send `-`, `??` and `ND` for none."""
    age = codes.age(text)
    if age and not any(character.isdigit() for character in age):
        return None
    if age and age.isascii() and age.isdigit() and register in _YEARS_ONLY:
        return f"{age} Years"
    return age
