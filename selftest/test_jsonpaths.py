"""JSONPaths as RFC 9535 has them: where they lead in a body, and which are none."""

import pytest

from stagecheck import jsonpaths

BODY = {"items": [{"id": 1, "name": "Ada"}, {"id": 2, "name": "Bob"}], "a-b": {"deep": [3]}}


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("$.items[*].id", [1, 2]),
        ("$.items[?@.name == 'Bob'].id", [2]),
        ("$.items[?search(@.name, '[Aa]d')].id", [1]),
        ("$['a-b']..[0]", [3]),
        ("$.nothing", []),
    ],
)
def test_all_that_a_path_leads_to_is_found(path, values):
    assert jsonpaths.refused(path) == ""
    assert jsonpaths.found(path, BODY).values() == values


def test_what_is_found_says_where_it_stood():
    assert [node.location for node in jsonpaths.found("$.items[*].id", BODY)] == [
        ("items", 0, "id"),
        ("items", 1, "id"),
    ]


def test_a_pattern_may_be_filled_in_later():
    assert jsonpaths.refused("$.items[?match(@.name, '{sentinel}|{unlike:id}')]") == ""


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("items", "a JSONPath begins with `$`"),
        ("$.items[", "not a JSONPath: unbalanced brackets"),
        ("$.a-b", "not a JSONPath: expected '.', '..' or a bracketed selection, found '-'"),
        ("$[?search(@.name, '(?i)ada')]", "not a JSONPath: search: '(?i)ada' is no I-Regexp (RFC 9485)"),
        ("$[?match(@.id, '\\\\d+')]", "not a JSONPath: match: '\\d+' is no I-Regexp (RFC 9485)"),
        (f"$[?{'!(' * 400}@.id{')' * 400}]", "not a JSONPath: nested too deeply"),
        ("$[?@.id == 1e999]", "not a JSONPath: a number in it is too large"),
        ("$[?nosuch(@.id)]", "not a JSONPath: function 'nosuch' is not defined"),
    ],
)
def test_what_is_no_path_is_refused_with_its_reason(path, sentence):
    assert jsonpaths.refused(path) == sentence
