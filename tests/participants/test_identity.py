"""One person is one person, however they are written (threat M4)."""

import pytest

from opsflow.kernel.errors import BadInput
from opsflow.participants import identity


@pytest.mark.parametrize("text", ["Zoë.42", "  ZOË.42 ", "Zoe\u0308.42", "Ｚｏë．４２", "zoë\u200b.42", "\u202ezoë.42"])
def test_an_account_has_one_form(text: str) -> None:
    assert identity.account(text) == "zoë.42"


@pytest.mark.parametrize("text", ["", "   ", "\u200b", "x" * 201])
def test_what_is_no_account_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        identity.account(text)


@pytest.mark.parametrize(
    "text", ["Li@Example.com", "li+win@example.com", "ｌｉ＠ｅｘａｍｐｌｅ．ｃｏｍ", " li+a+b@EXAMPLE.com"]
)
def test_an_address_has_one_form(text: str) -> None:
    assert identity.email(text) == "li@example.com"


@pytest.mark.parametrize(
    "text", ["li", "li@", "li@x", "+x@example.com", "a b@example.com", "a@b@c.de", "<li@example.com>"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        identity.email(text)


@pytest.mark.parametrize("text", ["138 0013 8000", "+86 138-0013-8000", "0086 13800138000", "１３８００１３８０００"])
def test_a_telephone_number_has_one_form(text: str) -> None:
    assert identity.phone(text) == "13800138000"


@pytest.mark.parametrize(
    ("text", "form"),
    [("0049 30 123456", "+4930123456"), ("+49 (30) 123456", "+4930123456"), ("030/123456", "030123456")],
)
def test_other_countries_keep_their_code(text: str, form: str) -> None:
    assert identity.phone(text) == form


@pytest.mark.parametrize("text", ["1234", "+", "12345678901234567", "12a45"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        identity.phone(text)


def test_a_digest_is_of_one_campaign_and_kind() -> None:
    one, two = "00" * 32, "11" * 32
    made = {identity.digest(salt, kind, "a") for salt in (one, two) for kind in ("account", "email")}
    assert len(made) == 4
    assert identity.digest(one, "account", "a") in made
