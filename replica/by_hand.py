"""Two files in the state folder by which a shell reaches the replica: after `. STATE/env`, curl finds the platform."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path

from replica.serving import HOST

ENV = "env"


def write(state: Path, connect: Mapping[str, str], ca_file: str, variables: Mapping[str, str]) -> None:
    """The variables for a shell, and for curl what it reads by itself from $CURL_HOME (curl(1), --config)."""
    told = places(connect)
    options = ['noproxy = "*"', f'cacert = "{ca_file}"', *(f'connect-to = "{name}:{told[name]}"' for name in told)]
    (state / ".curlrc").write_text("\n".join([*options, ""]))
    exports = {"CURL_HOME": str(state), **variables}
    (state / ENV).write_text("".join(f"export {name}={shlex.quote(value)}\n" for name, value in exports.items()))


def places(connect: Mapping[str, str]) -> dict[str, str]:
    """HOST:PORT of each address; a port alone is one of loopback."""
    return {name: f"{HOST}{where}" if where.startswith(":") else where for name, where in connect.items()}
