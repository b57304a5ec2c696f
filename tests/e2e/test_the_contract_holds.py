"""Generated requests, by the OpenAPI document, against the deployed API: no 5xx, no undocumented answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance, unsupported_method

from shared.api.openapi import document
from shared.api.operations.involvements import POST_BATCH
from shared.api.operations.reviews import GET_REVIEWS

if TYPE_CHECKING:
    from infra.local.stack import Stack
    from tests.e2e.conftest import Client

NOT_FOR_US = [
    unsupported_method,  # API Gateway answers a method that a path has not as it answers no path: 404, never 405
    positive_data_acceptance,  # no schema can say that a check digit is wrong or a date is in the future
]
NOT_FOR_BATCHES = [*NOT_FOR_US, negative_data_rejection]
"""What is wrong within an item is answered within the results, so that it fails no other."""

schema = schemathesis.openapi.from_dict(document())


@schema.parametrize()
@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_every_answer_is_a_documented_one(
    case: schemathesis.Case[Any], stack: Stack, nhs_trust: Client, reviewer: Client
) -> None:
    client = reviewer if case.operation.path.startswith(GET_REVIEWS.path) else nhs_trust
    headers = {"Authorization": f"Bearer {client.token}"}
    excluded = NOT_FOR_BATCHES if case.operation.path == POST_BATCH.path else NOT_FOR_US
    case.call_and_validate(base_url=stack.api_url, headers=headers, excluded_checks=excluded)


@schema.parametrize()
@settings(max_examples=5, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_without_a_token_every_answer_is_a_documented_one(case: schemathesis.Case[Any], stack: Stack) -> None:
    case.call_and_validate(base_url=stack.api_url, excluded_checks=NOT_FOR_US)
