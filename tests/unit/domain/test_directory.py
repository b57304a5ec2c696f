import pytest

from shared.domain.directory import Coverage, Credential, CredentialState
from tests.support.builders import NOW


@pytest.mark.parametrize(
    ("fed", "asked", "covered"),
    [
        ({"N12"}, "N12", True),
        ({"N"}, "N12", True),
        ({"N"}, "N1", True),
        ({"N", "SW1A"}, "SW1A", True),
        ({"N"}, "NW1", False),
        ({"NW"}, "N1", False),
        ({"N1"}, "N12", False),
        ({"N12"}, "N1", False),
        ({"SW1"}, "SW1A", False),
        (set(), "N12", False),
    ],
)
def test_coverage_is_told_by_the_exact_value_of_a_district_or_its_area(
    fed: set[str], asked: str, *, covered: bool
) -> None:
    assert Coverage(districts=frozenset(fed)).covers(asked) is covered


@pytest.mark.parametrize("state", CredentialState)
def test_only_an_issued_credential_is_outstanding(state: CredentialState) -> None:
    credential = Credential(client_id="c", organisation="RAL", label="ED", state=state, issued_at=NOW)
    assert credential.is_outstanding is (state is CredentialState.ISSUED)
