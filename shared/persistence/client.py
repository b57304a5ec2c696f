"""The clients of the tables: botocore's own, spared the work that nobody has a use for.

docs/performance.md says what each of it saves.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from botocore.config import Config
from botocore.exceptions import UnknownServiceError
from botocore.parsers import JSONParser, ResponseParserFactory

from shared.persistence.sending import send_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botocore.loaders import Loader
    from botocore.model import Shape
    from botocore.session import Session
    from mypy_boto3_dynamodb import DynamoDBClient
    from pynamodb.connection._botocore_private import BotocoreBaseClientPrivate
    from pynamodb.models import Model

USER_AGENT = "signpost"
"""A fixed one: botocore else makes up a long one, anew and twice, for each call."""
_OK = 200
_RULES = "endpoint-rule-set-1"


class _PlainParser(JSONParser):
    """Takes an answer of DynamoDB as the JSON that it is: a walk through its shapes would change nothing but binary values."""

    def parse(self, response: Mapping[str, Any], shape: Shape) -> dict[str, Any]:
        """As botocore does; what is not a success, or not JSON, is left to it."""
        if response["status_code"] == _OK:
            try:
                parsed = json.loads(response["body"])
            except ValueError:
                parsed = None
            if isinstance(parsed, dict):
                parsed["ResponseMetadata"] = {"HTTPStatusCode": _OK, "HTTPHeaders": response["headers"]}
                return parsed
        parsed_by_shape: dict[str, Any] = super().parse(response, shape)
        return parsed_by_shape


class _PlainParsers(ResponseParserFactory):
    def __init__(self) -> None:
        super().__init__()
        self._plain = _PlainParser()

    def create_parser(self, _protocol_name: str) -> JSONParser:
        return self._plain


@dataclass(frozen=True, slots=True)
class _WithoutRules:
    """Loads what botocore knows of a service but for its endpoint rules, which it would follow anew for each call.

    It then asks the one endpoint that the region has, or that the environment names.
    """

    loader: Loader

    def __getattr__(self, name: str) -> Any:
        return getattr(self.loader, name)

    def load_service_model(self, service_name: str, type_name: str, api_version: str | None = None) -> Any:
        """Raises UnknownServiceError for rules, as for a service that has none."""
        if type_name == _RULES:
            raise UnknownServiceError(service_name=service_name, known_service_names="")
        return self.loader.load_service_model(service_name, type_name, api_version)


def connect(model: type[Model], session: Session, *, has_binary_values: bool) -> None:
    """Makes the client of a model's table, if it has none yet, with the timeouts and retries that its Meta names.

    Of one session, so that what describes DynamoDB is read once.
    """
    connection = model._get_connection().connection  # noqa: SLF001  # PynamoDB has no public way to its connection
    if connection._client is not None:  # noqa: SLF001  # likewise
        return
    parsers = ResponseParserFactory() if has_binary_values else _PlainParsers()
    session.register_component("response_parser_factory", parsers)
    session.register_component("data_loader", _WithoutRules(session.get_component("data_loader")))
    config = Config(
        parameter_validation=False,  # PynamoDB makes well-formed ones, as it does for a client of its own
        connect_timeout=model.Meta.connect_timeout_seconds,
        read_timeout=model.Meta.read_timeout_seconds,
        max_pool_connections=model.Meta.max_pool_connections,
        retries={"total_max_attempts": model.Meta.max_retry_attempts + 1, "mode": "standard"},
        user_agent=USER_AGENT,
        account_id_endpoint_mode="disabled",  # needs the account's id looked for, for each call
        disable_request_compression=True,  # DynamoDB takes none
    )
    client = session.create_client("dynamodb", connection.region, config=config)
    send_for(client, session.get_credentials(), has_binary_values=has_binary_values)
    connection._client = cast("BotocoreBaseClientPrivate", client)  # noqa: SLF001  # likewise


def client_of(model: type[Model]) -> DynamoDBClient:
    """The client of a model's table, for what PynamoDB has no way to ask, or asks at length."""
    return cast("DynamoDBClient", model._get_connection().connection.client)  # noqa: SLF001  # PynamoDB keeps it nowhere else
