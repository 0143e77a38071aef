"""What each caller sees, judged by comparing the lists of several callers."""

from __future__ import annotations

from understudy.conformance.checks.tenancy import unknown
from understudy.conformance.evidence.exchange import Exchange
from understudy.conformance.evidence.matchers import absent, answers, both, lacks, shows, succeeds, text
from understudy.conformance.evidence.words import several
from understudy.conformance.judging.context import CheckContext, Item, attribute, identify
from understudy.conformance.judging.lists import whole
from understudy.conformance.judging.registry import check

TYPES = {
    "children": ("list_children", "read_child", "child_id"),
    "demographics": ("list_demographics", "read_demographics", "demographic_data_id"),
    "feedback": ("list_feedback", "read_feedback", "feedback_id"),
    "labs": ("list_labs", "read_lab", "lab_id"),
    "responses": ("list_responses", "read_response", "response_id"),
    "studies": ("list_studies", "read_study", "study_id"),
    "users": ("list_users", "read_user", "user_id"),
}


def seen(ctx: CheckContext, kind: str, role: str) -> tuple[list[Item], Exchange]:
    """All objects of a type that a caller sees, with the first page as evidence."""
    read = whole(ctx, ctx.contract.operations[TYPES[kind][0]], role=role)
    return read.items, read.pages[0]


def read(ctx: CheckContext, kind: str, name: str, role: str) -> Exchange:
    """One object, as a caller sees it."""
    _, operation, parameter = TYPES[kind]
    return ctx.call(operation, path={parameter: name}, role=role)


def ids(items: list[Item]) -> set[str]:
    """The ids of some objects."""
    return {identify(each) for each in items}


def related(item: Item, name: str) -> str | None:
    """The id at the end of a relationship's address, or None if it has none."""
    link = (item.get("relationships", {}).get(name, {}).get("links") or {}).get("related")
    if not isinstance(link, str):
        return None
    steps = link.partition("?")[0].rstrip("/").split("/")
    return next((step for step in reversed(steps) if step.count("-") == 4), None)


def _difference(wanted: set[str], got: set[str]) -> str:
    missing, extra = sorted(wanted - got), sorted(got - wanted)
    if not missing and not extra:
        return f"{len(got)} of {len(wanted)}"
    return f"missing {', '.join(missing[:3]) or 'none'}; too many {', '.join(extra[:3]) or 'none'}"


def _one_users(items: list[Item]) -> bool:
    """Whether some children all have the same parent: they may be the caller's own."""
    return len({related(each, "user") for each in items}) <= 1


