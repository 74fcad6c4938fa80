"""Whether a mention of cells says that participants are given them.

Cells are talked about in many ways: as disease ("T-cell lymphoma"), as a count, as what
participants had before, as what a drug acts on. Only what is given makes a product.
"""

import re
from typing import Final

from kg.linking import context
from kg.linking.mentions import Mention

NOT_CELLS_AFTER: Final = re.compile(
    r"^-target(?:ed|ing)|^[)\]'s]*(?: ?\([^()]{1,14}\))?[ -]*(?:derived |based |mediated |lineage |"
    r"h[a]?ematolog\w+ |lymphoid |"
    r"mature |precursor )?(?:non-?hodgkin|acute lymph|all\b|large|childhood|adult|prolymph|lymphoma|leuk[a]?emi|"
    r"cancer|carcinoma|malignan|neoplas|disorder|disease|tumou?rs?\b|sarcoma|myeloma|aplasia|"
    r"exosome|extracellular vesicle|microvesicle|secretome|conditioned medi|supernatant|lysates?\b(?! pulsed)|"
    r"extract\b|"
    r"counts?\b|numbers?\b|levels?\b|engager|activat(?:or|ing antibod)|inhibit|antagonist|agonist|checkpoint|engag|"
    r"epitope|receptor\b|antigen\b(?!-)|antibod|responses?\b|immunity|ability|abilities|function|activity|"
    r"reactivity|prolifer|"
    r"engraftment|chimerism|recovery|reconstitution|persistence|expansion in|phenotyp|subsets?\b|populations?\b|"
    r"(?:super|hyper)?mobili[sz]|harvest|collection|procurement|donation|donors?\b|apheresis|storage|banking|"
    r"growth factor|factor|colony|stimulat\w+ (?:factor|antibod)|globulin|toxicity|deplet\w+|reduced\b|(?:and|/|"
    r",) [\w+/ -]{0,28}?deplet\w+|"
    r"monocyte ratio|ratio\b|assay|analysis|culture (?:system|medi)|infiltration|adhesion|migration|differentiation|"
    r"dysfunction|dystrophy|deficien|burden|biology|homing|markers?\b|arthritis|loss|regeneration|senescence|"
    r"failure|rejection|indication|predominan\w*|activati(?:on|ng)|replete|profile|maturation|recipients?\b|candidates?\b|survivors?\b|"
    r"ctn\b|unit at|physicians?|patients|trial network|"
    r"program|center|centre|registry|network|clinic\b|services?\b|ward|society)"
)
NOT_CELLS_BEFORE: Final = re.compile(
    r"(?:\banti-?(?!-? ?(?:cd|car))|count of|number of|numbers of|level of|levels of|percentage of|"
    r"proportion of|detection of|"
    r"activat(?:e|es|ion of|ing)|stimulat(?:e|es|ion of|ing)|inhibit\w*(?: of)?|deplet(?:e|es|ion of|ing)|"
    r"mobili[sz](?:e|ation of|ing|es)|differentiation of|survival of|function of|respon[sd]\w* (?:of|from)|"
    r"effect\w* on|"
    r"endogenous|circulating|host|residual|reduc\w+ (?:of |in )?|inhibition of|infiltration of|induction of|induce|"
    r"recruit\w*|attract\w*|harvest(?:ing)? of|collection of|procurement of|persistence of|engraftment of|"
    r"(?:loss|lack|growth|proliferation|recovery|reconstitution|cytotoxicity|injury|damage|targets?|role|biology) of|"
    r"expressed (?:on|by)|infect\w*|kill(?:s|ing)?|destroy(?:s|ing|ed)?|attack\w*|presence of|measure\w*|monitor\w*|"
    r"conditioned|resection of|exosomes? (?:from|of)|vesicles (?:from|of)|candidates? for|waiting for|rejection of|"
    r"time (?:to|from|until)|recovery from|(?:before|prior to)(?: undergoing| receiving)?|preceding|after|following|"
    r"since|post|until|awaiting|donor search|"
    r"potential|eligible for|"
    r"complications? (?:of|after|following)|(?:regimens?|conditioning|chemotherapy) for)"
    r"(?: |-)(?:the |their |a |an |all |your |of |patient'?s? |original |first |last |specific |cd\d+\+? |"
    r"autologous |allogeneic |"
    r"donor |human |(?:t[ -]cell )?depleted |auto[ -]?|allo[ -]?|haplo[ -]?|(?:un|mis)?(?:related|matched) |sibling |"
    r"peripheral |"
    r"non-?myeloablative |myeloablative |"
    r"haploidentical |tandem |full-intensity |"
    r"(?:[\w-]+ ){0,3}(?:chemo|radio|chemoradio)?(?:therapy|treatment|irradiation) and )*$"
)
_FOUND_ON: Final = re.compile(
    r"\b(?:expression|receptors?|binding|markers?|antigens?)\b[^.;\n]{0,40}?\bon\b[^.;,\n]{0,30}$"
)
GIVE_BEFORE: Final = re.compile(
    r"\b(?:receiv(?:e|es|ed|ing)|under(?:go|goes|went|going)|get(?:s)?|giv(?:e|en|es|ing)|infus(?:e|ed|es|ion|"
    r"ions|ing)|"
    r"re-?infus(?:ed|ion|ions)|inject(?:ed|ion|ions|ing)?|administ(?:er|ered|ering|ration|rations|rated)|"
    r"transplant(?:ed|ation|ing|s)?|"
    r"implant(?:ed|ation|ations|s|ing)?|transfus(?:ed|ion|ions)|treat(?:ed|ment|ing)?(?: \w+){0,3} (?:with|by|"
    r"using)|therapy (?:with|using)|"
    r"transfer of|vaccinat(?:ed|ion|ions)(?: with)?|immuni[sz](?:ed|ation|ations)|boost(?:ed)? (?:with|of)|"
    r"use of|using|"
    r"combin(?:ed|ation|ing) (?:of|with)|followed by|plus|deliver(?:y|ed|ing)|instill(?:ed|ation)|graft(?:ed|"
    r"ing)? (?:with|of)|"
    r"safety (?:and \w+ )?of|efficacy (?:and \w+ )?of|dos(?:e|es|ing) of|feasibility of|rescued? with|"
    r"support(?:ed)? (?:with|by)|"
    r"evaluat\w+|study of|trial of|assess\w*|application of|effect(?:s|iveness)? of|adoptive)\b[^.;:\n]{0,110}$"
)
GIVE_AFTER: Final = re.compile(
    r"^[^.;\n]{0,110}?\b(?:(?:is|are|be|being|was|were|then|will be)\W+(?:\w+\W+){0,4}?(?:re-?infused|infused|"
    r"injected|given|administ\w+|transplanted|"
    r"implanted|transfused|returned|transferred|delivered|applied|grafted|instilled|used to treat)|"
    r"infusions?\b|injections?\b|re-?infusion|transfusions?\b|administration|implantation|transplant\w*|"
    r"therapy\b|treatment\b|immunotherapy|"
    r"vaccin\w+|rescue\b|support\b|i\.?v\.?\b|intravenous\w*|grafts?\b|boost\b|subcutaneous\w*|intradermal\w*)"
)
_COLLECTED: Final = re.compile(
    r"^[^.;\n]{0,40}?\b(?:is|are|be|being|was|were)\W+(?:\w+\W+){0,2}?(?:collected|harvested|mobili[sz]ed|"
    r"stored|frozen|cryopreserved|"
    r"obtained|isolated|donated|measured|analy[sz]ed|assessed|evaluated)\b(?![^.;\n]{0,60}\b(?:infused|"
    r"transplanted|injected|given)\b)"
)
_PAST: Final = re.compile(
    r"\b(?:have shown|has been shown|previous(?:ly)? (?:stud|report|show|trial)|clinical trials (?:have|of)|"
    r"studies have|"
    r"in animal|animal models?|in mice|mouse|in vitro stud|pre-?clinical|we have (?:previously )?(?:shown|treated)|"
    r"standard (?:of care|treatment|therapy) (?:is|for|of)|historically|in the literature|known to|it is known|"
    r"reported)\b"
)


