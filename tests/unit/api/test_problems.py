"""One table from errors to answers: complete, in the right order, and without anything personal."""

from __future__ import annotations

import pytest

from shared.api.problems import KINDS, UNEXPECTED, Kind, kind_of, problem_of
from shared.api.validation import FieldProblem, InvalidRequest
from shared.domain import errors
from shared.domain.errors import SignpostError
from shared.domain.shield import WARNING

OPERATORS_ONLY = {
    errors.AccessNotFound,
    errors.AddressRefused,
    errors.WebhookNotFound,
    errors.AlreadyExists,
    errors.ClosureRefused,
    errors.OrganisationNotFound,
    errors.CredentialNotFound,
    errors.CredentialEnded,
    errors.NothingPermitted,
    errors.NotTold,
    errors.MoreThanPermitted,
    errors.NotOurDocument,
}
"""Raised to the directory function, the guard of closures and expiry alone, which have no HTTP."""


def all_subclasses(error: type[Exception]) -> set[type[Exception]]:
    return {error, *(below for child in error.__subclasses__() for below in all_subclasses(child))}


OURS = sorted(
    (
        error
        for error in all_subclasses(SignpostError) - {SignpostError} - OPERATORS_ONLY
        if error.__module__.startswith("shared.")  # other tests make some up
    ),
    key=lambda error: error.__name__,
)


@pytest.mark.parametrize("error", OURS)
def test_every_error_that_a_caller_can_meet_has_an_answer_of_its_own(error: type[Exception]) -> None:
    assert error in {raised for raised, _ in KINDS}


@pytest.mark.parametrize("position", range(len(KINDS)))
def test_a_subclass_stands_before_its_base(position: int) -> None:
    raised, _ = KINDS[position]
    assert not any(issubclass(raised, earlier) for earlier, _ in KINDS[:position])


def test_no_two_errors_have_one_name() -> None:
    names = [kind.name for _, kind in KINDS] + [UNEXPECTED.name]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("error", "status", "retry_after"),
    [
        (errors.NotEnoughToSearch(), 422, None),
        (errors.NotPermitted("no"), 403, None),
        (errors.IllMatchedReason("no", "/reason/legal_basis"), 422, None),
        (errors.ChildNotFound(), 404, None),
        (errors.OverrideNotFound(), 404, None),
        (errors.WarningNotAccepted(), 422, None),
        (errors.AskedTooOften(37), 429, "37"),
        (errors.NoLongerKept("too old", "/ended"), 422, None),
        (errors.OutOfCoverage("not for this", "CoverageChildren", "/child"), 422, None),
        (errors.InvolvementNotFound(), 404, None),
        (errors.CaseNotFound(), 404, None),
        (errors.FoundDifferentBefore(), 409, None),
        (errors.JoinedSince(), 409, None),
        (errors.VersionMismatch(), 412, None),
        (errors.RegisterClosed(), 410, None),
        (errors.Unavailable(), 503, "2"),
        (errors.AccessNotRecorded(), 503, "1"),
        (errors.Contended(), 503, "1"),
        (InvalidRequest([]), 422, None),
        (RuntimeError(), 500, "5"),
    ],
)
def test_an_error_is_answered_with_its_status_and_when_to_try_again(
    error: Exception, status: int, retry_after: str | None
) -> None:
    problem, headers = problem_of(error, "request-1")
    assert problem.status == status
    assert headers.get("Retry-After") == retry_after


def test_what_nobody_foresaw_is_answered_without_what_it_says() -> None:
    problem, _ = problem_of(KeyError("Amelia Okafor"), "request-1")
    assert problem.status == 500
    assert "Amelia" not in problem.model_dump_json()
    assert "KeyError" not in problem.model_dump_json()


SAY_WHAT = (errors.NotPermitted, errors.NoLongerKept, errors.OutOfCoverage, InvalidRequest)
"""What these say is a rule's own sentence, and which of the caller's inputs it is about."""