@check("LK-021", "LK-040", "LK-045", "LK-056", "LK-062", "LK-071", "LK-157", "LK-168", roles=("researcher", "admin"))
def a_researcher_sees_who_took_part(ctx: CheckContext) -> None:
    """A researcher sees the children, demographics and users of families with a response that the researcher sees."""
    responses, shown = seen(ctx, "responses", "researcher")
    ctx.need(responses, "the researcher sees no responses", shown)
    took_part = {name for each in responses if (name := related(each, "child"))}
    children, page = seen(ctx, "children", "researcher")
    extra = [each for each in children if identify(each) not in took_part]
    fits = took_part <= ids(children) and _one_users(extra)
    ctx.holds(
        "LK-040", (shown, page), fits, "the children of the visible responses", _difference(took_part, ids(children))
    )
    ctx.holds(
        "LK-045",
        page,
        len(ids(children)) == len(children),
        "each child once",
        f"{len(children) - len(ids(children))} twice",
    )
    everybody, all_page = seen(ctx, "children", "admin")
    outside = [each for each in everybody if identify(each) not in ids(children)]
    ctx.holds(
        "LK-040", (page, all_page), True, "children that the researcher does not see", "none", vacuous=not outside
    )
    parents = {name for each in children if (name := related(each, "user"))}
    users, users_page = seen(ctx, "users", "researcher")
    ctx.holds(
        "LK-157",
        (page, users_page),
        parents <= ids(users),
        "the parents of these children among the users",
        _difference(parents, ids(users)),
    )
    strangers = ids(users) - parents
    ctx.holds(
        "LK-157",
        (page, users_page),
        len(strangers) <= 1,
        "no other user but the researcher",
        f"{len(strangers)} others",
    )
    households: set[str] = set()
    for parent in sorted(parents):
        found = ctx.call("list_user_demographics", path={"user_id": parent}, query={"page_size": 100}, role="admin")
        households |= ids(ctx.items(ctx.contract.operations["list_user_demographics"], found))
    forms, forms_page = seen(ctx, "demographics", "researcher")
    ctx.holds(
        "LK-062",
        forms_page,
        ids(forms) == households,
        "the demographics of these parents",
        _difference(households, ids(forms)),
    )
    for own in ctx.first("LK-056", sorted(took_part), "a child who took part", shown):
        ctx.judge("LK-056", read(ctx, "children", own, "researcher"), succeeds)
    if outside:
        ctx.judge("LK-056", read(ctx, "children", identify(outside[0]), "researcher"), answers(404, 403))
        ctx.judge("LK-021", read(ctx, "children", identify(outside[0]), "researcher"), answers(404, 403))
    for form in ctx.first("LK-071", forms, "demographics of a family that took part", forms_page):
        ctx.judge("LK-071", read(ctx, "demographics", identify(form), "researcher"), succeeds)
    all_forms, _ = seen(ctx, "demographics", "admin")
    hidden = sorted(ids(all_forms) - ids(forms))
    for name in hidden[:1]:
        ctx.judge("LK-071", read(ctx, "demographics", name, "researcher"), answers(404, 403))
        ctx.judge("LK-021", read(ctx, "demographics", name, "researcher"), answers(404, 403))
    for parent in ctx.first("LK-168", sorted(parents), "a parent of a child who took part", page):
        ctx.judge("LK-168", read(ctx, "users", parent, "researcher"), succeeds)
    all_users, _ = seen(ctx, "users", "admin")
    for name in sorted(ids(all_users) - ids(users))[:1]:
        ctx.judge("LK-168", read(ctx, "users", name, "researcher"), answers(404, 403))
        ctx.judge("LK-021", read(ctx, "users", name, "researcher"), answers(404, 403))


