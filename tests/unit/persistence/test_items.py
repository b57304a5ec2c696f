"""Items of the Register are made and written just as PynamoDB would, without a look for defaults and maps that they do not have."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pynamodb.attributes import AttributeContainer, ListAttribute, MapAttribute
from pynamodb.exceptions import AttributeNullError
from pynamodb.models import Model

from shared.persistence.models import ChildItem, MatchKeyItem, RegisterItem

KINDS = sorted(RegisterItem.kind.get_registered_subclasses(RegisterItem), key=lambda kind: kind.__name__)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "UnicodeAttribute": st.text(max_size=9),
    "UnicodeSetAttribute": st.sets(st.text(max_size=5), min_size=1, max_size=3),
    "NumberAttribute": st.integers(),
    "BooleanAttribute": st.booleans(),
    "TTLAttribute": st.datetimes(datetime(2020, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    "JSONAttribute": st.recursive(
        st.text(max_size=5) | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    ),
}


def own_attributes(kind: type[RegisterItem]) -> dict[str, Any]:
    return {name: attribute for name, attribute in kind.get_attributes().items() if name != "kind"}


def pynamos(kind: type[RegisterItem], said: dict[str, Any]) -> Any:
    """The item, as PynamoDB makes it."""
    item = kind.__new__(kind)
    Model.__init__(item, **said)
    return item


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@given(data=st.data())
def test_an_item_is_made_and_written_as_pynamodb_does(kind: type[RegisterItem], data: st.DataObject) -> None:
    known = own_attributes(kind)
    said = {
        name: data.draw(st.none() | held if attribute.null else held, name)
        for name, attribute in known.items()
        for held in [VALUES[type(attribute).__name__]]
    }
    ours, theirs = kind(**said), pynamos(kind, said)
    written = ours.serialize()
    assert ours.attribute_values == theirs.attribute_values
    assert written == AttributeContainer._container_serialize(theirs)  # noqa: SLF001  # PynamoDB's own way
    assert "kind" in written
    assert written.keys() - {"kind"} == {name for name, value in said.items() if value is not None}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_an_item_that_lacks_something_is_not_written(kind: type[RegisterItem]) -> None:
    for name, attribute in own_attributes(kind).items():
        filled = {
            each.attr_name: "{}" for each in own_attributes(kind).values() if not each.null and each.attr_name != name
        }
        if not attribute.null:
            with pytest.raises(AttributeNullError, match=name):
                kind(**filled).serialize()
    assert kind("a", "b").serialize(null_check=False).keys() == {"pk", "sk", "kind"}


def test_an_empty_set_is_left_out_for_the_table_takes_none() -> None:
    assert "service_types" not in MatchKeyItem("a", "b", service_types=set()).serialize(null_check=False)


def test_keys_may_be_given_by_their_place() -> None:
    item, theirs = ChildItem("a", "b", version=1), ChildItem.__new__(ChildItem)
    Model.__init__(theirs, "a", "b", version=1)
    assert item.attribute_values == theirs.attribute_values


def test_an_attribute_that_a_kind_has_not_is_refused() -> None:
    with pytest.raises(ValueError, match="no attribute of ChildItem: colour"):
        ChildItem("a", "b", colour="blue")


@pytest.mark.parametrize("kind", [RegisterItem, *KINDS], ids=lambda kind: kind.__name__)
def test_no_attribute_has_a_default_is_a_map_or_is_named_otherwise_in_the_table(kind: type[RegisterItem]) -> None:
    """What making and writing items rest on."""
    for name, attribute in kind.get_attributes().items():
        assert (attribute.default, attribute.default_for_new, attribute.attr_name) == (None, None, name)
        assert not isinstance(attribute, (ListAttribute, MapAttribute))
