"""The schemas for editors are those of the model, and accept what the loader accepts."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from stagecheck import schema

ROOT = Path(__file__).parent.parent
MADE = schema.SCHEMAS


@pytest.mark.parametrize("name", MADE)
def test_the_file_equals_the_model(name):
    written = json.loads((ROOT / "docs" / f"{name}.schema.json").read_text())

    assert written == MADE[name](), f"docs/{name}.schema.json is stale: run `python -m stagecheck schemas`"


@pytest.mark.parametrize("path", sorted((ROOT / "targets" / "environments").glob("*.yaml")), ids=lambda path: path.stem)
def test_an_editor_accepts_our_environments(path):
    data = yaml.safe_load(path.read_text())

    jsonschema.validate(data, schema.environment_schema())


@pytest.mark.parametrize("path", sorted((ROOT / "selftest" / "good").glob("*.yaml")), ids=lambda path: path.stem)
def test_an_editor_accepts_a_good_target(path):
    data = yaml.safe_load(path.read_text())

    jsonschema.validate(data, schema.target_schema())


def test_an_editor_marks_a_misspelt_key():
    data = {"service": "a", "title": "A", "ownr": "us", "checks": []}

    with pytest.raises(jsonschema.ValidationError, match="ownr"):
        jsonschema.validate(data, schema.target_schema())


def test_an_editor_accepts_our_profiles():
    jsonschema.validate(yaml.safe_load((ROOT / "targets" / "profiles.yaml").read_text()), schema.profiles_schema())
