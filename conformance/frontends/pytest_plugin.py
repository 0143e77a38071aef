"""The kit in pytest: one test for each clause, from the command line or from the fixtures of your own suite.

    pytest --pyargs understudy.conformance.suite --understudy-api API --understudy-url http://… --understudy-token ROLE=…

A suite that starts its server itself overrides the fixture `understudy_target`:

    @pytest.fixture(scope="session")
    def understudy_target(my_server):
        return Target(my_server.url, tokens={"default": "…"})
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from understudy.conformance.evidence.findings import Result
    from understudy.conformance.frontends.options import Options
    from understudy.conformance.http.target import Target
    from understudy.conformance.judging.registry import Check
    from understudy.conformance.judging.scenario_runner import Run
    from understudy.conformance.scope.profile import Profile
    from understudy.specs import Contract

# pytest loads this module in every run of every project that has understudy installed: everything else is imported by
# the hooks and fixtures that need it.
Judge = Callable[[str], None]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of `understudy check` that make sense here."""
    group = parser.getgroup("understudy", "conformance of an API under test")
    group.addoption(
        "--understudy-api", metavar="API", help="the API under test: one of `understudy apis`, or an OpenAPI document"
    )
    group.addoption(
        "--understudy-overlay",
        metavar="FILE",
        action="append",
        default=[],
        help="an Overlay to lay over the document; may be repeated",
    )
    group.addoption(
        "--understudy-outside",
        action="store_true",
        help="also read files outside of the document's folder that it refers to",
    )
    group.addoption("--understudy-url", metavar="URL", help="the base address of the target")
    group.addoption("--understudy-target", metavar="FILE", help="a file with any of these options and more (YAML)")
    group.addoption(
        "--understudy-token", metavar="[ROLE=]VALUE", action="append", default=[], help="a credential; may be repeated"
    )
    group.addoption(
        "--understudy-header",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="a header of every request; may be repeated",
    )
    group.addoption(
        "--understudy-set", metavar="NAME=VALUE", action="append", default=[], help="a setting; may be repeated"
    )
    group.addoption("--understudy-writes", action="store_true", help="create and change objects on the target")
    group.addoption(
        "--understudy-strict",
        action="store_true",
        help="broken implied and inferred clauses are failures, not warnings",
    )
    group.addoption(
        "--understudy-later", action="store_true", help="judge the operations too that came after the source"
    )
    group.addoption("--understudy-seed", type=int, help="the seed of what is drawn at random")


def pytest_configure(config: pytest.Config) -> None:
    """Add the marker, and refuse an unknown API."""
    config.addinivalue_line("markers", "understudy: a clause of an API under test")
    if config.getoption("--understudy-api"):
        _contract(config)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep tests that belong together on one worker of pytest-xdist, unless the command asks for another distribution."""
    if not config.getoption("--understudy-api") or config.getoption("dist") != "load":
        return None
    from understudy.conformance.frontends.xdist import groups, scheduler

    return scheduler(config, log, groups(_contract(config), config.getoption("--understudy-writes")))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one test for each clause."""
    if not {"clause", "understudy_judge"} <= set(metafunc.fixturenames):
        return
    known = [clause.id for clause in _contract(metafunc.config).clauses if not (clause.retired or clause.excluded)]
    metafunc.parametrize("clause", [pytest.param(name, id=name, marks=pytest.mark.understudy) for name in known])


@pytest.fixture(scope="session")
def understudy_target(request: pytest.FixtureRequest) -> Target:
    """The service under test, from the options."""
    from understudy.conformance.http.login import logged_in

    if not (request.config.getoption("--understudy-url") or request.config.getoption("--understudy-target")):
        raise pytest.UsageError("--understudy-url is missing; give it, or define a fixture understudy_target")
    return logged_in(_options(request.config, nowhere=None).target)


@pytest.fixture(scope="session")
def understudy_profile(request: pytest.FixtureRequest) -> Profile:
    """What may be sent: only GET, HEAD and OPTIONS, unless --understudy-writes is given."""
    return _options(request.config).profile


