"""The cell products of a document and which intervention administers which: the entry of this half of linking."""

from kg.linking.administrations import find_administrations
from kg.linking.fields import Reading
from kg.linking.mentions import find_mentions
from kg.linking.products import find_products, linked
from kg.record.links import InterventionLinks, Links, TextIntervention


def link_cells(reading: Reading) -> Links:
    """Return the products, the interventions that give them, and interventions that only the text names."""
    mentions = find_mentions(reading)
    if not mentions:
        return Links()
    products = find_products(reading, mentions)
    if not products:
        return Links()
    by_intervention: dict[int, list[int]] = {}
    texts: list[TextIntervention] = []
    for number, product in enumerate(products, 1):
        for intervention in product.interventions:
            by_intervention.setdefault(intervention, []).append(number)
        if not product.interventions:
            made = linked(product)
            texts.append(TextIntervention(label=made.label, evidence=made.evidence, products=(number,)))
    return Links(
        products=tuple(linked(product) for product in products),
        interventions=tuple(
            InterventionLinks(
                intervention=intervention,
                products=tuple(numbers),
            )
            for intervention, numbers in sorted(by_intervention.items())
        ),
        text_interventions=tuple(texts),
        arms=find_administrations(reading, mentions, products),
    )
