"""What the loader does not know it refuses, and says what and where."""

import shutil
from pathlib import Path

import pytest

from understudy.specs import ContractError, load_folder

LENDING = Path(__file__).parents[1] / "sixth"


def planted(folder: Path, file: str, old: str, new: str) -> Path:
    """A copy of the throw-away contract with one text replaced by another."""
    copy = folder / "lending"
    shutil.copytree(LENDING, copy, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    text = (copy / file).read_text(encoding="utf-8")
    assert old in text
    (copy / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    return copy


def test_without_a_fault_it_is_loaded(tmp_path: Path) -> None:
    contract = load_folder(planted(tmp_path, "seed.yaml", "Rivers", "Rivers"))

    assert contract.api == "lending"
    assert set(contract.operations) == {
        "list_books", "read_shelf", "delete_shelf", "create_book", "update_book", "lend_book",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("x-trailing-slash: either", "x-trailing-slash: perhaps", ["perhaps", "x-trailing-slash"]),
        ("x-trailing-slash: either", "x-traling-slash: either", ["x-traling-slash"]),
        ("x-trailing-slash: either", "x-precedence: [401, 418]", ["418", "x-precedence"]),
        ("past_end: missing", "past_end: gone", ["gone", "x-pagination/page/past_end"]),
        ("unusable: refuse,", "unusable: ignore,", ["ignore", "x-pagination"]),
        ("above: refuse", "over: refuse", ["over", "x-pagination/size"]),
        ("default: 3, maximum: 5", "default: 3", ["maximum", "x-pagination/size"]),
        ("reasons: {}", "reasons: {404: {}, teapot: {}}", ["teapot", "x-errors/reasons"]),
        ("media_type: application/json\n", "media_type: json\n", ["json", "x-errors/media_type"]),
        ("form: serial", "form: roman", ["roman", "x-resources/shelf/id/form"]),
        ("on_delete: refuse", "on_delete: burn", ["burn", "x-resources/book/references/shelf_id"]),
        ("    indexes: [title", "    index: [title", ["index", "x-resources/book"]),
        ("action: custom", "action: lend", ["lend", "x-operation/action"]),
        ("order: title", "sort: title", ["sort", "x-operation"]),
        ("order: title", "order: by title", ["by title", "x-operation/order"]),
        ("x-schemes: [Card]", "x-scheme: [Card]", ["x-scheme"]),
        ("lent: {type: boolean}", "lent: {type: boolean, writeOnly: true}", ["writeOnly", "Book/properties/lent"]),
        ("topic: {type: string}", "topic: {type: string, const: Rivers}", ["const", "Shelf/properties/topic"]),
        ("title: {type: string, minLength: 1}", "title: {type: string, x-alais: name}", ["x-alais", "NewBook"]),
        ("name: lent, in: query, schema: {type: boolean}", "name: lent, in: query, schema: {typ: boolean}", ["typ"]),
        ("schema: Shelf\n", "schema: Shelves\n", ["Shelves", "shelf"]),
        ("resource: shelf, action: read", "resource: cupboard, action: read", ["cupboard", "read_shelf"]),
        ("shelf_id: {resource: shelf,", "shelf_id: {resource: cupboard,", ["cupboard", "book"]),
        ("{resource: book, by: shelf_id}", "{resource: page, by: shelf_id}", ["page", "shelf"]),
        ("{resource: shelf, action: read}", "{action: read}", ["read_shelf", "resource"]),
        ("    indexes: [title", "    embeds: {shelf: shelf}\n    indexes: [title", ["book.shelf", "'shelf'"]),
        ("      operationId: read_shelf\n", "", ["/paths/~1shelves~1{shelf_id}/get", "operationId"]),
        (
            '"204": {description: Gone.}',
            '"304": {description: Gone.}',
            ["{shelf_id}/delete/responses", "success"],
        ),
        ("#/components/responses/Refused", "#/components/responses/Refusal", ["shelves", "responses/Refusal"]),
        (
            "#/components/schemas/NewBook",
            "#/components/schemas/OldBook",
            ["/paths/~1books/post/requestBody", "OldBook"],
        ),
        ("filters: {lent: lent}", "filters: {lent: away}", ["list_books", "'away'"]),
        ("filters: {lent: lent}", "filters: {away: lent}", ["list_books", "unknown parameter 'away'"]),
        ("within: {shelf_id: shelf_id}", "within: {shelf: shelf_id}", ["list_books", "unknown parameter 'shelf'"]),
        ("within: {shelf_id: shelf_id}", "within: {shelf_id: shelf}", ["list_books", "'shelf'", "not a reference"]),
        ("order: title", "order: author", ["list_books", "'author'"]),
        ("order: title", "where: {away: true}", ["list_books", "'away'"]),
        ("order: title", "optional: include", ["list_books", "'include'"]),
        ("    indexes: [title", "    optional: {all: [author]}\n    indexes: [title", ["book", "'author'"]),
        ("counts: {books:", "counts: {volumes:", ["shelf", "'volumes'"]),
        ("by: shelf_id}", "by: shelf}", ["shelf.books", "'shelf'"]),
        ("  - card: []", "  - key: []", ["security scheme 'key'"]),
        ("action: custom}", "action: custom, success: 202}", ["lend_book", "202"]),
        ("/books/{book_id}/lend:", "/books/{id}/lend:", ["lend_book", "/books/{id}/lend"]),
        ("openapi: 3.0.3", "openapi: 3.1.0", ['openapi.yaml: /openapi: "3.1.0"', "3.0.0 to 3.0.4"]),
        (
            "/books/{book_id}/lend:",
            "/books/{id}: {}\n  /books/{book_id}/lend:",
            ["/books/{book_id}", "/paths/~1books~1{id}", "same path"],
        ),
        (
            "operationId: lend_book",
            "operationId: create_book",
            ["create_book", "POST /books", "POST /books/{book_id}/lend"],
        ),
        ('total: "{count}"', 'total: "{offset}"', ["envelope of list_books", "{offset}"]),
        ('why: "{message}"', 'why: "{reason}"', ["x-errors/body", "{reason}"]),
        ('because: "{message}"', 'because: "{text}"', ["x-errors/fault", "{text}"]),
        ("      lent: false\n", "", ["schema Book", "'lent'", "create_book"]),
        ("required: [title, shelf_id]", "required: [title]", ["schema Book", "'shelf_id'", "create_book"]),
        (
            "#/components/schemas/NewBook",
            "other.yaml#/NewBook",
            ["/paths/~1books/post/requestBody", "leaves the document"],
        ),
        ('"201":', '"2XX":', ["/paths/~1books/post/responses", "'2XX'"]),
        ("info: {title", "info: {x-titel: a, title", ["/info: there is no annotation x-titel"]),
        ("  - url: /", "  - url: /\n    x-color: red", ["/servers/0: there is no annotation x-color"]),
        (
            "      summary: Add a book\n",
            "      x-operaton: {}\n",
            ["~1books/post: there is no annotation x-operaton; known"],
        ),
        ("  /books:\n", "  /books:\n    x-tags: a\n", ["/paths/~1books: there is no annotation x-tags"]),
        (
            "{name: lent, in: query,",
            "{name: lent, in: query, x-alias: a,",
            ["get/parameters/1: there is no annotation x-alias"],
        ),
        (
            "description: The book.",
            "description: The book.\n          x-y: 1",
            ["/responses/201: there is no annotation x-y"],
        ),
        (
            "        required: true\n",
            "        required: true\n        x-y: 1\n",
            ["/requestBody: there is no annotation x-y"],
        ),
        (
            'json: {schema: {$ref: "#/components/schemas/NewBook"}',
            "json: {x-y: 1, schema: {}",
            ["application~1json: there is"],
        ),
        ("  securitySchemes:\n", "  x-y: 1\n  securitySchemes:\n", ["/components: there is no annotation x-y"]),
        (
            "title: {type: string}",
            'title: {$ref: "#"}',
            ["/components/schemas/Book/properties/title", "the whole document"],
        ),
        ("title: {type: string}", 'title: {$ref: "#/components/schemas/Book/properties"}', ["something else"]),
        ('{books: "{items}", total', "{books: [], total", ["list_books", "{items}"]),
        ("operationId: read_shelf", 'operationId: ""', ["/paths/~1shelves~1{shelf_id}/get", "not empty"]),
        ("{name: lent, in: query,", '{name: "", in: query,', ["parameters/1/name", "not empty"]),
        ("within: {shelf_id: shelf_id}, ", "", ["list_books lists below {shelf_id}", "within: {shelf_id: null}"]),
        ("size: {parameters: [per_page]", "size: {parameters: [zz]", ["list_books", "'zz'"]),
        ("added_at: {now: {}}", "added_at: x", ["/x-resources/book: values/added_at", '"x"', "date-time"]),
        ("added_at: {now: {}}", "added_at: {integer: [1, 2]}", ["values/added_at", "whole number", "a text only"]),
        (
            "added_at: {now: {}}",
            "added_at: {nwo: {}}",
            ["/x-resources/book/values/added_at", "'nwo'", "known are after"],
        ),
        ("  /books:\n", "  /books/: {}\n  /books:\n", ["/paths/~1books", "x-trailing-slash: either"]),
        ("minLength: 1", "minLength: .nan", ["line ", "NaN is not a number that JSON has"]),
        ("lent: {type: boolean}", "lent: {$ref: '#/components/schemas/Shelf', nullable: true}", ["nullable", "$ref"]),
    ],
    ids=lambda value: str(value)[:40].strip() if isinstance(value, str) else "",
)
def test_a_fault_in_the_document_is_named(tmp_path: Path, old: str, new: str, named: list[str]) -> None:
    with pytest.raises(ContractError) as refusal:
        load_folder(planted(tmp_path, "openapi.yaml", old, new))

    for part in named:
        assert part in str(refusal.value)


def test_a_list_without_a_way_to_page_is_named(tmp_path: Path) -> None:
    copy = planted(tmp_path, "openapi.yaml", "x-trailing-slash: either", "x-trailing-slash: strict")
    text = (copy / "openapi.yaml").read_text(encoding="utf-8")
    start, end = text.index("x-pagination:"), text.index("x-errors:")
    (copy / "openapi.yaml").write_text(text[:start] + text[end:], encoding="utf-8")

    with pytest.raises(ContractError, match="list_books lists, but has no x-pagination"):
        load_folder(copy)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("id: LE-001", "id: Lending-1", ["Lending-1", "0/id"]),
        ("id: LE-002", "id: LE-001", ["LE-001", "twice"]),
        ("operations: [lend_book]", "operations: [borrow_book]", ["LE-002", "borrow_book"]),
        ("operations: [lend_book]", "operations: []", ["1/operations"]),
        ("kind: state", "kind: law", ["law", "1/kind"]),
        ("level: documented", "level: sure", ["sure", "0/level"]),
        ("profile: full", "profile: half", ["half", "1/profile"]),
        ("profile: full", "profile: full\n  remark: none", ["remark"]),
        ("  source: House rules\n", "", ["source"]),
        ("profile: full", "profile: full\n  decision: because", ["because", "1/decision"]),
    ],
    ids=lambda value: str(value)[:40].strip() if isinstance(value, str) else "",
)
def test_a_fault_in_the_register_is_named(tmp_path: Path, old: str, new: str, named: list[str]) -> None:
    with pytest.raises(ContractError) as refusal:
        load_folder(planted(tmp_path, "clauses.yaml", old, new))

    assert str(refusal.value).startswith(f"{tmp_path}/lending/clauses.yaml: /")
    for part in named:
        assert part in str(refusal.value)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('epoch: "2025-01-06T09:00:00Z"', 'epoch: "last week"', ["last week", "epoch"]),
        ('epoch: "2025-01-06T09:00:00Z"\n', "", ["epoch"]),
        ("role: default", "role: king", ["king", "callers/0/role"]),
        ("token: card-1", "token: c", ["callers/0/token"]),
        ("token: card-1", "token: card-1, tokn: x", ["tokn", "callers/0"]),
        ("    count: 14\n", "", ["populations/1"]),
        ("count: 14", "count: -1", ["-1", "populations/1/count"]),
        ("resource: book", "resource: page", ["populations/1/resource", "no resource 'page'"]),
        ("    fixed: true", "    fixd: true", ["fixd", "populations/0"]),
        (
            "by: block",
            "by: blok",
            ["/populations/1/values/shelf_id/reference/by", "blok", "spread, drawn, block, index"],
        ),
        ("run: 7", "run: 1.5", ["/populations/1/values/shelf_id/reference/run", "1.5 is not a whole number"]),
        ("step: 60", "step: sixty", ["/populations/1/values/added_at/time/step", '"sixty" is not a whole number']),
        ("step: 60", "stepp: 60", ["/populations/1/values/added_at/time", "'stepp'", "did you mean step"]),
        ('title: {template: "Volume {number}"}', "title: 7", ["/populations/1/values/title", "7 is not a text"]),
        ('title: {template: "Volume {number}"}', "title: {integer: [1, 2]}", ["values/title", "whole number"]),
        ('title: {template: "Volume {number}"}', 'title: {template: "{x}"}', ["values/title", "'x'"]),
        ("      title:", "      titel:", ["/populations/1/values/titel", "did you mean title"]),
        ("{topic: Rivers}", "{topic: 1}", ["/populations/0/records/0/topic", "1 is not a text"]),
        ("{topic: Rivers}", "{topc: Rivers}", ["/populations/0/records/0/topc", "did you mean topic"]),
        (
            "{reference: {populations: [shelves], by: block, run: 7}}",
            "{reference: true}",
            ["shelf_id/reference", "object"],
        ),
        ("populations: [shelves]", "populations: -1", ["reference/populations", "-1 is not a list"]),
        ("populations: [shelves]", "populations: [shelfs]", ["'shelfs'", "did you mean shelves"]),
        ("by: block, run: 7", "by: {a: 1}", ["reference/by"]),
        ("{time: {start: 0, step: 60}}", "{time: {}, now: {}}", ["/populations/1/values/added_at"]),
    ],
    ids=lambda value: str(value)[:40].strip() if isinstance(value, str) else "",
)
def test_a_fault_in_the_seed_is_named(tmp_path: Path, old: str, new: str, named: list[str]) -> None:
    with pytest.raises(ContractError) as refusal:
        load_folder(planted(tmp_path, "seed.yaml", old, new))

    assert str(refusal.value).startswith(f"{tmp_path}/lending/seed.yaml: ")
    for part in named:
        assert part in str(refusal.value)


@pytest.mark.parametrize("file", ["openapi.yaml", "clauses.yaml", "seed.yaml"])
def test_a_file_that_is_missing_is_named(tmp_path: Path, file: str) -> None:
    folder = planted(tmp_path, "seed.yaml", "Rivers", "Rivers")
    (folder / file).unlink()

    with pytest.raises(ContractError, match=f"{tmp_path}/lending/{file}: No such file"):
        load_folder(folder)


@pytest.mark.parametrize("file", ["openapi.yaml", "clauses.yaml", "seed.yaml"])
def test_a_file_that_is_no_yaml_is_named_with_the_line(tmp_path: Path, file: str) -> None:
    folder = planted(tmp_path, "seed.yaml", "Rivers", "Rivers")
    (folder / file).write_text("a: [1,\nb: 2}\n", encoding="utf-8")

    with pytest.raises(ContractError, match=rf"^{tmp_path}/lending/{file}: line 2, column \d+: [^\n]*$"):
        load_folder(folder)
