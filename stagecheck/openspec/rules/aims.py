"""The targets against the specification: their names, what they refer to, what they ask."""

from __future__ import annotations

from collections.abc import Iterator

from stagecheck.openspec import naming
from stagecheck.openspec.finding import Case, Found, Rule
from stagecheck.openspec.markdown import Place
from stagecheck.openspec.reference import Reference, of_target


def service_unknown(case: Case) -> Iterator[Found]:
    """A target is a service of the specification, under its id."""
    for one in case.targets:
        name = one.target.service
        if name not in case.tree.by_id:
            near = naming.by_key(name, case.tree.services)
            hint = f"; '{near.id}' is" if near else ""
            yield Found(Place(one.path, one.line_of("service")), f"'{name}' is no service of the specification{hint}")


def reference_missing(case: Case) -> Iterator[Found]:
    """A target says from which file of the specification it is."""
    for one in case.targets:
        if not one.target.spec:
            sentence = f"the target '{one.target.service}' does not say from which specification it is"
            yield Found(Place(one.path, one.line_of("service")), sentence)


def reference_wrong(case: Case) -> Iterator[Found]:
    """What a target refers to is there: the file, and the section."""
    for one in case.targets:
        for reference in of_target(one):
            what = _lacking(case, reference)
            if what:
                yield Found(reference.place, f"{what} is not in the specification")


RULES = (
    Rule("target-service-unknown", "a target is no service of the specification", service_unknown),
    Rule("target-without-reference", "a target names no specification", reference_missing, level="warning"),
    Rule("target-reference-wrong", "a target refers to what is not there", reference_wrong),
)


def _lacking(case: Case, reference: Reference) -> str:
    page = case.tree.page(reference.file)
    if page is None:
        return f"the file '{reference.file}'"
    if reference.anchor and reference.anchor not in {heading.anchor for heading in page.headings}:
        return f"the section '#{reference.anchor}' of {reference.file}"
    return ""
