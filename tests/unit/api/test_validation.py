"""What was sent is never repeated, and nothing that can be sent does worse than being refused."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from shared.api.involvement_bodies import BatchItem, BatchRequest, InvolvementRequest
from shared.api.lookup_bodies import LookupRequest
from shared.api.problems import problem_of
from shared.api.validation import MOST_PROBLEMS, InvalidRequest, NotJson, pointer, read_json, read_object
from tests.support.bodies import a_child_body, a_lookup_body, an_involvement_body
from tests.support.builders import TODAY

MODELS: list[type[BaseModel]] = [LookupRequest, InvolvementRequest, BatchRequest, BatchItem]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"{", id="half"),
        pytest.param(b"{'a': 1}", id="single quotes"),
        pytest.param(b'{"a": 1,}', id="a comma too many"),
        pytest.param(b"\xff\xfe{\x00}\x00", id="UTF-16"),
        pytest.param(b'{"a": "\xe9"}', id="Windows-1252"),
        pytest.param(b'{"a": "\\ud800"}', id="half a surrogate pair"),
        pytest.param(b'{"a": "\x01"}', id="a control character"),
        pytest.param(b"[" * 100_000, id="nested deeply"),
        pytest.param(b'{"a": ' + b"9" * 100_000 + b"}", id="a number of 100,000 digits"),
        pytest.param("\ufeff{}".encode(), id="a byte-order mark"),
    ],
)
@pytest.mark.parametrize("model", MODELS)
def test_what_is_no_json_is_said_to_be_none(model: type[BaseModel], body: bytes) -> None:
    with pytest.raises(NotJson):
        read_json(model, body, TODAY)


@pytest.mark.parametrize("body", [b"null", b"[]", b'"x"', b"1", b"NaN", b"true"])
@pytest.mark.parametrize("model", MODELS)
def test_what_is_no_object_is_invalid(model: type[BaseModel], body: bytes) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        read_json(model, body, TODAY)
    assert [problem.pointer for problem in refusal.value.problems] == [""]


@pytest.mark.parametrize("value", ["NaN", "1e999", "-Infinity", "9" * 4_000, '{"a":' * 90 + "1" + "}" * 90])
def test_an_odd_value_is_invalid_where_it_stands_alone_and_in_a_batch(value: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        read_json(InvolvementRequest, f'{{"team": {value}}}', TODAY)
    assert "/team" in [problem.pointer for problem in refusal.value.problems]
    (item,) = read_json(BatchRequest, f'{{"involvements": [{{"team": {value}}}]}}', TODAY).involvements
    with pytest.raises(InvalidRequest) as refusal:
        read_object(BatchItem, item, TODAY)
    assert "/team" in [problem.pointer for problem in refusal.value.problems]


def test_of_a_field_that_comes_twice_the_last_counts() -> None:
    body = json.dumps(an_involvement_body())[:-1] + ', "team": "South"}'
    assert read_json(InvolvementRequest, body, TODAY).team == "South"


@pytest.mark.parametrize(
    ("path", "written"),
    [
        ((), ""),
        (("child", "postcode"), "/child/postcode"),
        (("involvements", 3, "child"), "/involvements/3/child"),
        (("a/b",), "/a~1b"),
        (("m~n",), "/m~0n"),
        (("~1",), "/~01"),
        (("",), "/"),
    ],
)
def test_a_pointer_is_written_as_rfc_6901_says(path: tuple[int | str, ...], written: str) -> None:
    assert pointer(path) == written


def test_an_unknown_field_is_named_by_its_pointer() -> None:
    with pytest.raises(InvalidRequest) as refusal:
        read_object(InvolvementRequest, an_involvement_body(**{"a/b~c": 1}), TODAY)
    (problem,) = refusal.value.problems
    assert (problem.pointer, problem.code) == ("/a~1b~0c", "extra_forbidden")


def test_so_many_mistakes_are_listed_and_no_more() -> None:
    with pytest.raises(InvalidRequest) as refusal:
        read_object(InvolvementRequest, {f"field{n}": n for n in range(500)}, TODAY)
    assert len(refusal.value.problems) == MOST_PROBLEMS


def test_an_invalid_request_keeps_no_trace_of_what_was_sent() -> None:
    with pytest.raises(InvalidRequest) as refusal:
        read_object(InvolvementRequest, an_involvement_body(duty_phone="Okafor"), TODAY)
    assert refusal.value.__cause__ is refusal.value.__context__ is None
    assert "Okafor" not in repr(refusal.value) + repr(refusal.value.problems)


# Whatever is sent. A marker that stands in no message of ours is put wherever a value may stand.

MARK = "Qzx"
MARKED = st.text(max_size=20).map(lambda text: f"{MARK}{text}{MARK}")
JUNK = st.recursive(
    MARKED | st.none() | st.booleans() | st.integers() | st.floats(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "name", "child"]), inner, max_size=3)
    ),
    max_leaves=6,
)


def _fields(model: type[BaseModel]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(sorted(model.model_fields)), JUNK, max_size=8)


@given(st.data(), st.sampled_from(MODELS))
def test_a_problem_never_repeats_what_was_sent(data: st.DataObject, model: type[BaseModel]) -> None:
    body = data.draw(_fields(model))
    try:
        read_object(model, body, TODAY)
    except InvalidRequest as invalid:
        problem, _ = problem_of(invalid, "request-1")
        assert MARK not in problem.model_dump_json()


CHILD_FIELDS = ["nhs_number", "upn", "given_name", "date_of_birth", "expected_date", "sex", "postcode"]


@given(st.sampled_from(CHILD_FIELDS), JUNK)
def test_a_problem_of_a_childs_detail_never_repeats_it(field: str, value: object) -> None:
    for model, body in ((LookupRequest, a_lookup_body()), (InvolvementRequest, an_involvement_body())):
        try:
            read_object(model, body | {"child": a_child_body(**{field: value})}, TODAY)
        except InvalidRequest as invalid:
            problem, _ = problem_of(invalid, "request-1")
            assert MARK not in problem.model_dump_json()


@given(st.binary(max_size=200), st.sampled_from(MODELS))
def test_no_bytes_do_worse_than_being_refused(body: bytes, model: type[BaseModel]) -> None:
    with pytest.raises((NotJson, InvalidRequest)):
        read_json(model, body, TODAY)


@given(st.text(max_size=200), st.sampled_from(MODELS))
def test_no_text_does_worse_than_being_refused(body: str, model: type[BaseModel]) -> None:
    with pytest.raises((NotJson, InvalidRequest)):
        read_json(model, body.encode("utf-8", "surrogatepass"), TODAY)


@given(st.sampled_from(["duty_phone", "duty_email", "team", "started", "service_type", "source_system"]), st.text())
def test_no_value_of_a_field_does_worse_than_being_refused(field: str, text: str) -> None:
    with suppress(InvalidRequest, NotJson):
        read_json(InvolvementRequest, json.dumps(an_involvement_body(**{field: text})), TODAY)