@pytest.mark.parametrize(
    "raised",
    [raised for raised, _ in KINDS if not issubclass(raised, SAY_WHAT)],
)
def test_an_error_is_answered_without_what_it_says(raised: type[Exception]) -> None:
    problem, _ = problem_of(raised("Amelia Okafor"), "request-1")
    assert "Amelia" not in problem.model_dump_json()


def test_a_refusal_says_what_was_not_permitted_and_where() -> None:
    problem, _ = problem_of(errors.NotPermitted("not for this purpose", "/reason/purpose"), "request-1")
    assert problem.detail == "Not for this purpose."
    assert problem.errors is not None
    assert [mistake.pointer for mistake in problem.errors] == ["/reason/purpose"]


def test_a_reason_that_does_not_go_together_is_explained_where_it_stands() -> None:
    problem, _ = problem_of(errors.IllMatchedReason("emergency_care goes with s11", "/reason/legal_basis"), "request-1")
    assert problem.errors is not None
    assert [(m.pointer, m.code, m.detail) for m in problem.errors] == [
        ("/reason/legal_basis", "ill_matched", "emergency_care goes with s11")
    ]


def test_whoever_has_not_typed_the_warning_is_told_what_it_says() -> None:
    problem, _ = problem_of(errors.WarningNotAccepted(), "request-1")
    assert problem.errors is not None
    assert [mistake.pointer for mistake in problem.errors] == ["/warning"]
    assert WARNING in problem.detail
    assert WARNING in problem.errors[0].detail


def test_what_has_had_its_time_is_told_where_that_is_said() -> None:
    problem, _ = problem_of(errors.NoLongerKept("too old", "/child/date_of_birth"), "request-1")
    assert problem.errors is not None
    assert [(m.pointer, m.code, m.detail) for m in problem.errors] == [
        ("/child/date_of_birth", "no_longer_kept", "too old")
    ]


def test_a_refusal_of_the_whole_request_points_nowhere() -> None:
    problem, _ = problem_of(errors.NotPermitted("suspended"), "request-1")
    assert problem.errors is None


def test_an_invalid_request_is_told_every_mistake() -> None:
    problem, _ = problem_of(InvalidRequest([FieldProblem("/child/upn", "value_error", "too short")]), "request-1")
    assert problem.errors is not None
    assert [(m.pointer, m.code, m.detail) for m in problem.errors] == [("/child/upn", "value_error", "too short")]


def test_a_closed_register_links_to_what_replaces_it() -> None:
    _, headers = problem_of(errors.RegisterClosed("https://successor.example"), "request-1")
    assert headers["Link"] == '<https://successor.example>; rel="successor-version"'


def test_a_closed_register_without_a_successor_links_nowhere() -> None:
    _, headers = problem_of(errors.RegisterClosed(), "request-1")
    assert not headers


@pytest.mark.parametrize("kind", [kind for _, kind in KINDS] + [UNEXPECTED], ids=lambda kind: kind.name)
def test_every_problem_has_a_type_a_title_and_says_what_to_do(kind: Kind) -> None:
    assert kind.name.replace("-", "").isalpha()
    assert kind.title
    assert kind.detail.endswith(".")


def test_a_problem_names_the_request() -> None:
    problem, _ = problem_of(errors.Unavailable(), "request-1")
    assert problem.request_id == "request-1"
    assert problem.type == f"urn:signpost:problem:{kind_of(errors.Unavailable()).name}"


def test_what_the_register_is_not_for_is_told_by_its_rule_and_where() -> None:
    problem, _ = problem_of(
        errors.OutOfCoverage("not for this (CoverageChildren)", "CoverageChildren", "/child"), "r-1"
    )
    assert problem.errors is not None
    assert [(m.pointer, m.code, m.detail) for m in problem.errors] == [
        ("/child", "out_of_coverage", "not for this (CoverageChildren)")
    ]
