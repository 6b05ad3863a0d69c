"""Ingest reads what pixel hosts write, and refuses anything else."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.hits import event_log
from tracking.hits.event_log import OUT_OF_TIME, BadRecord, Batch, Hit, Reason, parse

PIXEL = uuid.UUID("2f1f4a0c-5d3b-4c39-9a51-0d7c3c1f6f11")
# As in the contract between pixel hosts and ingest.
RECORD = {
    "id": "0123456789abcdef0123456789abcdef",
    "at": 1790000000.123,
    "method": "GET",
    "pixel": str(PIXEL),
    "ua": "Thunderbird",
    "network": "192.0.2.0/24",
    "purpose": "prefetch",
}


def line(**changes):
    return json.dumps({**RECORD, **changes}).encode()


def test_a_record_becomes_a_hit():
    assert parse(line()) == Hit(
        event_id=uuid.UUID("01234567-89ab-4def-8123-456789abcdef"),
        at=datetime(2026, 9, 21, 14, 13, 20, 123000, tzinfo=UTC),
        pixel_id=PIXEL,
        user_agent="Thunderbird",
        network="192.0.2.0/24",
        purpose="prefetch",
    )


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))


@given(
    event_id=st.uuids(version=4),
    at=st.integers(event_log.EARLIEST * 1000, event_log.LATEST * 1000),
    pixel_id=st.uuids(),
    user_agent=texts,
    purpose=texts,
)
def test_every_hit_is_the_same_after_writing_and_reading(
    event_id, at, pixel_id, user_agent, purpose
):
    hit = Hit(
        event_id=event_id,
        at=event_log.EPOCH + timedelta(milliseconds=at),
        pixel_id=pixel_id,
        user_agent=user_agent[: event_log.MAX_USER_AGENT],
        network="2001:db8::/48",
        purpose=purpose[: event_log.MAX_PURPOSE],
    )
    written = event_log.to_line(hit)
    assert b"\n" not in written
    assert parse(written) == hit


def test_the_longest_record_that_can_be_written_is_within_bounds():
    longest = event_log.encode(
        event_id="f" * 32,
        at=event_log.LATEST,
        pixel=str(PIXEL),
        user_agent="🦊" * 100_000,
        network="x" * event_log.MAX_NETWORK,
        purpose="\x00" * 100_000,
    )
    assert len(longest) < event_log.MAX_LINE_BYTES
    hit = parse(longest)
    assert len(hit.user_agent) == event_log.MAX_USER_AGENT


@pytest.mark.parametrize(
    "changes",
    [
        {"method": "HEAD"},
        {"method": "x" * 16},
        {"pixel": "nonsense"},
        {"pixel": "x" * 256},
        {"pixel": ""},
    ],
)
def test_valid_lines_that_are_not_opens_are_not_hits(changes):
    assert parse(line(**changes)) is None


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"id": ""}, "id is not 32 hexadecimal digits"),
        ({"id": "0" * 31}, "id is not 32 hexadecimal digits"),
        ({"id": "0" * 33}, "id is not 32 hexadecimal digits"),
        ({"id": "x" * 32}, "id is not 32 hexadecimal digits"),
        ({"id": "0_" * 16}, "id is not 32 hexadecimal digits"),
        ({"id": "{" + "0" * 30 + "}"}, "id is not 32 hexadecimal digits"),
        ({"id": "0" * 64}, "id is not 32 hexadecimal digits"),
        ({"id": "0" * 65}, "id is no text of at most 64 characters"),
        ({"id": 7}, "id is no text of at most 64 characters"),
        ({"at": None}, "at is no number"),
        ({"at": "1790000000"}, "at is no number"),
        ({"at": True}, "at is no number"),
        ({"at": -1}, "at is out of range"),
        ({"at": 946_684_799.999}, "at is out of range"),
        ({"at": 7_258_118_400.001}, "at is out of range"),
        ({"at": 1e300}, "at is out of range"),
        ({"at": float("nan")}, "at is out of range"),
        ({"at": float("inf")}, "at is out of range"),
        ({"pixel": 7}, "pixel is no text of at most 256 characters"),
        ({"pixel": "x" * 257}, "pixel is no text of at most 256 characters"),
        ({"method": None}, "method is no text of at most 16 characters"),
        ({"method": "x" * 17}, "method is no text of at most 16 characters"),
        ({"ua": None}, "ua is no text of at most 65536 characters"),
        ({"network": "x" * 65}, "network is no text of at most 64 characters"),
        ({"purpose": []}, "purpose is no text of at most 65536 characters"),
    ],
)
def test_an_invalid_line_is_refused(changes, complaint):
    with pytest.raises(BadRecord, match=f"^{complaint}$"):
        parse(line(**changes))


@pytest.mark.parametrize(
    ("changes", "field", "value"),
    [
        ({"at": 946_684_800}, "at", datetime(2000, 1, 1, tzinfo=UTC)),
        ({"at": 7_258_118_400}, "at", datetime(2200, 1, 1, tzinfo=UTC)),
        ({"at": 1_790_000_000.0006}, "at", datetime(2026, 9, 21, 14, 13, 20, 1000, tzinfo=UTC)),
        ({"ua": "x" * 1024}, "user_agent", "x" * 1024),
        ({"ua": "x" * 1025}, "user_agent", "x" * 1024),
        ({"purpose": "x" * 64}, "purpose", "x" * 64),
        ({"purpose": "x" * 65}, "purpose", "x" * 64),
        ({"network": "x" * 64}, "network", "x" * 64),
    ],
)
def test_a_text_at_a_bound_is_kept_and_a_longer_one_is_cut(changes, field, value):
    assert getattr(parse(line(**changes)), field) == value


def test_a_line_may_be_as_long_as_its_bound():
    padded = line() + b" " * (65_536 - len(line()))
    assert parse(padded) == parse(line())
    with pytest.raises(BadRecord, match=r"^longer than any record$"):
        parse(padded + b" ")


def test_texts_that_are_too_long_are_cut_when_written():
    written = event_log.encode(
        event_id=RECORD["id"],
        at=1790000000.1239,
        pixel=str(PIXEL),
        user_agent="x" * 1025,
        network="192.0.2.0/24",
        purpose="y" * 65,
    )
    cut = {"at": 1790000000.124, "ua": "x" * 1024, "purpose": "y" * 64}
    assert json.loads(written) == RECORD | cut


def test_fields_that_a_line_does_not_have_are_empty():
    record = {key: RECORD[key] for key in ("id", "at", "method", "pixel")}
    hit = parse(json.dumps(record).encode())
    assert (hit.user_agent, hit.network, hit.purpose) == ("", "", "")
    assert hit == Hit(hit.event_id, hit.at, PIXEL)


def test_a_batch_is_complete_unless_it_says_otherwise():
    batch = Batch((), (), position=7)
    assert (batch.more, batch.notes) == (False, ())


@pytest.mark.parametrize("read", [parse(line()), Batch((), (), position=7)])
def test_what_was_read_can_not_be_changed(read):
    with pytest.raises(AttributeError):
        setattr(read, "hits" if isinstance(read, Batch) else "at", None)


def test_lines_are_set_aside_for_these_reasons():
    assert get_args(Reason) == ("unreadable", "refused", "ahead", "before_contact")
    assert OUT_OF_TIME == ("ahead", "before_contact")


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"null", b"[]", b"1" * 5000, b"[" * 50_000, b'{"a":"' + b"x" * 70_000 + b'"}'],
)
def test_what_is_no_json_object_is_refused(text):
    with pytest.raises(BadRecord):
        parse(text)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [(b"{", "no JSON"), (b"[" * 50_000, "no JSON"), (b"[]", "no JSON object")],
    ids=["cut", "deep", "list"],
)
def test_the_error_says_what_is_wrong_with_a_line(text, complaint):
    with pytest.raises(BadRecord, match=f"^{complaint}$"):
        parse(text)


def test_an_error_never_repeats_the_line():
    with pytest.raises(BadRecord) as complaint:
        parse(b"ann@example.com")
    assert "ann" not in str(complaint.value)


def test_characters_that_databases_refuse_are_removed_from_texts():
    hit = parse(line(ua="a\x00b\ud800c", purpose="\x00", network="1\ud800"))
    assert (hit.user_agent, hit.purpose, hit.network) == ("ab?c", "", "1?")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("::ffff:c000:200/120", "192.0.2.0/24"),
        ("::FFFF:a01:00/120", "10.1.0.0/24"),
        ("::ffff:0:ff00/120", "0.0.255.0/24"),
        ("::ffff:c000:201/120", "::ffff:c000:201/120"),
        ("::/48", "::/48"),
    ],
)
def test_a_network_of_ipv4_in_hexadecimal_digits_is_that_of_ipv4(written, read):
    assert parse(line(network=written)).network == read


def test_invalid_utf8_loses_no_open():
    assert parse(line(ua="Caf_").replace(b"Caf_", b"Caf\xe9")).user_agent == "Caf\ufffd"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (str(PIXEL), PIXEL),
        (str(PIXEL).upper(), PIXEL),
        (PIXEL.hex, None),
        (f"{{{PIXEL}}}", None),
        (f"urn:uuid:{PIXEL}", None),
        (f" {PIXEL}", None),
        (f"{PIXEL}\n", None),
        (str(PIXEL).replace("2f1f4a0c", "2f_f4a0c"), None),
        (str(PIXEL).replace("2", "²"), None),
        ("", None),
    ],
)
def test_a_pixel_id_is_a_uuid_in_its_canonical_form(text, expected):
    assert event_log.parse_pixel_id(text) == expected
