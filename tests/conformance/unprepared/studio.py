"""A service in another style, which knows nothing of understudy: `studio.json` is as a web framework would make it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import Route

Json = dict[str, Any]
DOCUMENT = Path(__file__).parent / "studio.json"
TOKEN = "a-token"
GENRES = ("drama", "comedy", "documentary")
MOMENT = "2026-03-04T05:06:07.000008+00:00"
#: Of how many requests in a row the last one is too many.
OFTEN = 9


@dataclass
class Studio:
    """The service. `ways` are liberties that a correct one may take, and faults that none may have."""

    ways: frozenset[str] = frozenset()
    teams: dict[str, Json] = field(default_factory=dict)
    films: dict[int, Json] = field(default_factory=dict)
    asked: int = 0

    def __post_init__(self) -> None:
        for team in ("red-sofa", "late-shift", "third-act"):
            self.teams[team] = {"slug": team, "name": team.title(), "motto": None, "created_at": MOMENT}
            for number in range(7):
                self._keep(team, {"title": f"Reel {number}", "minutes": 90 + number, "genre": GENRES[number % 3]})
        one, all_of_them = "/teams/{team}", "/teams"
        films, film = "/teams/{team}/films", "/films/{id}"
        self._application = Starlette(
            routes=[
                Route("/openapi.json", lambda request: FileResponse(DOCUMENT)),
                Route("/health", lambda request: JSONResponse({"status": "ok"})),
                Route(all_of_them, self.list_teams, methods=["GET"]),
                Route(all_of_them, self.create_team, methods=["POST"]),
                Route(one, self.read_team, methods=["GET"]),
                Route(one, self.replace_team, methods=["PUT"]),
                Route(one, self.delete_team, methods=["DELETE"]),
                Route(films, self.list_films, methods=["GET"]),
                Route(films, self.create_film, methods=["POST"]),
                Route(film, self.read_film, methods=["GET"]),
                Route(film, self.change_film, methods=["PATCH"]),
                Route(film, self.delete_film, methods=["DELETE"]),
                Route(f"{film}/publish", self.publish_film, methods=["POST"]),
            ],
            middleware=[Middleware(BaseHTTPMiddleware, dispatch=self._let_in)],
            exception_handlers={HTTPException: _refused},
        )

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self._application(scope, receive, send)

    async def _let_in(self, request: Request, go_on: Any) -> Response:
        self.asked += 1
        if "busy" in self.ways and self.asked % OFTEN == 0:
            return JSONResponse({"detail": "Too many requests"}, 429, {"retry-after": "0"})
        public = request.url.path in {"/openapi.json", "/health"}
        if not public and "open" not in self.ways and request.headers.get("authorization") != f"Bearer {TOKEN}":
            return JSONResponse({"detail": "Not authenticated"}, 401, {"www-authenticate": "Bearer"})
        reply: Response = await go_on(request)
        return reply

    # --- teams, which are named by their slug --------------------------------------------------------------------------

    async def list_teams(self, request: Request) -> Response:
        page, size = _number(request, "page", 1), _number(request, "per_page", 30)
        if "endless" in self.ways:
            page = 1
        names = sorted(self.teams) if "sorted" in self.ways else list(self.teams)
        shown = names[(page - 1) * size : page * size if "unsized" not in self.ways else None]
        headers = {"x-total-count": str(len(names))} if "uncounted" not in self.ways else {}
        if page * size < len(names):
            headers["link"] = f'<{request.url.include_query_params(page=page + 1)}>; rel="next"'
        return JSONResponse([self._team(self.teams[name]) for name in shown], headers=headers)

    async def create_team(self, request: Request) -> Response:
        sent = self._valid(await _body(request), required=("slug", "name"))
        if not re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", sent.get("slug", "")) and "trusting" not in self.ways:
            raise _invalid("slug", "String should match pattern")
        slug = sent.get("slug", f"team-{len(self.teams)}")
        if slug in self.teams:
            raise HTTPException(409, "There is a team of that name")
        made = {"slug": slug, "name": sent.get("name"), "motto": sent.get("motto"), "created_at": MOMENT}
        if "forgetful" not in self.ways:
            self.teams[slug] = made
        return JSONResponse(self._team(made), 200 if "another status" in self.ways else 201)

    async def read_team(self, request: Request) -> Response:
        team = self._team(self._the_team(request))
        return HTMLResponse(f"<p>{team['name']}</p>") if "a page" in self.ways else JSONResponse(team)

    async def replace_team(self, request: Request) -> Response:
        team, sent = self._the_team(request), self._valid(await _body(request), required=("slug", "name"))
        if "deaf" not in self.ways:
            team.update(name=sent.get("name"), motto=sent.get("motto"))
        return JSONResponse(self._team(team))

    async def delete_team(self, request: Request) -> Response:
        team = self._the_team(request)
        if "keeps" not in self.ways:
            del self.teams[team["slug"]]
            self.films = {id: film for id, film in self.films.items() if film["team"] != team["slug"]}
        return JSONResponse(self._team(team))

    def _the_team(self, request: Request) -> Json:
        slug = request.path_params["team"]
        if slug not in self.teams:
            if "guessing" in self.ways:
                return next(iter(self.teams.values()))
            raise HTTPException(404, "There is no such team")
        return self.teams[slug]

    def _team(self, team: Json) -> Json:
        shown = dict(team)
        if "incomplete" in self.ways:
            del shown["created_at"]
        if "another name" in self.ways:
            shown["name"] = "A team"
        return shown | ({"members": [], "_links": {"self": "/"}} if "generous" in self.ways else {})

    # --- films, which belong to a team, and are only marked when they are deleted --------------------------------------

    async def list_films(self, request: Request) -> Response:
        team, size = self._the_team(request)["slug"], _number(request, "limit", 20)
        films = [film for film in self.films.values() if film["team"] == team or "mingled" in self.ways]
        if "everything" not in self.ways:
            films = [film for film in films if film["deleted_at"] is None]
        genre = request.query_params.get("genre")
        if genre and genre not in GENRES:
            raise _invalid("genre", "Input should be 'drama', 'comedy' or 'documentary'")
        if genre and "unfiltered" not in self.ways:
            films = [film for film in films if film["genre"] == genre]
        after = int((request.query_params.get("cursor") or "c0").removeprefix("c"))
        later = [film for film in films if film["id"] > after or ("overlapping" in self.ways and film["id"] == after)]
        shown = later[:size]
        more = f"c{shown[-1]['id']}" if len(later) > size else None
        page = {"items": [self._film(film) for film in shown], **({"next_cursor": more} if more else {})}
        return JSONResponse(page if "terse" in self.ways else {"next_cursor": None, **page})

    async def create_film(self, request: Request) -> Response:
        team = self._the_team(request)["slug"]
        sent = self._valid(await _body(request), required=("title", "minutes"))
        return JSONResponse(self._film(self._keep(team, sent)), 201)

    async def read_film(self, request: Request) -> Response:
        film = self._the_film(request)
        if film["deleted_at"] is not None and "soft" not in self.ways and "undead" not in self.ways:
            raise HTTPException(404, "There is no such film")
        return JSONResponse(self._film(film))

    async def change_film(self, request: Request) -> Response:
        film, sent = self._the_film(request), self._valid(await _body(request))
        if "careless" in self.ways:
            film.update(minutes=45, genre="comedy")
        film.update({name: sent[name] for name in ("title", "minutes", "genre", "notes") if name in sent})
        return JSONResponse(self._film(film))

    async def delete_film(self, request: Request) -> Response:
        film = self._the_film(request)
        if "undead" not in self.ways:
            film["deleted_at"] = MOMENT
        return JSONResponse({"ok": True})

    async def publish_film(self, request: Request) -> Response:
        self._the_film(request)["published"] = True
        return JSONResponse({"ok": True})

    def _the_film(self, request: Request) -> Json:
        text = request.path_params["id"]
        if not text.lstrip("-").isdigit():
            raise _invalid("film_id", "Input should be a valid integer")
        if int(text) not in self.films:
            raise HTTPException(404, "There is no such film")
        return self.films[int(text)]

    def _keep(self, team: str, sent: Json) -> Json:
        id = len(self.films) + 101
        given = {name: sent.get(name) for name in ("title", "minutes", "notes")}
        self.films[id] = {"id": id, "team": team, **given, "genre": sent.get("genre") or "drama", "deleted_at": None}
        return self.films[id]

    def _film(self, film: Json) -> Json:
        shown = {name: value for name, value in film.items() if name != "published"}
        if "no nulls" in self.ways:
            shown = {name: value for name, value in shown.items() if value is not None}
        if "untyped" in self.ways:
            shown["minutes"] = str(shown["minutes"])
        return shown

    # --- requests and replies ------------------------------------------------------------------------------------------

    def _valid(self, sent: Any, required: tuple[str, ...] = ()) -> Json:
        """A body of which the members are as they should be; those that are not known are ignored."""
        if "trusting" in self.ways:
            return sent if isinstance(sent, dict) else {}
        if not isinstance(sent, dict):
            raise _invalid("body", "Input should be a valid dictionary")
        for name in required:
            if name not in sent:
                raise _invalid(name, "Field required")
        for name, value in sent.items():
            if value is None and name not in required:
                continue
            if name in {"slug", "name", "motto", "title", "notes"} and not isinstance(value, str):
                raise _invalid(name, "Input should be a valid string")
            if name in {"name", "title"} and not 0 < len(value) <= 80:
                raise _invalid(name, "String should have 1 to 80 characters")
            if name == "minutes" and (not isinstance(value, int) or isinstance(value, bool) or value <= 0):
                raise _invalid(name, "Input should be a valid integer")
            if name == "genre" and value not in GENRES:
                raise _invalid(name, "Input should be 'drama', 'comedy' or 'documentary'")
        return sent


async def _body(request: Request) -> Any:
    try:
        return await request.json()
    except ValueError as error:
        raise _invalid("body", "JSON decode error") from error


def _invalid(name: str, message: str) -> HTTPException:
    return HTTPException(422, [{"type": "value_error", "loc": ["body", name], "msg": message}])  # type: ignore[arg-type]


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"detail": error.detail}, error.status_code, error.headers)


def _number(request: Request, name: str, usual: int) -> int:
    text = request.query_params.get(name, str(usual))
    if not text.isdigit() or not 0 < int(text) <= (50 if name == "limit" else 100 if name == "per_page" else 10**6):
        raise _invalid(name, "Input should be a number within the limits")
    return int(text)
