import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.postcode import area, district, parse_district, parse_postcode

AREAS = """
    AB AL B BA BB BD BH BL BN BR BS BT CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E EC EH EN EX FK FY G
    GL GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L LA LD LE LL LN LS LU M ME MK ML N NE NG NN NP NR NW
    OL OX PA PE PH PL PO PR RG RH RM S SA SE SG SK SL SM SN SO SP SR SS ST SW SY TA TD TF TN TQ TR TS TW UB W WA WC WD
    WF WN WR WS WV YO ZE
""".split()


@pytest.mark.parametrize("written", ["M1 1AE", "B33 8TH", "CR2 6XH", "DN55 1PT", "W1A 0AX", "EC1A 1BB"])
def test_each_of_the_six_forms_of_a_postcode_is_known(written: str) -> None:
    assert parse_postcode(written) == written


@pytest.mark.parametrize("name", AREAS)
def test_every_postcode_area_of_the_country_is_known(name: str) -> None:
    assert parse_postcode(f"{name}1 1AA") == f"{name}1 1AA"


def test_there_are_121_areas_and_three_of_the_crown_dependencies() -> None:
    assert len(AREAS) == 121 + 3


@pytest.mark.parametrize("written", ["n120ab", "N12  0AB", " n12 0ab ", "N1 2 0 A B"])
def test_a_postcode_is_kept_in_capitals_with_one_space(written: str) -> None:
    assert parse_postcode(written) == "N12 0AB"


@pytest.mark.parametrize(
    "written",
    [
        pytest.param("QQ1 1AA", id="no such area"),
        pytest.param("XN12 0AB", id="an area mistyped"),
        pytest.param("N12 0A", id="too short"),
        pytest.param("N12 0ABC", id="too long"),
        pytest.param("N12", id="the district only"),
        pytest.param("12N 0AB", id="digits first"),
        pytest.param("N12 OAB", id="a letter O for a nought"),
        *(pytest.param(f"N12 0{letter}B", id=f"{letter} is never used there") for letter in "CIKMOV"),
        pytest.param("N\uff112 0AB", id="a full-width digit"),
        pytest.param("", id="nothing"),
    ],
)
def test_a_postcode_that_cannot_exist_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="no such postcode"):
        parse_postcode(written)


@pytest.mark.parametrize(
    ("postcode", "outward", "letters"), [("N12 0AB", "N12", "N"), ("SW1A 1AA", "SW1A", "SW"), ("M1 1AE", "M1", "M")]
)
def test_a_postcode_lies_in_a_district_and_an_area(postcode: str, outward: str, letters: str) -> None:
    assert district(postcode) == outward
    assert area(outward) == letters


@pytest.mark.parametrize(("written", "kept"), [("n12", "N12"), (" N ", "N"), ("sw1a", "SW1A")])
def test_coverage_is_told_by_district_or_area(written: str, kept: str) -> None:
    assert parse_district(written) == kept


@pytest.mark.parametrize("written", ["", "Q", "Q1", "12", "N123", "N12 0AB", "*"])
def test_what_is_neither_district_nor_area_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="district"):
        parse_district(written)


@given(st.text())
def test_no_text_does_worse_than_being_refused(text: str) -> None:
    try:
        parsed = parse_postcode(text)
    except ValueError:
        return
    assert parse_postcode(parsed) == parsed


@given(st.from_regex(r"(N|SW|M)[1-9][0-9]? [0-9][ABD-HJLNP-UW-Z]{2}", fullmatch=True), st.data())
def test_case_and_spaces_make_no_difference_to_a_postcode(postcode: str, data: st.DataObject) -> None:
    written = data.draw(st.sampled_from([postcode.lower(), postcode.replace(" ", ""), f" {postcode} "]))
    assert parse_postcode(written) == postcode
