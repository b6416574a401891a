"""The routes that a page states as its service's own."""

from __future__ import annotations

from stagecheck.openspec import markdown, routes

PAGE = """\
# Shop

## API Endpoints
- `GET /api/v1/items/{id}` - One item
- `docker ps` is no route

## API Layer
```python
router = APIRouter(prefix="/baskets", tags=["x"])

@router.post("/{basket_id:int}/pay")
def pay(): ...

@app.api_route("/{service}/{path:path}", methods=["GET"])
def any(): ...
```

## Architecture
```text
└── API Layer
    ├── /items/new
    └── /baskets/{basket_id}/pay
```

## Deployment
```yaml
healthcheck:
  test: ["CMD", "curl", "http://localhost:8000/health"]
```

## Monitoring
```bash
curl http://acme-shop:8000/v1/sys?full=1
curl http://acme-crm:8000/leads
```

## Integration with the CRM
- `GET /leads` - theirs
```python
@app.get("/leads")
def leads(): ...
```
"""
FRONT = """\
# Web

## Handlers
```typescript
// app/(site)/news/[slug]/page.tsx
export default async function News() {}
```
```typescript
// app/api/contact/route.ts
export async function POST(request) {}
export async function GET(request) {}

// Component on the page
export async function PUT(request) {}
```
```typescript
// frontend/apps/portal/app/api/login/route.ts
export async function POST(request) {}
```
"""


def test_routes_of_a_service_are_read_in_each_form_and_those_of_others_are_not() -> None:
    found = routes.endpoints(markdown.parse(PAGE, "shop.md"), "shop", frozenset({"acme-shop"}))

    assert [(str(one), one.place.line) for one in found] == [
        ("GET /api/v1/items/{id}", 4),
        ("POST /baskets/{basket_id}/pay", 11),
        ("any method /{service}/{path}", 14),
        ("any method /items/new", 21),
        ("GET /health", 28),
        ("GET /v1/sys", 33),
    ]


def test_handlers_of_a_frontend_are_routes_by_their_file() -> None:
    found = routes.endpoints(markdown.parse(FRONT, "web.md"), "web", frozenset())

    assert [str(one) for one in found] == ["GET /news/{slug}", "POST /api/contact", "GET /api/contact"]


def test_a_handlers_code_ends_where_the_next_begins() -> None:
    post, get = routes.handlers(markdown.parse(FRONT, "web.md"))[1:3]

    assert (post.method, post.code.count("function")) == ("POST", 1)
    assert get.place.line == 11


def test_lines_of_a_block_are_calls() -> None:
    (block,) = markdown.parse("```text\n  GET /items?x=1  # all\nGET items\n```\n", "a.md").blocks

    assert [(verb, path, place.line) for verb, path, place in routes.calls(block)] == [("GET", "/items?x=1", 2)]


def test_open_parts_are_told_in_one_form() -> None:
    assert routes.without_query("/a/${item.id}/[slug]/:name/{x}?q=1") == "/a/{id}/{slug}/{name}/{x}"