@check(
    "LK-021",
    "LK-039",
    "LK-042",
    "LK-056",
    "LK-063",
    "LK-071",
    "LK-076",
    "LK-080",
    "LK-110",
    "LK-118",
    "LK-158",
    "LK-168",
    roles=("participant", "admin"),
)
def a_participant_sees_the_family(ctx: CheckContext) -> None:
    """A parent sees the family's children, demographics, responses and feedback and the own user, and nobody else's."""
    users, users_page = seen(ctx, "users", "participant")
    ctx.holds("LK-158", users_page, len(users) == 1, "only the own user", several(len(users), "user"))
    ctx.need(users, "the participant does not see the own user", users_page)
    me = identify(users[0])
    ctx.judge("LK-168", read(ctx, "users", me, "participant"), succeeds)
    children, page = seen(ctx, "children", "participant")
    mine = {related(each, "user") for each in children}
    ctx.holds(
        "LK-042", page, mine <= {me}, f"children of {me}", sorted(str(each) for each in mine), vacuous=not children
    )
    all_children, _ = seen(ctx, "children", "admin")
    wanted = {identify(each) for each in all_children if related(each, "user") == me}
    ctx.holds(
        "LK-042",
        page,
        ids(children) == wanted,
        "all own children",
        _difference(wanted, ids(children)),
        vacuous=not wanted,
    )
    for child in ctx.first("LK-056", children, "a child of the participant", page):
        ctx.judge("LK-056", read(ctx, "children", identify(child), "participant"), succeeds)
    forms, forms_page = seen(ctx, "demographics", "participant")
    nested = ctx.call("list_user_demographics", path={"user_id": me}, query={"page_size": 100}, role="admin")
    own_forms = ids(ctx.items(ctx.contract.operations["list_user_demographics"], nested))
    ctx.holds(
        "LK-063",
        (nested, forms_page),
        ids(forms) == own_forms,
        "the own demographics",
        _difference(own_forms, ids(forms)),
        vacuous=not own_forms,
    )
    for form in ctx.first("LK-071", forms, "demographics of the participant", forms_page):
        ctx.judge("LK-071", read(ctx, "demographics", identify(form), "participant"), succeeds)
    all_forms, all_page = seen(ctx, "demographics", "admin")
    for name in ctx.first("LK-071", sorted(ids(all_forms) - own_forms), "demographics of another family", all_page):
        ctx.judge("LK-071", read(ctx, "demographics", name, "participant"), answers(404, 403))
    responses, answers_page = seen(ctx, "responses", "participant")
    everything, all_page = seen(ctx, "responses", "admin")
    own = {identify(each) for each in everything if related(each, "child") in ids(children)}
    ctx.holds(
        "LK-110",
        answers_page,
        ids(responses) == own,
        "the responses of the own children",
        _difference(own, ids(responses)),
        vacuous=not own,
    )
    for name in ctx.first("LK-118", sorted(own), "a response of an own child", answers_page):
        ctx.judge("LK-118", read(ctx, "responses", name, "participant"), succeeds)
    foreign = sorted(ids(everything) - own)
    for name in ctx.first(("LK-118", "LK-021"), foreign, "a response of another family's child", all_page):
        ctx.judge("LK-118", read(ctx, "responses", name, "participant"), answers(404, 403))
        ctx.judge("LK-021", read(ctx, "responses", name, "participant"), answers(404, 403))
    comments, comments_page = seen(ctx, "feedback", "participant")
    all_comments, all_page = seen(ctx, "feedback", "admin")
    about_me = {identify(each) for each in all_comments if related(each, "response") in own}
    ctx.holds(
        "LK-076",
        comments_page,
        ids(comments) == about_me,
        "the feedback on the own responses",
        _difference(about_me, ids(comments)),
        vacuous=not about_me,
    )
    others = sorted(ids(all_comments) - about_me)
    for name in ctx.first("LK-080", sorted(about_me), "feedback on an own response", comments_page):
        ctx.judge("LK-080", read(ctx, "feedback", name, "participant"), succeeds)
    for name in ctx.first("LK-080", others, "feedback on another family's response", all_page):
        ctx.judge("LK-080", read(ctx, "feedback", name, "participant"), answers(404, 403))
    for kind, listed in (("children", children), ("responses", responses), ("feedback", comments)):
        counted = ctx.call(TYPES[kind][0], role="participant").find("links", "meta", "count")
        ctx.holds("LK-039", page, counted == len(listed), f"count {len(listed)} of visible {kind}", counted)