@pytest.fixture(scope="session")
def understudy_run(
    request: pytest.FixtureRequest, understudy_target: Target, understudy_profile: Profile
) -> Iterator[Run]:
    """One run for all clauses of this process; what it has created is removed at its end."""
    from understudy.conformance.judging.scenario_runner import Run

    seed = _options(request.config).seed
    state = Run(_contract(request.config), understudy_target, understudy_profile, seed)
    try:
        state.preflight()
        yield state
    finally:
        state.finish()


@pytest.fixture(scope="session")
def understudy_selected(request: pytest.FixtureRequest) -> frozenset[str]:
    """The clauses that the tests of this session judge, on any worker."""
    clauses = (item.callspec.params.get("clause") for item in request.session.items if hasattr(item, "callspec"))
    return frozenset(name for name in clauses if isinstance(name, str))


@pytest.fixture
def understudy_judge(understudy_run: Run, understudy_selected: frozenset[str]) -> Judge:
    """A function that judges one clause: it returns, skips with the reason, warns or fails."""
    from understudy.conformance.evidence.findings import Verdict

    def judge(name: str) -> None:
        result = verdict(understudy_run, name, understudy_selected)
        message = (
            f"{result.clause}: {result.statement}\n"
            f"expected {result.expected}\nactual   {result.actual}\n\n{result.curl}"
        )
        match result.verdict:
            case Verdict.NOT_APPLICABLE:
                pytest.skip(result.actual)
            case Verdict.NOT_SHOWN:
                pytest.skip(f"not shown: {result.actual}")
            case Verdict.FAIL | Verdict.ERROR:
                pytest.fail(message, pytrace=False)
            case Verdict.WARNING:
                pytest.xfail(f"a warning, because the clause is {result.level}: {result.actual}")
            case _:
                pass

    return judge


def verdict(state: Run, name: str, selected: frozenset[str] = frozenset()) -> Result:
    """The result for one clause, after every check that judges it. Raises UsageError for an unknown clause.

    `selected` are all clauses that the session judges. With writes, their checks are performed in the order of
    `understudy check`, because each finds what the ones before it have left behind.
    """
    from understudy.conformance.evidence.errors import RunStoppedError, UsageError
    from understudy.conformance.evidence.words import no_such

    for each in due(state, name, selected):
        try:
            state.perform(each)
        except RunStoppedError as stopped:
            state.stopped = str(stopped)
    judged = next((result for result in state.results() if result.clause == name), None)
    if judged is None:
        known = [clause.id for clause in state.contract.clauses]
        raise UsageError(no_such("clause", [name], known, f"in {state.contract.title}"))
    return judged


def due(state: Run, name: str, selected: frozenset[str] = frozenset()) -> tuple[Check, ...]:
    """The checks that have to be performed before a clause has its verdict, including those that already were."""
    judging = [each for each in state.checks if name in each.clauses(state.contract)]
    if not judging or not state.profile.writes:
        return tuple(judging)
    ordered = [each for each in state.checks if each.clauses(state.contract) & (selected | {name})]
    return tuple(ordered[: ordered.index(judging[-1]) + 1])


def _options(config: pytest.Config, nowhere: str | None = "http://target.invalid") -> Options:
    """The options of this session; `nowhere` is the address of a suite that has a target of its own."""
    from understudy.conformance.frontends.options import settled
    from understudy.conformance.http.target import pairs, roles, tokens

    given = {
        "url": config.getoption("--understudy-url"),
        "tokens": tokens(config.getoption("--understudy-token"), roles(_contract(config))),
        "headers": pairs(config.getoption("--understudy-header"), "--understudy-header"),
        "settings": pairs(config.getoption("--understudy-set"), "--understudy-set"),
        "allow_writes": config.getoption("--understudy-writes") or None,
        "strict": config.getoption("--understudy-strict") or None,
        "later": config.getoption("--understudy-later") or None,
        "seed": config.getoption("--understudy-seed"),
    }
    return settled(config.getoption("--understudy-target"), given, nowhere)


def _contract(config: pytest.Config) -> Contract:
    from understudy.conformance.evidence.errors import UsageError
    from understudy.conformance.frontends.contracts import named

    api = config.getoption("--understudy-api")
    if not api:
        raise pytest.UsageError("--understudy-api is missing; it names the API under test")
    try:
        return named(
            api, tuple(config.getoption("--understudy-overlay")), outside=config.getoption("--understudy-outside")
        )
    except UsageError as error:
        raise pytest.UsageError(str(error)) from error
