"""The requests that pages make through the gateway."""

from __future__ import annotations

from stagecheck.openspec import calling, markdown

PAGE = """\
# Web

## API Integration
```text
GET /api/gate/shop/items?tenant_id={tenant_id}
POST /api/gate/other/things
```

## Handlers
```typescript
// app/api/contact/route.ts
export async function POST(request) {
  await fetch(`${GATE}/api/gate/crm/leads/${lead.id}`, {
    method: 'PUT', headers: { Authorization: token },
  })
  await fetch(`${GATE}/api/gate/crm/notes`)
  await fetch('/api/own')
}
```
```python
route_to("shop", "pay")
route_to_service("crm", "/leads/create", data)
```

## API Endpoints
```text
GET /own/route
```

## Testing
```text
GET /api/gate/shop/test
```
"""


def test_calls_have_key_rest_handler_and_token() -> None:
    found = calling.calls(markdown.parse(PAGE, "web.md"), "web", {"shop", "crm"})

    assert [(one.method, one.path, one.key, one.rest, one.place.line) for one in found] == [
        ("GET", "/api/gate/shop/items", "shop", "/items", 5),
        ("POST", "/api/gate/other/things", "", "", 6),
        ("PUT", "/api/gate/crm/leads/{id}", "crm", "/leads/{id}", 13),
        ("GET", "/api/gate/crm/notes", "crm", "/notes", 16),
        ("", "", "shop", "", 21),
        ("", "", "crm", "/leads/create", 22),
    ]
    assert [one.token for one in found] == [None, None, True, False, None, None]
    assert [one.handler for one in found] == ["", "", "POST /api/contact", "POST /api/contact", "", ""]


def test_the_prefix_is_what_all_callers_write() -> None:
    found = calling.calls(markdown.parse(PAGE, "web.md"), "web", {"shop", "crm"})

    assert calling.prefix_of(found) == "/api/gate"
    assert calling.prefix_of([]) == ""


def test_a_file_of_another_frontend_is_that_ones_call() -> None:
    text = "# All\n\n```ts\n// x/apps/portal/app/api/a/route.ts\nexport async function GET() {\n"
    text += "  await fetch(`${GATE}/api/shop/items`)\n}\n```\n"

    assert [one.caller for one in calling.calls(markdown.parse(text, "all.md"), "", {"shop"})] == ["portal"]