def is_of_cells(mention: Mention) -> bool:
    """Whether what follows leaves the mention cells: not a lymphoma, a count, an exosome."""
    return NOT_CELLS_AFTER.match(mention.field.lower[mention.end : mention.end + 40]) is None


_WITHOUT_CELLS: Final = re.compile(
    r"[)\]'s]*[ -]*(?:derived )?(?:exosome|extracellular vesicle|microvesicle|secretome|conditioned medi|"
    r"lysates?\b(?! pulsed))"
)


def is_without_cells(mention: Mention) -> bool:
    """Whether what follows makes the mention a product of cells that holds none: an exosome, a secretome, a lysate."""
    return _WITHOUT_CELLS.match(mention.field.lower, mention.end) is not None


def names_cells(mention: Mention) -> bool:
    """Whether the mention means cells as such and not a disease, a count, an antibody, a process."""
    if not is_of_cells(mention):
        return False
    text = mention.field.lower
    if _FOUND_ON.search(text[max(0, mention.anchor - 90) : mention.anchor]):
        return False
    return NOT_CELLS_BEFORE.search(text[max(0, mention.anchor - 60) : mention.anchor]) is None


def is_asserted(mention: Mention) -> bool:
    """Whether the mention may be a product: cells, not their source, not negated, not background."""
    if mention.source or not names_cells(mention):
        return False
    around = context.around(mention.field, mention.anchor, mention.end)
    return around.asserted and not around.donor


def is_given(mention: Mention) -> bool:
    """Whether the mention's sentence says that participants are given the cells."""
    if not is_asserted(mention):
        return False
    first, last = context.sentence(mention.field, mention.begin)
    text = mention.field.lower
    if _PAST.search(text, first, last):
        return False
    if mention.given:
        return True
    if _COLLECTED.match(text[mention.end : last]):
        return False
    if GIVE_BEFORE.search(text[max(first, mention.begin - 150) : mention.begin]):
        return True
    return GIVE_AFTER.match(text[mention.end : min(last, mention.end + 200)]) is not None


