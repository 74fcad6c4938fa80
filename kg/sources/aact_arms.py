"""AACT: arms, interventions and sites of a study, joined by the keys of their rows."""

from kg.record.protocol import (
    ArmGroup,
    ArmsInterventionsModule,
    Contact,
    ContactsLocationsModule,
    GeoPoint,
    Intervention,
    Location,
    Official,
)
from kg.sources import codes
from kg.sources.tree import Node


def arms_interventions(root: Node) -> ArmsInterventionsModule:
    """Return arms and interventions; `design_group_interventions` says which arm uses which."""
    labels = {node.peek("id"): node.peek("title") for node in root.nodes("design_groups")}
    names: dict[str | None, str] = {}
    for node in root.nodes("interventions"):
        kind, name = codes.code(node.peek("intervention_type")), node.peek("name") or ""
        names[node.peek("id")] = f"{kind.replace('_', ' ').title()}: {name}" if kind else name
    of_arm: dict[str | None, dict[str, str]] = {}
    of_intervention: dict[str | None, list[str]] = {}
    for node in root.nodes("design_group_interventions"):
        arm, intervention = node.peek("design_group_id"), node.peek("intervention_id")
        label = labels.get(arm)
        if label is None or intervention not in names:
            continue  # stays unread, so that it is reported
        node.text("design_group_id")
        node.text("intervention_id")
        of_arm.setdefault(arm, {}).setdefault(names[intervention].casefold(), names[intervention])
        of_intervention.setdefault(intervention, []).append(label)
    others: dict[str | None, list[str]] = {}
    for node in root.nodes("intervention_other_names"):
        other = node.text("name")
        if other:
            others.setdefault(node.text("intervention_id"), []).append(other)
    return ArmsInterventionsModule(
        arm_groups=tuple(
            ArmGroup(
                label=node.text("title"),
                type=codes.code(node.text("group_type")),
                description=node.text("description"),
                intervention_names=tuple(of_arm.pop(node.peek("id"), {}).values()),
            )
            for node in root.nodes("design_groups")
        ),
        interventions=tuple(
            Intervention(
                type=codes.code(node.text("intervention_type")),
                name=node.text("name"),
                description=node.text("description"),
                arm_group_labels=tuple(of_intervention.pop(node.peek("id"), ())),
                other_names=tuple(others.pop(node.peek("id"), ())),
            )
            for node in root.nodes("interventions")
        ),
    )


def contacts_locations(root: Node) -> ContactsLocationsModule:
    """Return officials, contacts and sites with their people."""
    people: dict[str | None, list[Contact]] = {}
    for table, role in (("facility_contacts", "CONTACT"), ("facility_investigators", "PRINCIPAL_INVESTIGATOR")):
        for node in root.nodes(table):
            contact = _contact(node, codes.code(node.text("role")) or role)
            people.setdefault(node.text("facility_id"), []).append(contact)
    return ContactsLocationsModule(
        central_contacts=tuple(
            _contact(node, codes.code(node.text("role")) or "CONTACT") for node in root.nodes("central_contacts")
        ),
        overall_officials=tuple(
            Official(name=node.text("name"), affiliation=node.text("affiliation"), role=codes.code(node.text("role")))
            for node in root.nodes("overall_officials")
        ),
        locations=tuple(
            Location(
                facility=node.text("name"),
                status=codes.code(node.text("status")),
                city=node.text("city"),
                state=node.text("state"),
                zip=node.text("zip"),
                country=node.text("country"),
                contacts=tuple(people.pop(node.peek("id"), ())),
                geo_point=_point(node),
            )
            for node in root.nodes("facilities")
        ),
    )


def _contact(node: Node, role: str) -> Contact:
    return Contact(
        name=node.text("name"),
        role=role,
        phone=node.text("phone"),
        phone_ext=node.text("phone_extension"),
        email=node.text("email"),
    )


def _point(node: Node) -> GeoPoint | None:
    """Return the coordinates; values that are none stay unread, so that they are reported."""
    try:
        point = GeoPoint(lat=float(node.peek("latitude") or ""), lon=float(node.peek("longitude") or ""))
    except ValueError:
        return None
    if not (-90 <= point.lat <= 90 and -180 <= point.lon <= 180):
        return None
    node.text("latitude")
    node.text("longitude")
    return point
