"""The weights' estimates: what a few made-up pairs are known to hold comes out again, in an order that makes sense."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from shared.domain.child import Sex
from shared.domain.comparison import Birth, Names, Place, SexLevel
from shared.domain.likeness import Likeness
from shared.domain.weights import read, released
from tests.bench.matching.estimate import ASTRAY, estimate, from_population

AMELIA = Likeness(
    given_name="Amelia", family_name="Okafor", date_of_birth=date(2017, 5, 9), sex=Sex.FEMALE, postcode="N12 0AB"
)
OF_ONE = [
    *[(AMELIA, AMELIA)] * 880,
    *[(replace(AMELIA, given_name="Amelai"), AMELIA)] * 60,
    *[(replace(AMELIA, given_name="Okafor", family_name="Amelia"), AMELIA)] * 20,
    *[(replace(AMELIA, date_of_birth=date(2017, 9, 5), postcode="N12 9ZZ"), AMELIA)] * 40,
]
STRANGER = Likeness(
    given_name="Jack", family_name="Hill", date_of_birth=date(2011, 3, 2), sex=Sex.MALE, postcode="M1 1AE"
)
OF_STRANGERS = [(STRANGER, AMELIA)] * 490 + [(replace(STRANGER, sex=Sex.FEMALE), AMELIA)] * 510
BROTHER = replace(AMELIA, given_name="Jack", date_of_birth=date(2011, 3, 2), sex=Sex.MALE)
TWIN = replace(AMELIA, given_name="Isla")
REGISTER = [AMELIA] * 2 + [STRANGER] * 5 + [replace(STRANGER, given_name="Jack Isla")] * 3
WITHIN = {level: float(10 ** (n + 1)) for n, level in enumerate(Place)}


def estimated(**changed: Any) -> dict[str, Any]:
    known: dict[str, Any] = {
        "same": OF_ONE,
        "strangers": OF_STRANGERS,
        "siblings": [(BROTHER, AMELIA)] * 100,
        "twins": [(TWIN, AMELIA)] * 100,
        "register": REGISTER,
        "of_each": (1.25, 0.03),
        "within": WITHIN,
        "near": dict.fromkeys(Place, 1.5),
        "about": {"version": "a test"},
    }
    return estimate(**known | changed)


def same(table: dict[str, list[float]], level: str) -> float:
    """How often one child's statements agree so."""
    return table[level][0]


@pytest.mark.parametrize(
    ("detail", "level", "share"),
    [
        ("given_name", Names.EXACT, 0.94),  # those that changed places agree, too
        ("given_name", Names.CLOSE, 0.06),
        ("family_name", Names.EXACT, 1.0),
        ("birth", Birth.EXACT, 0.96),
        ("birth", Birth.SWAPPED, 0.04),
        ("sex", SexLevel.SAME, 1.0),
        ("postcode", Place.EXACT, 0.96),
        ("postcode", Place.DISTRICT, 0.04),
    ],
)
def test_the_shares_that_were_put_in_come_out(detail: str, level: str, share: float) -> None:
    table = estimated()[detail]
    assert same(table.get("levels", table), level) == pytest.approx(share, abs=0.006)


def test_shares_of_strangers_come_out_where_no_name_decides() -> None:
    assert estimated()["sex"][SexLevel.SAME][1] == pytest.approx(0.51, abs=0.006)


def test_how_often_names_change_places_comes_out() -> None:
    assert estimated()["crossed"] == pytest.approx(0.02, abs=0.001)


def test_nothing_counts_as_impossible() -> None:
    tables = [estimated()[detail] for detail in ("given_name", "family_name", "birth", "sex", "postcode")]
    rows = [row for table in tables for row in table.get("levels", table).values()]
    assert all(share > 0 for row in rows for share in row)


def test_a_detail_that_never_differed_may_have_gone_astray() -> None:
    assert estimated(same=[(AMELIA, AMELIA)] * 10**5)["birth"][Birth.DIFFERENT][0] >= ASTRAY / 2


@pytest.mark.parametrize("same", [OF_ONE, OF_ONE[-60:], [], [(STRANGER, AMELIA)] * 50])
@pytest.mark.parametrize("detail", ["given_name", "family_name", "birth", "sex"])
def test_no_agreement_outweighs_the_first_or_underweighs_the_last(same: list[Any], detail: str) -> None:
    """Though so few pairs were seen, or so odd ones, that chance would have it otherwise."""
    table = estimated(same=same)[detail]
    rows = [row for level, row in table.get("levels", table).items() if level != Birth.DUE]  # that is assumed
    for other in range(1 if detail in ("birth", "sex") else 2, 4):
        ratios = [row[0] / row[other] for row in rows]
        assert max(ratios) <= ratios[0] * 1.01
        assert min(ratios) >= ratios[-1] * 0.99


def test_what_relatives_share_weighs_nothing() -> None:
    tables = estimated()
    assert all(one == siblings == twins for one, _, siblings, twins in tables["family_name"]["levels"].values())
    assert all(one == twins for one, _, _, twins in tables["birth"].values())


def test_names_and_their_parts_are_counted_among_the_children() -> None:
    names = estimated()["given_name"]["frequencies"]
    assert names == {"amelia": 0.2, "isla": 0.3, "jack": 0.8, "jackisla": 0.3}


def test_a_name_that_is_not_common_is_taken_for_one_of_the_others_that_children_have() -> None:
    many = [replace(AMELIA, given_name=f"A{'b' * n}") for n in range(1, 1500)]
    given = estimated(register=[AMELIA] * 20 + many)["given_name"]
    assert len(given["frequencies"]) == 1200
    assert given["otherwise"] == pytest.approx(1 / 1519, rel=0.01)


def test_names_that_have_nothing_to_do_with_each_other_do_not_go_together() -> None:
    register = [
        replace(AMELIA, given_name=given, family_name=family)
        for given in ("Ada", "Ben", "Cy")
        for family in ("Hill", "Rose", "West")
    ] * 100
    assert estimated(register=register)["names_go_together"][0] == pytest.approx(1.0, abs=0.02)
    kept = [like for like in register if (like.given_name, like.family_name) not in {("Ada", "Rose"), ("Ben", "Hill")}]
    assert estimated(register=kept)["names_go_together"][0] > 1.1


def test_what_was_not_estimated_is_kept_as_it_was_given() -> None:
    tables = estimated()
    assert (tables["siblings"], tables["twins"]) == (1.25, 0.03)
    assert {level: row[1:] for level, row in tables["postcode"].items()} == {
        level: [within, 1.5] for level, within in WITHIN.items()
    }


def test_the_same_pairs_give_the_same_weights_whatever_their_order() -> None:
    assert estimated(same=OF_ONE[::-1], register=REGISTER[::-1]) == estimated()


def test_what_is_estimated_can_be_weighed_with() -> None:
    assert set(read(estimated()).births) == set(Birth)


def test_a_seed_gives_the_same_weights_of_the_form_that_is_released() -> None:
    one, again, other = (from_population(seed, size=800, pairs=1500) for seed in (5, 5, 6))
    assert one == again
    assert one["given_name"] != other["given_name"]
    weights = read(one)
    assert weights.given.levels.keys() == released().given.levels.keys()
    assert weights.places.keys() == released().places.keys()