_SCHEMA: Final = re.compile(
    r"\bwe (?:will|plan to|intend to)? ?(?:infuse|give|administer|transplant|inject)\b|"
    r"\bday[s ]*[+]?0\b|\bday zero\b|\bon days? |"
    r"(?:patients?|subjects?|participants?|recipients?|they|he or she|all|you|children|"
    r"women)\b[^.;:\n]{0,60}?\b(?:then |also |will |to |may |subsequently |be )*"
    r"(?:receiv(?:e|ed)|under(?:go|went|goes)|get|be given|infused|given|proceed to|treated with)\b|"
    r"(?:is|are|be|was|were) (?:\w+ )?(?:re-?infused|infused|given|transplanted|performed|administered|injected|"
    r"returned|implanted)|"
    r"\b(?:undergo|receive|receives|undergoes)\b"
)
_WHOM: Final = re.compile(
    r"\bhad (?:received|undergone)\b[^.;:\n]*$|"
    r"\b(?:patients|subjects|adults|children|participants) with [^.;:\n]{0,60}? treated with\b[^.;:\n]{0,60}$"
)
"""What people had before the study: `patients with lymphoma treated with`, `had received chemotherapy and`."""


def is_in_schema(mention: Mention) -> bool:
    """Whether a treatment schema gives the cells: `patients undergo`, `are infused on day 0`."""
    if not is_given(mention):
        return False
    first, last = context.sentence(mention.field, mention.begin)
    text = mention.field.lower
    return _SCHEMA.search(text, first, last) is not None and _WHOM.search(text, first, mention.begin) is None


_HANDED_BEFORE: Final = re.compile(
    r"\b(?:receiv\w*|infus\w*|re-?infus\w*|inject\w*|administ\w*|transplant\w*|implant\w*|transfus\w*|given|"
    r"treated with|vaccinat\w*|"
    r"dose of|doses of|injection of|transfer of|treatment with)\b[^,.;:\n]{0,70}$"
)
_HANDED_AFTER: Final = re.compile(
    r"^[^,.;:\n]{0,45}?\b(?:infus\w*|re-?infus\w*|inject\w*|administ\w*|transplant\w*|implant\w*|transfus\w*|"
    r"given|returned|vaccin\w*)\b"
)


def is_handed(mention: Mention) -> bool:
    """Whether a word of giving stands next to the cells, in the same clause; a field that begins with them counts."""
    if mention.given or mention.begin < 25:
        return True
    text = mention.field.lower
    before, after = text[max(0, mention.begin - 110) : mention.begin], text[mention.end : mention.end + 80]
    return _HANDED_BEFORE.search(before) is not None or _HANDED_AFTER.match(after) is not None


_DEFINED: Final = re.compile(
    r"^[^.;\n]{2,90}?\b(?:is|are|consists? of|contains?|comprises?|:|refers to)\b[^.;\n]{0,130}$"
)
_OF_ANOTHER_KIND: Final = re.compile(
    r"\b(?:antibod\w+|inhibitors?|ligands?|proteins?|virus|molecules?|engagers?|agonists?|adc|conjugate\w*|"
    r"cytokine\b(?! induced)|"
    r"chimerism|detection|defined as|percentage|proportion|interleukin|enzyme|peptides?|nanopart\w+|drug|device|"
    r"test|assay|procedure)\b"
)
_IN_VIVO: Final = re.compile(
    r"\bin[ -]vivo\b[^.;\n]{0,60}\b(?:car|tcr|generat|engineer|chimeric)|\b(?:generat|engineer|"
    r"transduc)\w*[^.;\n]{0,50}\bin[ -]vivo\b"
)


def is_defined(mention: Mention) -> bool:
    """Whether a description's first sentence says what the intervention is: `MT027 is an allogeneic UCAR-T`."""
    first, _ = context.sentence(mention.field, mention.begin)
    if first > 0 or not is_asserted(mention) or made_in_vivo(mention):
        return False
    before = mention.field.lower[: mention.begin]
    return _DEFINED.match(before) is not None and _OF_ANOTHER_KIND.search(before) is None


def made_in_vivo(mention: Mention) -> bool:
    """Whether the cells arise in the body: a vector is given and no cells are."""
    first, last = context.sentence(mention.field, mention.begin)
    return _IN_VIVO.search(mention.field.lower, first, last) is not None


_STUDIED: Final = re.compile(
    r"\b(?:safety|efficacy|efficiency|tolerability|effectiveness|feasibility)\b[^.;\n]{0,80}?\b(?:of|for|with|"
    r"using)\b[^.;\n]{0,60}$"
)


def is_studied(mention: Mention) -> bool:
    """Whether a sentence says that the safety or efficacy of the cells is what the trial studies."""
    if not is_asserted(mention):
        return False
    first, _ = context.sentence(mention.field, mention.begin)
    return _STUDIED.search(mention.field.lower[first : mention.begin]) is not None