@check(
    "LK-039",
    "LK-075",
    "LK-080",
    "LK-109",
    "LK-118",
    "LK-149",
    "LK-150",
    "LK-151",
    "LK-152",
    "LK-202",
    roles=("researcher", "admin"),
)
def responses_are_visible_by_study(ctx: CheckContext) -> None:
    """A researcher sees all responses to a study or none, and the feedback on the visible ones."""
    mine, page = seen(ctx, "responses", "researcher")
    everything, all_page = seen(ctx, "responses", "admin")
    split: list[str] = []
    open_studies: set[str] = set()
    for study in sorted({str(related(each, "study")) for each in everything}):
        group = {identify(each) for each in everything if related(each, "study") == study}
        visible = group & ids(mine)
        if visible == group:
            open_studies.add(study)
        elif visible:
            split.append(study)
    closed = {str(related(each, "study")) for each in everything} - open_studies - set(split)
    ctx.holds(
        "LK-109",
        (page, all_page),
        not split,
        "for each study all of its responses or none, and studies of both kinds",
        f"some only of {', '.join(split)}" if split else f"all of {len(open_studies)} and none of {len(closed)}",
        vacuous=not (closed and open_studies),
    )
    comments, comments_page = seen(ctx, "feedback", "researcher")
    all_comments, _ = seen(ctx, "feedback", "admin")
    wanted = {identify(each) for each in all_comments if related(each, "response") in ids(mine)}
    ctx.holds(
        "LK-075",
        comments_page,
        ids(comments) == wanted,
        "the feedback on visible responses",
        _difference(wanted, ids(comments)),
        vacuous=not wanted,
    )
    for name in ctx.first("LK-118", sorted(ids(mine)), "a response that the researcher sees", page):
        ctx.judge("LK-118", read(ctx, "responses", name, "researcher"), succeeds)
    for name in sorted(ids(everything) - ids(mine))[:1]:
        ctx.judge("LK-118", read(ctx, "responses", name, "researcher"), answers(404, 403))
    for name in ctx.first("LK-080", sorted(wanted), "feedback on a visible response", comments_page):
        ctx.judge("LK-080", read(ctx, "feedback", name, "researcher"), succeeds)
    for name in sorted(ids(all_comments) - wanted)[:1]:
        ctx.judge("LK-080", read(ctx, "feedback", name, "researcher"), answers(404, 403))
    counted = ctx.call("list_responses", role="researcher").find("links", "meta", "count")
    ctx.holds("LK-039", page, counted == len(mine), f"count {len(mine)} of visible responses", counted)
    operation = ctx.contract.operations["list_study_responses"]
    if not open_studies:
        ctx.lacks(("LK-149", "LK-150", "LK-151"), "a study whose responses the researcher sees", page)
    for study in sorted(open_studies)[:2]:
        exchange = ctx.page(operation, size=100, path={"study_id": study}, role="researcher")
        group = {identify(each) for each in everything if related(each, "study") == study}
        ctx.holds(
            "LK-149",
            exchange,
            exchange.succeeded and ids(ctx.items(operation, exchange)) == group,
            "the responses to that study",
            exchange.summary,
        )
        odd = [identify(each) for each in ctx.items(operation, exchange) if related(each, "study") != study]
        ctx.holds("LK-150", exchange, not odd, "only responses to that study", ", ".join(odd[:3]), vacuous=not group)
        order = [identify(each) for each in mine if related(each, "study") == study]
        got = [identify(each) for each in ctx.items(operation, exchange)]
        ctx.holds(
            "LK-151",
            (page, exchange),
            got == order,
            "the order of the responses list",
            _difference(set(order), set(got)),
            vacuous=len(got) < 2,
        )
        few = ctx.page(operation, size=2, path={"study_id": study}, role="researcher")
        ctx.holds(
            "LK-151",
            few,
            len(ctx.items(operation, few)) == min(2, len(group)),
            "pages of two",
            few.summary,
            vacuous=len(group) < 2,
        )
    for study in sorted(closed)[:2]:
        exchange = ctx.page(operation, path={"study_id": study}, role="researcher")
        quiet = exchange.status in {403, 404} or (exchange.succeeded and not ctx.items(operation, exchange))
        for clause in ("LK-149", "LK-202"):
            ctx.holds(
                clause, exchange, quiet, "403, 404 or an empty list without permission to see them", exchange.summary
            )
    ctx.judge("LK-152", ctx.call(operation, path={"study_id": unknown(ctx, operation, "study_id")}), answers(404))


