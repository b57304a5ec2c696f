"""From what the store says to what it means to us. Nothing that the store was sent is repeated."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import PynamoDBException, TransactWriteError

from shared.domain.conflicts import Conflict
from shared.domain.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

_TRY_AGAIN = frozenset(
    {"ConditionalCheckFailed", "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}
)
"""Why DynamoDB cancels a transaction that may well be written a moment later. Cancelled, it wrote nothing."""
_LOST_A_RACE_CODES = frozenset(
    {"ConditionalCheckFailedException", "TransactionConflictException", "TransactionInProgressException"}
)


@contextmanager
def translated() -> Iterator[None]:
    """Turns a failed condition into Conflict, and whatever else the store may raise into Unavailable."""
    try:
        yield
    except TransactWriteError as error:
        code = _code(error)
        was_cancelled = code == "TransactionCanceledException"
        reasons = {reason.code for reason in error.cancellation_reasons if reason} if was_cancelled else set()
        if (reasons and reasons <= _TRY_AGAIN) or code in _LOST_A_RACE_CODES:
            raise Conflict from error
        raise Unavailable(code or type(error.cause).__name__) from error
    except PynamoDBException as error:
        code = _code(error)
        if code in _LOST_A_RACE_CODES:
            raise Conflict from error
        raise Unavailable(code or type(error.cause).__name__) from error
    except ClientError as error:
        raise Unavailable(f"{error.operation_name}: {error.response['Error'].get('Code')}") from error
    except BotoCoreError as error:
        raise Unavailable(type(error).__name__) from error


@contextmanager
def not_there(*codes: str) -> Iterator[None]:
    """Passes over these errors of a client of botocore: what they say is not there is not there."""
    try:
        yield
    except ClientError as error:
        if error.response["Error"].get("Code") not in codes:
            raise


def _code(error: PynamoDBException) -> str | None:
    """DynamoDB's error code; None if it did not answer.

    Not `error.cause_response_code`, which fails where a connection did: botocore then has a response of None.
    """
    return error.cause.response["Error"].get("Code") if isinstance(error.cause, ClientError) else None
