"""`python -m defects [API [DEFECT …]]`: prove defects; all of them write the table.

`python -m defects --plain N [API …]` runs every n-th defect past plain Schemathesis and keeps what it saw.
"""

from __future__ import annotations

import sys

from defects import plain, table
from defects.catalogue import APIS
from defects.proving import Proof, bench, prove


def main(arguments: list[str]) -> int:
    """Run what the arguments ask for; 1 when a defect was missed or a check saw nothing."""
    if arguments[:1] == ["--plain"]:
        plain.compare(int(arguments[1]), arguments[2:] or APIS)
        return 0
    proofs: list[Proof] = []
    wrong = 0
    for api in arguments[:1] or APIS:
        with bench(api) as stand:
            mine: list[Proof] = []
            for proof in prove(stand, arguments[1:]):
                mine.append(proof)
                if not proof.caught:
                    print(f"{api} {proof.defect.name}: missed by {proof.unseen}")
            unkept = stand.clean({name for proof in mine for name in proof.defect.breaks})
        for name, reason in unkept.items():
            print(f"{api} {name}: fails without a defect: {reason}")
        resting = [] if arguments[1:] else table.idle(mine, api)
        if resting:
            print(f"{api}: nothing is caught by {', '.join(resting)}")
        print(f"{api}: {sum(proof.caught for proof in mine)} of {len(mine)} defects caught")
        wrong += sum(not proof.caught for proof in mine) + len(unkept) + len(resting)
        proofs += mine
    if not arguments:
        table.write(proofs)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
