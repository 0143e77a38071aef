"""A small real server of the notes in openapi.yaml, written operation by operation.

`python server.py PORT STEP` has the first STEP of its four operations.
"""

import sys
from itertools import count

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

NOTES: dict[int, str] = {}
NUMBERS = count(1001)


async def add_note(request: Request) -> Response:
    """Keep a note."""
    number = next(NUMBERS)
    NOTES[number] = (await request.json())["text"]
    return JSONResponse({"id": number, "text": NOTES[number]}, 201, {"Location": str(request.url) + f"/{number}"})


async def get_note(request: Request) -> Response:
    """Show a note."""
    number = request.path_params["number"]
    if number not in NOTES:
        return JSONResponse({"message": f"There is no note {number}."}, 404)
    return JSONResponse({"id": number, "text": NOTES[number]})


async def list_notes(request: Request) -> Response:
    """Show all notes."""
    return JSONResponse([{"id": number, "text": text} for number, text in NOTES.items()])


async def delete_note(request: Request) -> Response:
    """Forget a note."""
    if NOTES.pop(request.path_params["number"], None) is None:
        return JSONResponse({"message": "There is no such note."}, 404)
    return Response(status_code=204)


#: The operations in the order in which they were written.
ROUTES = [
    Route("/v1/notes", add_note, methods=["POST"]),
    Route("/v1/notes/{number:int}", get_note, methods=["GET"]),
    Route("/v1/notes", list_notes, methods=["GET"]),
    Route("/v1/notes/{number:int}", delete_note, methods=["DELETE"]),
]


if __name__ == "__main__":
    port, step = int(sys.argv[1]), int(sys.argv[2])
    uvicorn.run(Starlette(routes=ROUTES[:step]), port=port, log_level="warning")
