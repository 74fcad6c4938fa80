"""What linking reads out of a record: terms and parts, each with the words it rests on.

Terms are local names of the ontology (`Haploidentical`, `NaturalKillerCell`), substances
are slugs of INNs (`lenalidomide`), antigens are gene symbols (`CD19`). Indices are 1-based
and equal the last segment of the node's IRI (`/product/1`). A value without evidence comes
from a coded field of the record, never from text.

These hold strings, numbers and tuples of one another, never a cycle: the garbage collector may
pass over them (`gc=False`).
"""

from msgspec import Struct


class Evidence(Struct, frozen=True, gc=False):
    """The words of the record on which a statement rests."""

    field: str
    """Path of the field: `protocolSection.armsInterventionsModule.interventions[0].description`."""
    begin: int
    """Code points from the start of the field's text."""
    end: int
    quote: str
    """Exactly `text[begin:end]` of that field."""
    rule: str
    """Rule id, or lexicon row id."""
    strength: str = "Stated"
    """`Stated`, `Entailed` or `Probable`."""


class Finding(Struct, frozen=True, gc=False):
    """A term, number or text with its evidence."""

    value: str
    evidence: tuple[Evidence, ...] = ()


class LinkedDose(Struct, kw_only=True, gc=False):
    """A dose: amount with unit, timing, number of infusions; every part optional."""

    amount: str | None = None
    """A decimal in canonical lexical form (`1000000`, never `1e6`)."""
    amount_text: str | None = None
    unit: str | None = None
    per_kilogram: bool | None = None
    relative_day: str | None = None
    """As stated, relative to the infusion: `-5 to -3`, `0`."""
    number_of_infusions: int | None = None
    schedule: str | None = None
    evidence: tuple[Evidence, ...] = ()


class LinkedProduct(Struct, kw_only=True, gc=False):
    """A cell product by its parts. Parts that the record does not state stay empty."""

    label: str
    evidence: tuple[Evidence, ...] = ()
    """Of the product as such."""
    cell_types: tuple[Finding, ...] = ()
    product_kinds: tuple[Finding, ...] = ()
    donors: tuple[Finding, ...] = ()
    source_tissues: tuple[Finding, ...] = ()
    modifications: tuple[Finding, ...] = ()
    manipulations: tuple[Finding, ...] = ()
    targets: tuple[Finding, ...] = ()
    expanded_ex_vivo: Finding | None = None
    expansion_methods: tuple[Finding, ...] = ()
    product_names: tuple[Finding, ...] = ()


class TextIntervention(Struct, kw_only=True, gc=False):
    """An intervention that only the text names (`/intervention/text-1`)."""

    label: str
    evidence: tuple[Evidence, ...] = ()
    products: tuple[int, ...] = ()
    agents: tuple[Finding, ...] = ()
    background: bool = False
    """Participants receive it anyway: `ckg:hasBackgroundTherapy` instead of `ckg:hasIntervention`."""


class InterventionLinks(Struct, kw_only=True, gc=False):
    """What intervention n of the record administers."""

    intervention: int
    products: tuple[int, ...] = ()
    agents: tuple[Finding, ...] = ()
    """Substance slugs; `radiation/total-body-irradiation` for radiation."""
    background: bool = False
    """The record lists it, and participants receive it anyway."""
    evidence: tuple[Evidence, ...] = ()


class LinkedAdministration(Struct, kw_only=True, gc=False):
    """What an arm gives: a product or agent of an intervention, with dose, route and intent."""

    intervention: str
    """`1` or `text-1`: last segment of the intervention's IRI."""
    product: int | None = None
    doses: tuple[LinkedDose, ...] = ()
    routes: tuple[Finding, ...] = ()
    """`Intravenous`, `Intrathecal`, ..."""
    intents: tuple[Finding, ...] = ()
    """`Prophylactic`, `Preemptive`, `Therapeutic`."""
    given_after: tuple[int, ...] = ()
    """Regimens that precede it."""
    evidence: tuple[Evidence, ...] = ()


class RegimenComponent(Struct, kw_only=True, gc=False):
    """An agent of a regimen with its doses."""

    agent: Finding
    doses: tuple[LinkedDose, ...] = ()


