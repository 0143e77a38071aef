"""What two permissions open: can_read_all_user_data and can_read_usernames."""

from __future__ import annotations

from understudy.conformance.evidence.exchange import Exchange
from understudy.conformance.evidence.matchers import absent, both, lacks, shows, succeeds
from understudy.conformance.judging.context import CheckContext, Item, attribute, identify
from understudy.conformance.judging.registry import check
from understudy.conformance.rules.lookit.made import myself
from understudy.conformance.rules.lookit.reading import difference, ids, read, related, seen
from understudy.conformance.rules.lookit.visibility import forms_of

#: The lists below so many users are read at most.
MANY = 60
OTHERS = ("researcher", "participant", "collaborator", "outsider")


def _known(ctx: CheckContext, kind: str) -> list[Item]:
    """The objects that callers without these permissions see."""
    return [each for role in OTHERS if role in ctx.run.target.tokens for each in seen(ctx, kind, role)[0]]


@check("LK-043", "LK-064", "LK-159", "LK-161", roles=("admin",))
def all_user_data_opens_active_users(ctx: CheckContext) -> None:
    """can_read_all_user_data lists the users, children and demographics of active users."""
    people = _known(ctx, "users")
    active = {identify(each) for each in people if attribute(each, "is_active") is True}
    for role in [each for each in ("admin", "other") if each in ctx.run.target.tokens]:
        users, page = seen(ctx, "users", role)
        ctx.holds(
            "LK-159",
            page,
            active <= ids(users),
            "every active user that another caller sees",
            difference(active, ids(users)),
            vacuous=not active,
        )
        kinds = {attribute(each, "is_staff") for each in people if identify(each) in active}
        shown = {attribute(each, "is_staff") for each in users}
        ctx.holds(
            "LK-161",
            page,
            kinds <= shown,
            "participants and researchers",
            f"is_staff only {', '.join(sorted(str(each) for each in shown))}",
            vacuous=kinds != {True, False},
        )
        children, children_page = seen(ctx, "children", role)
        wanted = {
            identify(each)
            for each in _known(ctx, "children")
            if related(each, "user") in active and attribute(each, "deleted") is not True
        }
        ctx.holds(
            "LK-043",
            children_page,
            wanted <= ids(children),
            "every child of an active user that another caller sees",
            difference(wanted, ids(children)),
            vacuous=not wanted,
        )
        forms, forms_page = seen(ctx, "demographics", role)
        below = {form for user in sorted(active)[:8] for form in forms_of(ctx, user)}
        ctx.holds(
            "LK-064",
            forms_page,
            below <= ids(forms),
            "all demographics of active users",
            difference(below, ids(forms)),
            vacuous=not below,
        )


@check("LK-044", "LK-160", "LK-193", "LK-214", roles=("admin",))
def inactive_users_stay_hidden(ctx: CheckContext) -> None:
    """can_read_all_user_data shows neither inactive users who took part in nothing nor their children and demographics."""
    for role in [each for each in ("admin", "other") if each in ctx.run.target.tokens]:
        took_part = {related(each, "child") for each in seen(ctx, "responses", role)[0]}
        users, page = seen(ctx, "users", role)
        children, children_page = seen(ctx, "children", role)
        families = {related(each, "user") for each in children if identify(each) in took_part}
        idle = [
            identify(each) for each in users if attribute(each, "is_active") is False and identify(each) not in families
        ]
        for clause in ("LK-160", "LK-193"):
            ctx.holds(clause, page, not idle, "only active users", ", ".join(idle[:3]), vacuous=not users)
        orphans = [
            identify(each)
            for each in children
            if identify(each) not in took_part
            and related(each, "user") not in {None, *ids(users)}
            # A user who is active although the list does not show them is reported by the clause on the list.
            and attribute(_alone(ctx, str(related(each, "user")), role), "is_active") is not True
        ]
        for clause in ("LK-044", "LK-193"):
            ctx.holds(
                clause,
                (page, children_page),
                not orphans,
                "only children of active users",
                ", ".join(orphans[:3]),
                vacuous=not children,
            )
        if role == "other":
            _stray_forms(ctx, users)
    if "LK-214" not in ctx.judged:
        ctx.lacks("LK-214", "a caller with can_read_all_user_data alone: --token other=…")


def _stray_forms(ctx: CheckContext, users: list[Item]) -> None:
    """All demographics that are listed belong to a user who is listed, as far as their owners are known."""
    forms, page = seen(ctx, "demographics", "other")
    parents = {identify(each): related(each, "user") for each in seen(ctx, "children", "admin")[0]}
    owners = {
        related(each, "demographic_snapshot"): parents.get(str(related(each, "child")))
        for each in seen(ctx, "responses", "admin")[0]
    }
    known = {identify(each) for each in forms if owners.get(identify(each))}
    stray = {name for name in known if owners[name] not in ids(users)}
    if len(users) <= MANY:
        below = {form for user in sorted(ids(users)) for form in forms_of(ctx, user, "other") | forms_of(ctx, user)}
        known |= below
        stray |= ids(forms) - below if below else set()
    ctx.holds(
        "LK-214",
        page,
        not stray,
        "only demographics of active users",
        ", ".join(sorted(stray)[:3]),
        vacuous=not known,
    )


