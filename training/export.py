"""Groups as labelled pairs, for `askonce eval`.

    python -m training.export validation > validation.jsonl
    python -m training.export heldout > heldout.jsonl

`validation`: the groups of every file that no training sees; `heldout`: those of a writer who saw no other group.
"""

import argparse
import json

from training.data import group_pairs, is_validation
from training.groups import all_groups, held_out_groups


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.export")
    parser.add_argument("which", choices=["validation", "heldout"])
    which = parser.parse_args().which
    groups = held_out_groups() if which == "heldout" else [one for one in all_groups() if is_validation(one)]
    for group in groups:
        for pairs in group_pairs(group):
            for pair in pairs:
                row = {"a": pair.a, "b": pair.b, "label": pair.label, "kind": pair.kind}
                print(json.dumps(row, ensure_ascii=False))


if __name__ == "__main__":
    main()
