"""The rules by id. To add one: a function in the file of its noun, its line in RULES there, and its two samples."""

from stagecheck.openspec.finding import Rule
from stagecheck.openspec.rules import (
    aims,
    deployment,
    domains,
    forms,
    gateways,
    handlers,
    images,
    leaks,
    paths,
    ports,
    probing,
    relations,
    settings,
    states,
    sums,
    tenancy,
)

RULES: dict[str, Rule] = {
    rule.id: rule
    for noun in (
        ports,
        gateways,
        paths,
        handlers,
        probing,
        settings,
        domains,
        relations,
        images,
        sums,
        states,
        tenancy,
        leaks,
        forms,
        deployment,
        aims,
    )
    for rule in noun.RULES
}

# Which rules answer a row of docs/faults.md.
ROWS: dict[str, tuple[str, ...]] = {
    row: tuple(rule.id for rule in RULES.values() if row in rule.rows)
    for row in sorted({row for rule in RULES.values() for row in rule.rows})
}
