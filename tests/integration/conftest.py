"""The real handlers and the real persistence, against moto, with tables made from the template."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import boto3
import pytest

from shared.runtime.observability import logger
from tests.integration.deployed import Deployment
from tests.integration.emulated import (
    ACCESS_LOG,
    BUCKET,
    CERTIFICATE_BUCKET,
    DIRECTORY,
    LIMITS,
    REGISTER,
    SECRET,
    emulated_aws,
)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fresh, empty tables."""
    with emulated_aws(monkeypatch):
        yield


@pytest.fixture
def deployment(aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployment]:
    """Fresh tables, bucket, pool and secret, and the functions started in their environment."""
    _ = aws
    boto3.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-2"})
    monkeypatch.delenv("USER_POOL_ID", raising=False)
    deployed = Deployment(monkeypatch)
    deployed.restart(
        ENVIRONMENT="local",
        CLOSES_AT="",
        SUCCESSOR_URL="",
        DESTRUCTION_WINDOW="P2M",
        DESTRUCTION_STARTS_AFTER="P7D",
        ANNOUNCED_AT="",
        CREDENTIALS_RETURN_BY="",
        SUPPORT_ENDS_AT="",
        ENDED_INVOLVEMENT_KEPT="P1Y",
        GROWN_UP_AT="P18Y",
        COVERAGE_SERVICE_TYPES="all",
        COVERAGE_CHILDREN="all",
        CERTIFICATE_BUCKET=CERTIFICATE_BUCKET,
        ACCESS_RECORD_DAYS="2192",
        MATCH_THRESHOLD="0.95",
        POTENTIAL_THRESHOLD="0.85",
        LOW_THRESHOLD="0.5",
        EXPECTED_CHILDREN="11000000",
        FEED_BUCKET=BUCKET,
        REGISTER_TABLE=REGISTER,
        ACCESS_LOG_TABLE=ACCESS_LOG,
        DIRECTORY_TABLE=DIRECTORY,
        LIMITS_TABLE=LIMITS,
        # so many that no test meets a limit that is not about one
        PRACTITIONER_QUESTIONS_AN_HOUR="3600",
        PRACTITIONER_BURST="1000",
        CLIENT_QUESTIONS_A_MINUTE="60000",
        NOTHING_FOUND_COSTS="3",
        EVENT_BUS="default",
        SEALING_KEY_ID=boto3.client("kms").create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"][
            "Arn"
        ],
        TOKEN_URL="https://token.example/oauth2/token",
        HASHING_SECRET_ID=boto3.client("secretsmanager").create_secret(Name="hash", SecretString=SECRET)["ARN"],
        POWERTOOLS_METRICS_NAMESPACE="Signpost",
        POWERTOOLS_SERVICE_NAME="test",
    )
    yield deployed
    deployed.restart()


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """What the functions' own logger writes, as CloudWatch gets it."""
    written = io.StringIO()
    own = logger.registered_handler
    assert isinstance(own, logging.StreamHandler)
    stream = own.setStream(written)
    yield written
    if stream is not None:
        own.setStream(stream)
