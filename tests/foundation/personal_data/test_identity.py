"""What is shown and stored in place of an address."""

import pytest

from foundation.personal_data.identity import masked_email


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("ann@example.org", "a…@e….org"),
        ("a@b.c", "a…@b….c"),
        ("ann.lee+news@mail.example.co.uk", "a…@m….uk"),
        ("ömer@bücher.example", "ö…@b….example"),
    ],
)
def test_a_masked_address_is_known_again_by_its_owner_alone(address, masked):
    assert masked_email(address) == masked
