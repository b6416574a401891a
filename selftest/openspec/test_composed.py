"""Compose files and blocks, with the line of each key."""

from __future__ import annotations

from pathlib import Path

import pytest

from stagecheck.errors import BadInput
from stagecheck.openspec import composed, markdown
from stagecheck.openspec.markdown import Place

FILE = """\
services:
  shop:
    image: acme/shop:1.4
    container_name: acme-shop
    depends_on:
      database: {condition: service_healthy}
    environment:
      - SHOP_MODE=fast
      - EMPTY
    ports:
      - "127.0.0.1:8010:8000"
      - target: 9000
        published: "9010"
    healthcheck:
      test: ["CMD", "curl", "http://localhost:8000/health"]
    labels: {traefik.enable: "true"}
  network-only: {driver: bridge}
"""


def test_a_file_is_read_with_its_lines(tmp_path: Path) -> None:
    path = tmp_path / "compose.yml"
    path.write_text(FILE)

    (shop,) = composed.in_file(path, "compose.yml")

    assert (shop.key, shop.image, shop.container, shop.needs) == ("shop", "acme/shop:1.4", "acme-shop", ("database",))
    assert [(str(port), port.place.line) for port in shop.ports] == [("8010:8000", 11), ("9010:9000", 12)]
    assert [(name, one.value) for name, one in shop.environment.items()] == [("SHOP_MODE", "fast"), ("EMPTY", "")]
    assert (shop.health, shop.labels) == ("CMD curl http://localhost:8000/health", ("traefik.enable=true",))
    assert (shop.at("image"), shop.at("command")) == (Place("compose.yml", 3), Place("compose.yml", 2))


def test_a_block_may_begin_with_the_services_key() -> None:
    text = "# Shop\n\n## Local Development\n```yaml\nshop:\n  image: acme/shop\n  ports: [8010:8000]\n```\n"
    (block,) = markdown.parse(text, "shop.md").blocks

    (shop,) = composed.in_block(block)

    assert (shop.key, shop.place.line, shop.local) == ("shop", 5, True)


@pytest.mark.parametrize("text", ["jobs:\n  build: {runs-on: x}", "a: [", "- a", "just text"])
def test_other_yaml_in_a_text_is_no_compose_block(text: str) -> None:
    (block,) = markdown.parse(f"```yaml\n{text}\n```\n", "a.md").blocks

    assert composed.in_block(block) == ()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("services: [", ":1: not YAML: expected the node content, but found '<stream end>'"),
        ("name: x\n", ": no compose file: it has no mapping 'services'"),
        ("a: 1\n\xff".encode("latin-1"), ":2: not UTF-8: byte 0xff"),
    ],
)
def test_what_is_no_compose_file_is_refused_in_one_line(content: str | bytes, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "compose.yml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())

    with pytest.raises(BadInput) as refused:
        composed.in_file(path, "compose.yml")
    assert str(refused.value) == f"{path}{sentence}"


@pytest.mark.parametrize(
    ("text", "outer", "inner"),
    [("8002:4000", 8002, 4000), ("8080", None, 8080), ("TBD:3000", None, 3000), ("53:53/udp", 53, 53)],
)
def test_ports_in_their_forms(text: str, outer: int | None, inner: int) -> None:
    port = composed.port(text, Place("a", 1))

    assert port is not None
    assert (port.outer, port.inner, port.undecided) == (outer, inner, "TBD" in text)


def test_what_is_no_port_is_none() -> None:
    assert composed.port("acme-shop", Place("a", 1)) is None


@pytest.mark.parametrize("build", ["./shop", "{context: shop, dockerfile: Dockerfile}"])
def test_the_file_of_an_image_is_read_where_it_is_there(build: str, tmp_path: Path) -> None:
    path = tmp_path / "compose.yml"
    path.write_text(f"services:\n  shop: {{build: {build}}}\n  crm: {{build: ./crm}}\n")
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "Dockerfile").write_text("FROM scratch\n")

    shop, crm = composed.in_file(path, "compose.yml")

    assert (shop.image_file, crm.image_file) == ("FROM scratch\n", "")
