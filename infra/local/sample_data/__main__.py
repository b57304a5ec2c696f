"""`python -m infra.local.sample_data`: write the extracts and say what to expect of them."""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path

from infra.local.sample_data import AS_OF, generate


def main() -> int:
    """Returns the exit code: 0, or 2 (with the reason) for arguments that cannot be."""
    parser = argparse.ArgumentParser(prog="python -m infra.local.sample_data", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="the folder to write to")
    parser.add_argument("--children", type=int, default=200, help="how many children (default 200)")
    parser.add_argument("--seed", type=int, default=2010, help="another seed, other children (default 2010)")
    parser.add_argument(
        "--as-of", type=date.fromisoformat, default=AS_OF, help=f"the night of the extracts (default {AS_OF})"
    )
    asked = parser.parse_args()
    try:
        sample = generate(asked.out, seed=asked.seed, children=asked.children, as_of=asked.as_of)
    except ValueError as error:
        parser.error(str(error))
    for file in sample.files:
        sys.stdout.write(
            f"{file.path}: {file.organisation.name} ({file.organisation.code}), {file.rows} rows, "
            f"of which {file.warnings} with a wrong detail, {file.rejected} to be rejected "
            f"and {file.no_longer_kept} that ended too long ago\n"
        )
    story = sample.story
    sys.stdout.write(
        f"Ask about {story.given_name} {story.family_name}, born {story.date_of_birth}, {story.postcode}.\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