@check(
    "LK-043", "LK-044", "LK-058", "LK-064", "LK-117", "LK-159", "LK-160", "LK-161", "LK-193", roles=("admin", "other")
)
def only_active_users_are_visible(ctx: CheckContext) -> None:
    """can_read_all_user_data shows the users, children and demographics of active users, and nothing else."""
    for role in ("admin", "other"):
        users, page = seen(ctx, "users", role)
        idle = [identify(each) for each in users if attribute(each, "is_active") is not True]
        for clause in ("LK-160", "LK-193"):
            ctx.holds(clause, page, not idle, "only active users", ", ".join(idle[:3]), vacuous=not users)
        staff = {attribute(each, "is_staff") for each in users}
        both_kinds = staff == {True, False}
        ctx.holds(
            "LK-161",
            page,
            both_kinds or not users,
            "researchers and participants",
            f"is_staff {staff}" if users else "no user",
            vacuous=not users,
        )
        children, children_page = seen(ctx, "children", role)
        orphans = [identify(each) for each in children if related(each, "user") not in ids(users)]
        for clause in ("LK-044", "LK-193"):
            ctx.holds(
                clause,
                (page, children_page),
                not orphans,
                "only children of active users",
                ", ".join(orphans[:3]),
                vacuous=not children,
            )
        known: set[str] = set()
        for other in ("researcher", "participant", "collaborator", "outsider"):
            if other in ctx.run.target.tokens:
                known |= ids(seen(ctx, "children", other)[0])
        ctx.holds(
            "LK-043",
            children_page,
            known <= ids(children),
            "every child that another caller sees",
            _difference(known, ids(children) & known),
            vacuous=not known,
        )
        for child in ctx.first("LK-058", children[::-1], "a visible child", children_page):
            ctx.judge("LK-058", read(ctx, "children", identify(child), role), succeeds)
        people: set[str] = set()
        forms_known: set[str] = set()
        for other in ("researcher", "participant", "collaborator", "outsider"):
            if other in ctx.run.target.tokens:
                people |= ids(seen(ctx, "users", other)[0])
                forms_known |= ids(seen(ctx, "demographics", other)[0])
        ctx.holds(
            "LK-159",
            page,
            people <= ids(users),
            "every user that another caller sees",
            _difference(people, ids(users) & people),
            vacuous=not people,
        )
        forms, forms_page = seen(ctx, "demographics", role)
        ctx.holds(
            "LK-064",
            forms_page,
            forms_known <= ids(forms),
            "all demographics that another caller sees",
            _difference(forms_known, ids(forms) & forms_known),
            vacuous=not forms_known,
        )
        nested: set[str] = set()
        few = sorted(ids(users))[:8] if role == "admin" else []
        for user in few:
            exchange = ctx.call("list_user_demographics", path={"user_id": user}, query={"page_size": 100}, role=role)
            nested |= ids(ctx.items(ctx.contract.operations["list_user_demographics"], exchange))
        ctx.holds(
            "LK-064",
            forms_page,
            nested <= ids(forms),
            "the demographics of these users",
            _difference(nested, ids(forms) & nested),
        )
    creators = {str(related(each, "creator")) for each in seen(ctx, "studies", "admin")[0]}
    for name in sorted(creators - ids(seen(ctx, "users", "admin")[0]))[:2]:
        ctx.judge("LK-193", read(ctx, "users", name, "admin"), answers(404, 403))
        ctx.judge("LK-160", read(ctx, "users", name, "admin"), answers(404, 403))
    for kind in ("responses", "feedback"):
        items, page = seen(ctx, kind, "other")
        ctx.holds("LK-117", page, not items, f"no {kind} with only that permission", f"{len(items)} {kind}")
    studies, page = seen(ctx, "studies", "other")
    drafts = [identify(each) for each in studies if attribute(each, "state") != "active"]
    ctx.holds("LK-117", page, not drafts, "no drafts with only that permission", ", ".join(drafts[:3]))


