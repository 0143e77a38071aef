"""What the throw-away API needs beyond its annotations: one function."""

from understudy.mock_server.engine.call import Call, Reply
from understudy.mock_server.engine.crud import target_record
from understudy.mock_server.engine.registration import operation
from understudy.mock_server.http.errors import ConflictError


@operation
async def lend_book(call: Call) -> Reply:
    """Lend a book that is there."""
    book = await target_record(call, "book")
    if book["lent"]:
        raise ConflictError("Somebody else reads it.")
    book["lent"] = True
    await call.state.save("book", book)
    return Reply(200, await call.state.shown("book", book))
