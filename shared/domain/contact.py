"""How to reach whoever is on duty."""

from __future__ import annotations

from functools import lru_cache

import phonenumbers
from email_validator import EmailNotValidError, validate_email

_BRITISH = 44
_REMEMBERED = 256
"""How many of each are kept: the services of a feed have few, and both are asked for every row of it."""


@lru_cache(_REMEMBERED)
def parse_phone(text: str) -> str:
    """The number in international form, such as `+44 20 7946 0018`.

    A British number may be written in any usual way. Raises ValueError if nobody could dial it.
    """
    message = "this telephone number cannot be dialled: check its digits"
    try:
        number = phonenumbers.parse(text, "GB")
    except phonenumbers.NumberParseException:
        raise ValueError(message) from None
    # A number without its area code is "possible" too, but only for whoever rings from the same place; and a British
    # number that is left with its first nought has too few digits after it.
    possible = phonenumbers.is_possible_number_with_reason(number) == phonenumbers.ValidationResult.IS_POSSIBLE
    if not possible or (number.country_code == _BRITISH and number.italian_leading_zero):
        raise ValueError(message)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


@lru_cache(_REMEMBERED)
def parse_email(text: str) -> str:
    """The address, its domain in lower case. Raises ValueError if it has not the form of one (RFC 5321)."""
    try:
        return validate_email(text, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError:
        message = "this is not an e-mail address"
        raise ValueError(message) from None