@check(
    "LK-021",
    "LK-034",
    "LK-099",
    "LK-105",
    "LK-139",
    "LK-140",
    "LK-141",
    "LK-148",
    "LK-202",
    roles=("admin", "outsider"),
)
def anybody_sees_public_studies(ctx: CheckContext) -> None:
    """Every caller's list has the active public studies and no private drafts; the latest change comes first."""
    everything, all_page = seen(ctx, "studies", "admin")
    shown, page = seen(ctx, "studies", "outsider")
    public = {
        identify(each)
        for each in everything
        if attribute(each, "state") == "active" and attribute(each, "public") is True
    }
    drafts = {
        identify(each)
        for each in everything
        if attribute(each, "state") != "active" and attribute(each, "public") is not True
    }
    ctx.holds(
        "LK-139",
        (all_page, page),
        public <= ids(shown),
        "every active public study",
        _difference(public, ids(shown)),
        vacuous=not public,
    )
    ctx.holds(
        "LK-140",
        page,
        ids(shown) <= public,
        "only active public studies",
        _difference(public, ids(shown)),
        vacuous=not drafts,
    )
    ctx.holds(
        "LK-139",
        page,
        not drafts & ids(shown),
        "no private draft",
        ", ".join(sorted(drafts & ids(shown))),
        vacuous=not drafts,
    )
    for role in ("admin", "outsider"):
        listed, listed_page = seen(ctx, "studies", role)
        times = [str(attribute(each, "date_modified")) for each in listed]
        ctx.holds(
            "LK-141",
            listed_page,
            times == sorted(times, reverse=True),
            "the latest change first",
            times[:4],
            vacuous=len(set(times)) < 3,
        )
    for name in ctx.first("LK-148", sorted(public), "an active public study", all_page):
        ctx.judge("LK-148", read(ctx, "studies", name, "outsider"), succeeds)
    for name in sorted(drafts)[:2]:
        ctx.judge("LK-148", read(ctx, "studies", name, "outsider"), answers(404, 403))
        ctx.judge("LK-021", read(ctx, "studies", name, "outsider"), answers(404, 403))
        ctx.judge("LK-148", read(ctx, "studies", name, "admin"), succeeds)
        ctx.judge(
            "LK-202", ctx.call("list_study_responses", path={"study_id": name}, role="outsider"), answers(404, 403)
        )
    labs, labs_page = seen(ctx, "labs", "outsider")
    all_labs, _ = seen(ctx, "labs", "admin")
    ctx.holds(
        "LK-099",
        labs_page,
        ids(labs) == ids(all_labs),
        "all labs",
        _difference(ids(all_labs), ids(labs)),
        vacuous=not all_labs,
    )
    for lab in ctx.first("LK-105", all_labs, "a lab", labs_page):
        ctx.judge("LK-105", read(ctx, "labs", identify(lab), "outsider"), succeeds)
    nothing = ctx.call("list_responses", role="outsider")
    ctx.judge("LK-034", nothing, both(shows({"data": []}), shows({"count": 0, "pages": 1, "page": 1}, "links", "meta")))


@check("LK-153", "LK-202", roles=("participant", "admin"))
def one_response_opens_no_others(ctx: CheckContext) -> None:
    """A participant does not see other people's responses on the route of a study."""
    own, _ = seen(ctx, "responses", "participant")
    ctx.need(own, "the participant has no response")
    studies = {str(related(each, "study")) for each in own}
    operation = ctx.contract.operations["list_study_responses"]
    for study in sorted(studies)[:2]:
        exchange = ctx.page(operation, size=100, path={"study_id": study}, role="participant")
        others = ids(ctx.items(operation, exchange)) - ids(own) if exchange.succeeded else set()
        ctx.holds(
            "LK-153",
            exchange,
            not others and exchange.status in {200, 403, 404},
            "no response of another family",
            ", ".join(sorted(others)[:3]) or exchange.summary,
        )
        ctx.holds(
            "LK-202",
            exchange,
            not others and exchange.status in {200, 403, 404},
            "403, 404 or an empty list",
            exchange.summary,
        )


