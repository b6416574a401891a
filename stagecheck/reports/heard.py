"""reports/heard.jsonl and reports/evidence/: what is finished, written at once, so that no crash can take it back."""

from __future__ import annotations

import os
import re
import weakref
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from pydantic_core import to_json

from stagecheck.record import Record
from stagecheck.reports import files, old

FILE = "heard.jsonl"
EVIDENCE = "evidence"


class Heard:
    """The records of a run in the order of hearing; `evidence` maps a check's id to its file under `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.records: list[Record] = []
        self.evidence: dict[str, str] = {}

    def begin(self) -> None:
        """Clear away what an earlier run heard."""
        evidence = self._folder / EVIDENCE
        evidence.mkdir(parents=True, exist_ok=True)
        old.remove(evidence, "*.json")
        (self._folder / FILE).write_text("", encoding="utf-8")

    def add(self, one: Record) -> None:
        """Keep a finished check: its exchanges in a file of their own, the rest as one line."""
        self.records.append(one)
        if one["exchanges"]:
            name = f"{EVIDENCE}/{_file_name(one['id'])}.json"
            files.write(self._folder / name, to_json(one["exchanges"], indent=2))
            self.evidence[one["id"]] = name
        line = {key: value for key, value in one.items() if key != "exchanges"}
        line["evidence"] = self.evidence.get(one["id"], "")
        files.put(self._lines, to_json(line) + b"\n")

    @cached_property
    def _lines(self) -> int:
        """The file of the lines, open for as long as there may be one more."""
        lines = files.to_append(self._folder / FILE)
        weakref.finalize(self, os.close, lines)
        return lines


def _file_name(id: str) -> str:
    """A name that any file system takes; the digest keeps apart what the plain letters do not."""
    return f"{re.sub(r'[^a-zA-Z0-9]+', '-', id).strip('-')[:80]}-{sha256(id.encode()).hexdigest()[:8]}"
