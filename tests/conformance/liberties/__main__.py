"""`python -m liberties [API [LIBERTY …]]`: try liberties; all of them write the page."""

from __future__ import annotations

import sys

from defects.proving import bench

from liberties import overview
from liberties.catalogue import APIS
from liberties.granting import Grant, granted


def main(arguments: list[str]) -> int:
    """Try what the arguments ask for; 1 when the kit condemns a correct server."""
    grants: list[Grant] = []
    for api in arguments[:1] or APIS:
        with bench(api) as stand:
            mine = []
            for each in granted(stand, arguments[1:]):
                mine.append(each)
                for clause, reason in each.against.items():
                    print(f"{api} {each.liberty.name}: {clause}: {reason}")
        print(f"{api}: {sum(each.quiet for each in mine)} of {len(mine)} liberties granted")
        grants += mine
    if not arguments:
        overview.write(grants)
    return 0 if all(each.quiet for each in grants) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