@check("LK-162", "LK-164", "LK-167", "LK-169", roles=("admin", "researcher", "participant"))
def usernames_need_their_own_permission(ctx: CheckContext) -> None:
    """username is shown only to callers with can_read_usernames, in lists and single users, and is absent otherwise."""
    users, page = seen(ctx, "users", "admin")
    without = [identify(each) for each in users if not text(attribute(each, "username"))]
    ctx.holds("LK-162", page, not without, "usernames for a caller who may read them", ", ".join(without[:3]))
    for user in ctx.first(("LK-162", "LK-169"), users, "a user whose username may be read", page):
        alone = read(ctx, "users", identify(user), "admin")
        ctx.judge("LK-169", alone, shows({"username": text}, "data", "attributes"))
    for role in ("researcher", "participant", "outsider"):
        if role not in ctx.run.target.tokens:
            continue
        listed, shown = seen(ctx, "users", role)
        for clause in ("LK-162", "LK-164"):
            ctx.judge(clause, shown, lacks("username"))
        for user in ctx.first(("LK-164", "LK-169"), listed, f"a user that the {role} sees", shown):
            single = read(ctx, "users", identify(user), role)
            ctx.judge("LK-169", single, both(succeeds, lacks("username")))
            ctx.judge("LK-164", single, shows({"username": absent}, "data", "attributes"))
        ctx.judge("LK-167", shown, lacks("password", "token", "email", "last_login"))
    ctx.judge("LK-167", page, lacks("password", "token", "email", "last_login"))


@check("LK-163", roles=("other",))
def reading_everybody_reveals_no_usernames(ctx: CheckContext) -> None:
    """A caller who may read all user data but no usernames sees users without a username."""
    users, shown = seen(ctx, "users", "other")
    ctx.need(users, "the caller with the role other sees no user")
    ctx.judge("LK-163", shown, lacks("username"))
    ctx.judge("LK-163", read(ctx, "users", identify(users[0]), "other"), both(succeeds, lacks("username")))


@check("LK-170", "LK-171", roles=("participant", "admin", "outsider"))
def lists_below_a_user_hold_that_users_objects(ctx: CheckContext) -> None:
    """The lists below a user hold only that user's objects, for callers who may see them."""
    users, page = seen(ctx, "users", "participant")
    ctx.need(users, "the participant does not see the own user", page)
    me = identify(users[0])
    for clause, resource in (("LK-171", "children"), ("LK-170", "demographics")):
        own, _ = seen(ctx, resource, "participant")
        below = ctx.contract.operations[f"list_user_{resource}"]
        for role in ("participant", "admin"):
            exchange = ctx.page(below, size=100, path={"user_id": me}, role=role)
            found = ids(ctx.items(below, exchange)) == ids(own)
            ctx.holds(clause, exchange, found, f"the {resource} of that user", exchange.summary, vacuous=not own)
        exchange = ctx.page(below, path={"user_id": me}, role="outsider")
        hidden = exchange.status in {403, 404} or (exchange.succeeded and not ctx.items(below, exchange))
        ctx.holds(clause, exchange, hidden, "nothing for another caller", exchange.summary)
        ctx.judge(clause, ctx.call(below, path={"user_id": unknown(ctx, below, "user_id")}), answers(404))


@check("LK-015", "LK-200")
def self_links_work(ctx: CheckContext) -> None:
    """links.self of a listed object is its absolute address and returns that object to the same caller."""
    for kind, (_, operation, parameter) in TYPES.items():
        for role in ("default", "other") if kind == "children" and "other" in ctx.run.target.tokens else ("default",):
            items, page = seen(ctx, kind, role)
            for item in items[:1]:
                link = (item.get("links") or {}).get("self", "")
                wanted = ctx.run.target.url + ctx.address(
                    ctx.contract.operations[operation], {parameter: identify(item)}
                )
                ctx.holds("LK-015", page, link == wanted, wanted, link)
                alone = (
                    ctx.follow(link, page) if isinstance(link, str) and link.startswith(ctx.run.target.url) else page
                )
                ctx.holds(
                    "LK-200",
                    (page, alone),
                    alone is not page and alone.find("data", "id") == identify(item),
                    f"the object at {link}",
                    alone.summary,
                )
                ctx.holds("LK-200", (page, alone), alone.find("data") == item, "the object as listed", alone.summary)


def own_child(ctx: CheckContext, role: str) -> str:
    """A child of the caller with a role."""
    children, page = seen(ctx, "children", role)
    ctx.need(children, f"the {role} has no child", page)
    return identify(children[0])
