"""A gateway's registry in a code block."""

from __future__ import annotations

from stagecheck.openspec import markdown, registry

PAGE = """\
# Gateway

```python
SERVICES = {
    # the shop
    "shop": {"port": 8010, "path": "/api"},
    "cache": {"port": 6379, "internal": True},
}
OTHER = {"a": {"port": 1}, "b": {"size": 2}}
```

```python
for name, config in SERVICES.items():
    if not config.get("internal"):
        get(f"http://{name}:{config['port']}/health")
```
"""


def test_entries_have_their_lines() -> None:
    found = registry.entries(markdown.parse(PAGE, "gateway.md"))

    assert [(one.key, one.port, one.path, one.internal, one.place.line) for one in found] == [
        ("shop", 8010, "/api", False, 6),
        ("cache", 6379, "", True, 7),
    ]


def test_the_probe_and_what_nobody_reads_are_told() -> None:
    page = markdown.parse(PAGE, "gateway.md")
    probe = registry.probe(page)

    assert probe is not None
    assert (probe[0], probe[1].line) == ("/health", 15)
    assert [(key, place.line) for key, place in registry.unread(page)] == [("path", 6)]


def test_a_sketch_of_code_is_no_registry() -> None:
    page = markdown.parse('```python\nSERVICES = {"a": {"port": 1}, ...\n```\n', "gateway.md")

    assert (registry.entries(page), registry.probe(page), registry.unread(page)) == ([], None, [])


def test_code_that_is_nested_without_end_or_warns_is_read_all_the_same() -> None:
    page = markdown.parse("```python\n" + '{"name": ' * 20_000 + "\n```\n```python\nx = '\\d'\n```\n", "gateway.md")

    assert registry.entries(page) == []
