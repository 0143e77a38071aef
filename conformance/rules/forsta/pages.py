"""Links of a page of respondents, and the grammar of filters that another document describes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from understudy.conformance.evidence.matchers import address, shows, succeeds
from understudy.conformance.evidence.words import several
from understudy.conformance.judging.context import CheckContext
from understudy.conformance.judging.registry import check
from understudy.conformance.rules.forsta.lists import everyone, matching, quoted, records, respids
from understudy.conformance.rules.forsta.table import DATA, Record, columns, is_date, is_number

PLACEHOLDER = re.compile(r"\{[^{}]+\}")


@check("FO-025", "FO-026", "FO-037", "FO-042", "FO-182")
def a_page_has_counts_and_a_template(ctx: CheckContext) -> None:
    """A page comes without asking for a size; links.item is a template for single records."""
    plain = ctx.call(DATA)
    ctx.judge("FO-037", plain, succeeds)
    page = ctx.call(DATA, query={"pageSize": 3})
    body = page.json if isinstance(page.json, dict) else {}
    ctx.holds(
        "FO-025",
        page,
        {"itemCount", "totalCount", "items", "links"} <= set(body),
        "itemCount, totalCount, items and links",
        page.summary,
    )
    counted = page.find("itemCount")
    ctx.holds("FO-026", page, counted == len(records(page)), f"itemCount {len(records(page))}", counted)
    item = page.find("links", "item")
    template = isinstance(item, str) and re.search(r"respondents/data/\{[^{}]+\}$", urlsplit(item).path)
    ctx.holds("FO-042", page, template, "a template that ends in respondents/data/ and a placeholder", item)
    found = records(page)
    ctx.need(found and isinstance(item, str) and PLACEHOLDER.search(item), "there is no template to fill in", page)
    # A link to another host is not followed, as the request would take the credential there.
    home = ctx.run.target.hosts(PLACEHOLDER.sub("1", str(item)))
    ctx.holds("FO-042", page, home or not address(item), f"an address at {ctx.run.target.url}", item)
    if home:
        own = found[0].get("respid")
        ctx.judge("FO-182", ctx.follow(PLACEHOLDER.sub(str(own), str(item)), page), shows(respid=own), page)
    else:
        ctx.lacks("FO-182", f"a template at {ctx.run.target.url}", page)


@check("FO-031", "FO-040")
def pages_make_up_the_survey(ctx: CheckContext) -> None:
    """All pages together have each respondent once, and the last one names no next page."""
    items, pages = everyone(ctx)
    twice = len(items) - len(set(respids(items)))
    ctx.holds("FO-031", pages[:3], not twice, "each respondent once", f"{twice} twice")
    size = -(-len(items) // 3)
    parts = [ctx.call(DATA, query={"pageSize": size, "page": number}) for number in (1, 2, 3)]
    names = [name for part in parts for name in respids(records(part))]
    ctx.holds(
        "FO-031",
        parts,
        sorted(names, key=str) == respids(items),
        f"{several(len(items), 'respondent')} in three pages",
        several(len(set(names)), "respondent"),
        vacuous=len(items) < 3,
    )
    full = len(items) if parts[2].succeeded and records(parts[2]) else 0
    for page in [parts[2], pages[-1]] if full else [pages[-1]]:
        link = page.find("links", "next")
        ctx.holds("FO-040", page, not isinstance(link, str) or not link, "no next page on the last", link)


@check("FO-038", "FO-039", "FO-056")
def links_lead_to_the_next_page(ctx: CheckContext) -> None:
    """links.next is the absolute address of the following page, of the same variables and the same filter."""
    column = columns(ctx)
    items, pages = everyone(ctx)
    ctx.need(len(items) > 3, "the survey has too few respondents for two pages", pages[0])
    _next(ctx, ("FO-038", "FO-039"), {"pageSize": 3, "variables": column.key})
    for name in (column.text, column.other, column.key):
        value = quoted(items, name)
        among = [each for each in items if value is not None and each.get(name) == value]
        if len(among) > 1:
            _next(ctx, ("FO-056", "FO-056"), {"pageSize": 1, "filterExpression": f"respondent:{name}='{value}'"})
            return
    ctx.lacks("FO-056", f"two respondents with the same {column.text}", pages[0])


def _next(ctx: CheckContext, clauses: tuple[str, str], query: dict[str, Any]) -> None:
    """The link of a first page leads to the second one (first clause) and keeps the query (second clause)."""
    leading, keeping = clauses
    first = ctx.call(DATA, query=query)
    link = first.find("links", "next")
    ctx.holds("FO-038", first, address(link), "an absolute address", link)
    if not isinstance(link, str):
        return
    home = ctx.run.target.hosts(link)
    ctx.holds("FO-038", first, home, f"an address on the host of {ctx.run.target.url}", link)
    sent = parse_qs(urlsplit(link).query)
    kept = all(sent.get(name) == [str(value)] for name, value in query.items())
    ctx.holds(keeping, first, kept, f"{', '.join(query)} in next", link)
    if home:
        second, direct = ctx.follow(link, first), ctx.call(DATA, query={**query, "page": 2})
        lead = second.succeeded and respids(records(second)) == respids(records(direct))
        words = "the second page"
        ctx.holds(leading, (first, second), lead or not direct.succeeded, words, second.summary)
        other = not {str(each) for each in respids(records(second))} & {str(each) for each in respids(records(first))}
        ctx.holds(leading, (first, second), other and bool(records(second)), words, second.summary)


@check("FO-168", "FO-169", "FO-170")
def filters_have_a_grammar(ctx: CheckContext) -> None:
    """Six operators compare texts, numbers and dates; comparisons combine with AND, OR, NOT, IN and parentheses."""
    column = columns(ctx)
    items, pages = everyone(ctx)
    ages = sorted({each[column.number] for each in items if is_number(each.get(column.number))})
    days = sorted({str(each[column.date]) for each in items if is_date(each.get(column.date))})
    texts = sorted({each[column.text] for each in items if isinstance(each.get(column.text), str)})
    texts = [each for each in texts if "'" not in each]
    ctx.need(
        ages and days and len(texts) > 1,
        f"too few values of {column.number}, {column.date} and {column.text}",
        pages[0],
    )
    age, day, one, other = ages[len(ages) // 2], days[len(days) // 2], texts[0], texts[-1]
    number, when, text = f"respondent:{column.number}", f"respondent:{column.date}", f"respondent:{column.text}"

    def at_least(each: Record) -> bool:
        return is_number(each.get(column.number)) and each[column.number] >= age

    def below(each: Record) -> bool:
        return is_number(each.get(column.number)) and each[column.number] < age

    def named(each: Record) -> bool:
        return each.get(column.text) in {one, other}

    chosen = [each.get("respid") for each in items[:3]]
    compared: list[tuple[str, str, Callable[[Record], bool]]] = [
        ("FO-168", f"{number} >= {age}", at_least),
        ("FO-168", f"{number} < {age}", below),
        ("FO-168", f"{number} <= {age}", lambda each: below(each) or each.get(column.number) == age),
        ("FO-168", f"{number}={age}", lambda each: each.get(column.number) == age),
        ("FO-168", f"{number} > {age}", lambda each: at_least(each) and each[column.number] != age),
        ("FO-168", f"{when} > {day}", lambda each: str(each.get(column.date, "")) > day),
        (
            "FO-169",
            f"{text}='{one}' AND {number} >= {age}",
            lambda each: each.get(column.text) == one and at_least(each),
        ),
        ("FO-169", f"{text}='{one}' or {text}='{other}'", named),
        (
            "FO-169",
            f"({text}='{one}' OR {text}='{other}') and {number} < {age}",
            lambda each: named(each) and below(each),
        ),
        ("FO-170", f"IN(respondent:respid, {', '.join(map(str, chosen))})", lambda each: each.get("respid") in chosen),
        ("FO-170", f"IN({text}, '{one}', '{other}')", named),
    ]
    for clause, expression, keeps in compared:
        wanted = respids([each for each in items if keeps(each)])
        page = ctx.call(DATA, query={"filterExpression": expression, "pageSize": 1})
        got = respids(matching(ctx, expression)[0]) if page.succeeded else []
        words = f"{several(len(wanted), 'respondent')} for {expression}"
        ctx.holds(clause, page, page.succeeded and got == wanted, words, several(len(got), "respondent"))
    for clause, expression in (("FO-168", f"{text} != '{one}'"), ("FO-169", f"NOT {text}='{one}'")):
        page = ctx.call(DATA, query={"filterExpression": expression, "pageSize": 1000})
        wrong = [each.get("respid") for each in records(page) if each.get(column.text) == one]
        good = page.succeeded and not wrong and bool(records(page))
        ctx.holds(clause, page, good, f"respondents with another {column.text}", page.summary)
