"""What each caller sees, judged by comparing the lists of several callers.

A rule of sight is broken where something is shown although everything that is known of it lies outside the rule.
Nothing is concluded from what a caller does not see of others: consent and the like may narrow it.
"""

from __future__ import annotations

from dataclasses import dataclass

from understudy.conformance.evidence.matchers import answers, refuses_somehow
from understudy.conformance.judging.context import CheckContext, Item, attribute, identify
from understudy.conformance.judging.registry import check
from understudy.conformance.rules.lookit.made import myself
from understudy.conformance.rules.lookit.reading import by_latest, difference, ids, read, related, seen

#: Of so many families outside the rule the demographics are looked up.
SOME = 12


@dataclass(frozen=True, slots=True)
class Families:
    """Who took part in what, as the admin knows it, seen from the researcher.

    `inside` are the children with a response to a study whose responses the researcher sees, `outside` those whose
    responses are all to other studies; `parents` and `strangers` are their parents. `own` is the researcher, if known.
    """

    open_studies: set[str]
    inside: set[str]
    outside: set[str]
    parents: set[str]
    strangers: set[str]
    own: str | None
    responses: list[Item]


def families(ctx: CheckContext) -> Families:
    """The families of the target, seen from the researcher."""
    mine, shown = seen(ctx, "responses", "researcher")
    ctx.need(mine, "the researcher sees no responses", shown)
    everything, _ = seen(ctx, "responses", "admin")
    children, _ = seen(ctx, "children", "admin")
    own = myself(ctx, "researcher")
    parent = {identify(each): related(each, "user") for each in children}
    open_studies = {str(related(each, "study")) for each in mine if parent.get(str(related(each, "child"))) != own}
    took_part = {str(related(each, "child")) for each in [*mine, *everything] if related(each, "study") in open_studies}
    outside = {str(related(each, "child")) for each in everything} - took_part
    parents = {found for each in took_part if (found := parent.get(each))}
    strangers = {found for each in outside if (found := parent.get(each))} - parents - {own or ""}
    return Families(open_studies, took_part, outside, parents, strangers, own, everything)


def _beyond_one(families_found: set[str], own: str | None) -> set[str]:
    """Families that a researcher sees without a right to; one of them may be the researcher's own if that is unknown."""
    return families_found if own is not None or len(families_found) > 1 else set()


@check("LK-040", "LK-045", "LK-062", "LK-157", "LK-206", roles=("researcher", "admin"))
def a_researcher_sees_who_took_part(ctx: CheckContext) -> None:
    """A researcher sees the children, demographics and users of families that took part, and of no others."""
    known = families(ctx)
    children, page = seen(ctx, "children", "researcher")
    twice = len(children) - len(ids(children))
    ctx.holds("LK-045", page, not twice, "each child once", f"{twice} twice")
    shown = {str(related(each, "user")): identify(each) for each in children if identify(each) in known.outside}
    extra = {shown[each] for each in _beyond_one(set(shown) & known.strangers, known.own)}
    ctx.holds(
        "LK-040",
        page,
        not extra,
        "no child whose responses are all to other studies",
        ", ".join(sorted(extra)[:3]),
        vacuous=not known.strangers,
    )
    visible = {str(related(each, "child")) for each in seen(ctx, "responses", "researcher")[0]}
    ctx.holds(
        "LK-206",
        page,
        visible <= ids(children),
        "the children of the visible responses",
        difference(visible, ids(children)),
    )
    users, users_page = seen(ctx, "users", "researcher")
    extra = _beyond_one(ids(users) & known.strangers, known.own)
    ctx.holds(
        "LK-157",
        users_page,
        not extra,
        "no participant whose children took part in other studies only",
        ", ".join(sorted(extra)[:3]),
        vacuous=not known.strangers,
    )
    parents = {found for each in children if identify(each) in visible and (found := related(each, "user"))}
    ctx.holds(
        "LK-206", users_page, parents <= ids(users), "the parents of these children", difference(parents, ids(users))
    )
    _demographics(ctx, known, parents)


def _demographics(ctx: CheckContext, known: Families, parents: set[str]) -> None:
    """The demographics of these parents are shown, those of other families are not."""
    forms, page = seen(ctx, "demographics", "researcher")
    others = {user: found for user in sorted(known.strangers)[:SOME] if (found := forms_of(ctx, user))}
    extra = _beyond_one({user for user, found in others.items() if found & ids(forms)}, known.own)
    ctx.holds(
        "LK-062",
        page,
        not extra,
        "no demographics of families that took part in other studies only",
        f"those of {', '.join(sorted(extra)[:3])}",
        vacuous=not others,
    )
    wanted = {form for user in sorted(parents)[:SOME] for form in forms_of(ctx, user)}
    ctx.holds("LK-206", page, wanted <= ids(forms), "the demographics of these parents", difference(wanted, ids(forms)))


def forms_of(ctx: CheckContext, user: str, role: str = "admin") -> set[str]:
    """The ids of the demographics below a user; none if the list is refused."""
    page = ctx.call("list_user_demographics", path={"user_id": user}, query={"page_size": 100}, role=role)
    found = page.find("data")
    return ids(found) if page.succeeded and isinstance(found, list) else set()