def _alone(ctx: CheckContext, user: str, role: str) -> Item:
    found = read(ctx, "users", user, role).find("data")
    return found if isinstance(found, dict) else {}


@check("LK-117", "LK-220", roles=("other", "admin"))
def all_user_data_opens_nothing_else(ctx: CheckContext) -> None:
    """can_read_all_user_data alone opens no responses, no feedback and no drafts."""
    children = {identify(each): related(each, "user") for each in seen(ctx, "children", "admin")[0]}
    everything, all_page = seen(ctx, "responses", "admin")
    responses, page = seen(ctx, "responses", "other")
    families = {children.get(str(related(each, "child"))) for each in responses}
    ctx.holds(
        "LK-117",
        page,
        len(families) <= 1,
        "no responses of other families",
        f"those of {len(families)} families",
        vacuous=not everything,
    )
    of = {identify(each): children.get(str(related(each, "child"))) for each in everything}
    comments, page = seen(ctx, "feedback", "other")
    families = {of.get(str(related(each, "response"))) for each in comments}
    ctx.holds(
        "LK-117",
        (all_page, page),
        len(families) <= 1,
        "no feedback on responses of other families",
        f"that to {len(families)} families",
        vacuous=not of,
    )
    studies, page = seen(ctx, "studies", "other")
    drafts = [
        identify(each)
        for each in studies
        if attribute(each, "state") != "active" and attribute(each, "public") is not True
    ]
    ctx.holds("LK-220", page, not drafts, "no drafts", ", ".join(drafts[:3]), vacuous=not studies)


@check("LK-058", roles=("other",))
def all_user_data_opens_single_children(ctx: CheckContext) -> None:
    """can_read_all_user_data applies to single children as well."""
    children, page = seen(ctx, "children", "other")
    for child in ctx.first("LK-058", children[::-1], "a visible child", page):
        ctx.judge("LK-058", read(ctx, "children", identify(child), "other"), succeeds)


def _named(ctx: CheckContext, users: list[Item], role: str) -> list[str]:
    """Users, other than the caller, who are shown with a username."""
    own = myself(ctx, role)
    shown = [
        identify(each) for each in users if attribute(each, "username") and isinstance(attribute(each, "username"), str)
    ]
    others = [each for each in shown if each != own]
    return others if own is not None or len(others) > 1 else []


@check("LK-162", "LK-164", "LK-167", "LK-169", roles=("researcher",))
def usernames_need_their_own_permission(ctx: CheckContext) -> None:
    """username is shown to nobody without can_read_usernames, in lists and single users; passwords and tokens never."""
    for role in [each for each in ("researcher", "other", "participant", "outsider") if each in ctx.run.target.tokens]:
        users, page = seen(ctx, "users", role)
        others = [identify(each) for each in users if identify(each) != myself(ctx, role)]
        found = _named(ctx, users, role)
        ctx.holds("LK-162", page, not found, "no username", ", ".join(found[:3]), vacuous=not others)
        for user in others[:1]:
            alone = read(ctx, "users", user, role)
            ctx.holds("LK-169", alone, not _username(alone), "no username", alone.summary, vacuous=not alone.succeeded)
            ctx.judge("LK-164", alone, both(succeeds, shows({"username": absent}, "data", "attributes")))
        ctx.judge("LK-167", page, lacks("password", "token"))
    for clause in ("LK-162", "LK-164", "LK-169"):
        if clause not in ctx.judged:
            ctx.lacks(clause, "a caller without can_read_usernames who sees another user")


def _username(alone: Exchange) -> bool:
    found = alone.find("data", "attributes", "username")
    return isinstance(found, str) and bool(found)


@check("LK-167", "LK-219", roles=("admin",))
def usernames_are_shown_with_the_permission(ctx: CheckContext) -> None:
    """Callers with can_read_usernames see the usernames of all users that they see."""
    users, page = seen(ctx, "users", "admin")
    without = [identify(each) for each in users if not isinstance(attribute(each, "username"), str)]
    ctx.holds("LK-219", page, not without, "usernames", f"none of {', '.join(without[:3])}", vacuous=not users)
    ctx.judge("LK-167", page, lacks("password", "token"))


@check("LK-163", roles=("other",))
def reading_everybody_reveals_no_usernames(ctx: CheckContext) -> None:
    """A caller who may read all user data but no usernames sees users without a username."""
    users, page = seen(ctx, "users", "other")
    found = [
        identify(each) for each in users if attribute(each, "username") and isinstance(attribute(each, "username"), str)
    ]
    # One of them may be the caller.
    ctx.holds("LK-163", page, len(found) <= 1, "no usernames", f"those of {len(found)} users", vacuous=len(users) < 2)
