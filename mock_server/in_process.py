"""The mock for scripts and notebooks: in a thread of the same process, for as long as a block runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from understudy.mock_server.app import RECORDS, create_app
from understudy.mock_server.client import Understudy, without_proxies
from understudy.mock_server.engine.webhooks import Webhooks
from understudy.mock_server.serving.background import running


@contextmanager
def serve(
    *names: str,
    seed: int = 42,
    size: int = 1,
    locales: Sequence[str] = ("en_GB",),
    scenario: str = "",
    store: str | None = None,
    reports: Path | None = None,
    webhooks: Webhooks | None = None,
    allow_origins: Sequence[str] = (),
    trust_proxies: Sequence[str] = (),
    folders: Sequence[Path] = (),
    later: bool = False,
    records: int = RECORDS,
    overlays: Sequence[str] = (),
    token: str | None = None,
    strict: bool = False,
    outside: bool = False,
    handlers: ModuleType | None = None,
) -> Iterator[Understudy]:
    """Serve APIs or documents (all APIs if none is named) on a free port of the loopback interface until the block ends.

        with serve(api) as mock:
            mock.client().get(path)

    The options are those of `create_app`, which raises for values that it cannot use. Raises ServerStoppedError when
    the server does not start or stops within the block. Meanwhile the proxies of the environment are not used for this
    machine.
    """
    app = create_app(
        names,
        seed=seed,
        size=size,
        locales=locales,
        scenario=scenario,
        store=store,
        reports=reports,
        webhooks=webhooks,
        allow_origins=allow_origins,
        trust_proxies=trust_proxies,
        folders=folders,
        later=later,
        records=records,
        overlays=overlays,
        token=token,
        strict=strict,
        outside=outside,
        handlers=handlers,
    )
    with without_proxies(), running(app) as root:
        mock = Understudy(root)
        try:
            yield mock
        finally:
            mock.close()