@check("LK-021", "LK-056", "LK-071", "LK-080", "LK-118", "LK-168", roles=("researcher", "admin"))
def hidden_objects_are_hidden_by_id(ctx: CheckContext) -> None:
    """What a researcher may not see is refused by its id as well."""
    known = families(ctx)
    strange = sorted(known.strangers)
    children, page = seen(ctx, "children", "admin")
    hidden = {
        "LK-056": ("children", [identify(each) for each in children if related(each, "user") in known.strangers]),
        "LK-071": ("demographics", sorted({form for user in strange[:SOME] for form in forms_of(ctx, user)})),
        "LK-168": ("users", strange),
        "LK-118": (
            "responses",
            [identify(each) for each in known.responses if related(each, "child") in known.outside],
        ),
    }
    closed = set(hidden["LK-118"][1])
    comments, _ = seen(ctx, "feedback", "admin")
    hidden["LK-080"] = ("feedback", [identify(each) for each in comments if related(each, "response") in closed])
    for clause, (kind, names) in hidden.items():
        found = [each for each in names if known.own is None or each != known.own]
        for name in ctx.first(clause, found, f"{kind} that the researcher may not see", page):
            alone = read(ctx, kind, name, "researcher")
            ctx.judge(clause, alone, refuses_somehow)
            ctx.judge("LK-021", alone, answers(404))
    if "LK-021" not in ctx.judged:
        ctx.lacks("LK-021", "an object that the researcher may not see", page)


@check("LK-075", "LK-109", "LK-206", roles=("researcher", "admin"))
def feedback_follows_responses(ctx: CheckContext) -> None:
    """A researcher sees all responses to a study or none, and feedback on no others."""
    known = families(ctx)
    mine, page = seen(ctx, "responses", "researcher")
    group = {identify(each) for each in known.responses if related(each, "study") in known.open_studies}
    missing = group - ids(mine)
    ctx.holds("LK-206", page, not missing, "all responses to these studies", f"{len(missing)} missing")
    comments, comments_page = seen(ctx, "feedback", "researcher")
    everything, _ = seen(ctx, "feedback", "admin")
    closed = {identify(each) for each in known.responses if related(each, "child") in known.outside}
    candidates = [each for each in everything if related(each, "response") in closed]
    shown = [identify(each) for each in comments if related(each, "response") in closed]
    ctx.holds(
        "LK-075",
        comments_page,
        not shown,
        "no feedback on responses to other studies",
        ", ".join(shown[:3]),
        vacuous=not candidates,
    )
    wanted = {identify(each) for each in everything if related(each, "response") in ids(mine)}
    ctx.holds(
        "LK-206",
        comments_page,
        wanted <= ids(comments),
        "the feedback on visible responses",
        difference(wanted, ids(comments)),
    )
    for role in ("outsider", "collaborator"):
        if role in ctx.run.target.tokens:
            _one_family(ctx, role, known.responses)


def _one_family(ctx: CheckContext, role: str, everything: list[Item]) -> None:
    """A caller without rights sees no responses but those of one family, which is the own one."""
    shown, page = seen(ctx, "responses", role)
    children, _ = seen(ctx, "children", "admin")
    parent = {identify(each): related(each, "user") for each in children}
    users = {parent.get(str(related(each, "child"))) for each in shown}
    ctx.holds(
        "LK-109",
        page,
        len(users) <= 1,
        "no responses of other families",
        f"responses of {len(users)} families",
        vacuous=not everything,
    )


@check("LK-099", "LK-105", "LK-139", "LK-140", "LK-141", "LK-148", roles=("admin", "outsider"))
def anybody_sees_public_studies(ctx: CheckContext) -> None:
    """Every caller's list has the active public studies and no private drafts; the latest change comes first."""
    everything, all_page = seen(ctx, "studies", "admin")
    shown, page = seen(ctx, "studies", "outsider")
    public = {identify(each) for each in everything if _open(each) == (True, True)}
    drafts = {identify(each) for each in everything if _open(each) == (False, False)}
    ctx.holds(
        "LK-139",
        (all_page, page),
        public <= ids(shown),
        "every active public study",
        difference(public, ids(shown)),
        vacuous=not public,
    )
    ctx.holds(
        "LK-140",
        page,
        ids(shown) <= public,
        "only active public studies",
        difference(public, ids(shown)),
        vacuous=not drafts,
    )
    open_drafts = sorted(drafts & ids(shown))
    ctx.holds("LK-139", page, not open_drafts, "no private draft", ", ".join(open_drafts), vacuous=not drafts)
    for listed, listed_page in ((everything, all_page), (shown, page)):
        times = [each for each in by_latest(listed) if each is not None]
        ctx.holds(
            "LK-141",
            listed_page,
            times == sorted(times, reverse=True),
            "the latest change first",
            [str(each) for each in times[:4]],
            vacuous=len(set(times)) < 3,
        )
    for name in ctx.first("LK-148", sorted(public), "an active public study", all_page):
        ctx.judge("LK-148", read(ctx, "studies", name, "outsider"), answers(200))
    for name in ctx.first("LK-148", sorted(drafts), "a draft", all_page):
        ctx.judge("LK-148", read(ctx, "studies", name, "outsider"), refuses_somehow)
        ctx.judge("LK-148", read(ctx, "studies", name, "admin"), answers(200))
    labs = ctx.call("list_labs", role="outsider")
    ctx.judge("LK-099", labs, answers(200))
    all_labs, all_page = seen(ctx, "labs", "admin")
    for lab in ctx.first("LK-105", all_labs, "a lab", all_page):
        ctx.judge("LK-105", read(ctx, "labs", identify(lab), "outsider"), answers(200))


def _open(study: Item) -> tuple[bool, bool]:
    """Whether a study is active, and whether it is public."""
    return attribute(study, "state") == "active", attribute(study, "public") is True