class LinkedRegimen(Struct, kw_only=True, gc=False):
    """Conditioning, lymphodepletion or cytoreduction before cells."""

    label: str
    purposes: tuple[Finding, ...] = ()
    """`Lymphodepletion`, `TransplantConditioning`, `Cytoreduction`."""
    components: tuple[RegimenComponent, ...] = ()
    population_states: tuple[Finding, ...] = ()
    evidence: tuple[Evidence, ...] = ()


class ArmLinks(Struct, kw_only=True, gc=False):
    """What one arm gives. `arm` is `1`, `2`, ... or `implicit` for a document that states no arms."""

    arm: str
    administrations: tuple[LinkedAdministration, ...] = ()
    conditioning: tuple[int, ...] = ()
    """Regimens, by number."""
    cytokine_support: tuple[Finding, ...] = ()
    population_states: tuple[Finding, ...] = ()


class OutcomeLinks(Struct, kw_only=True, gc=False):
    """What a planned outcome measures. `outcome` is `primary/1`, `secondary/2`, `other/1` or `unspecified/1`."""

    outcome: str
    endpoints: tuple[Finding, ...] = ()
    time_frame_value: str | None = None
    """A decimal in canonical lexical form."""
    time_frame_unit: str | None = None
    """`Day`, `Week`, `Month`, `Year`, `Hour`, `Cycle`."""
    time_frame_evidence: tuple[Evidence, ...] = ()


class CategoryLink(Struct, frozen=True, kw_only=True, gc=False):
    """A class and category of a reported outcome (0-based) that is a response category."""

    class_index: int
    category_index: int
    response: Finding


class ReportedLinks(Struct, kw_only=True, gc=False):
    """How reported outcome n (1-based) answers a planned one, and what its rows say."""

    reported: int
    answers: Finding | None = None
    """Value: `primary/1`; the rule says how it was matched."""
    endpoints: tuple[Finding, ...] = ()
    response_criteria: tuple[Finding, ...] = ()
    categories: tuple[CategoryLink, ...] = ()


class GroupLink(Struct, frozen=True, kw_only=True, gc=False):
    """A result group that corresponds to an arm."""

    group: str
    """The group inside its module: `outcome/2/OG000`, `flow/FG000`, `event/EG000`, `baseline/BG000`."""
    arm: Finding
    """Value: number of the arm."""


class StatedResult(Struct, kw_only=True, gc=False):
    """A result that only text states (an article's abstract): `6 of 9 patients showed stable disease`."""

    label: str
    endpoint: Finding | None = None
    response: Finding | None = None
    numerator: int | None = None
    denominator: int | None = None
    value: str | None = None
    unit: str | None = None
    criteria: tuple[Finding, ...] = ()
    evidence: tuple[Evidence, ...] = ()


class ConditionLink(Struct, kw_only=True, gc=False):
    """A condition of the trial: a concept of the ontology, a MeSH heading, or the words as stated."""

    id: str
    """Last segment of the condition's IRI: `mesh-D015470`, or a slug."""
    label: str
    stated_as: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()


class OrganizationLink(Struct, frozen=True, kw_only=True, gc=False):
    """An organisation of the record with its identity in the Research Organization Registry."""

    name: str
    """The name as stated."""
    ror: Finding
    """Value: the id without its namespace, `040gcmg81`."""


class Links(Struct, kw_only=True, gc=False):
    """Everything that linking found in one document."""

    products: tuple[LinkedProduct, ...] = ()
    interventions: tuple[InterventionLinks, ...] = ()
    text_interventions: tuple[TextIntervention, ...] = ()
    regimens: tuple[LinkedRegimen, ...] = ()
    arms: tuple[ArmLinks, ...] = ()
    organizations: tuple[OrganizationLink, ...] = ()
    conditions: tuple[ConditionLink, ...] = ()
    population_states: tuple[Finding, ...] = ()
    outcomes: tuple[OutcomeLinks, ...] = ()
    reported: tuple[ReportedLinks, ...] = ()
    groups: tuple[GroupLink, ...] = ()
    stated_results: tuple[StatedResult, ...] = ()
