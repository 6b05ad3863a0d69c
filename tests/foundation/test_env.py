"""Typed settings: accepted values, and the sentences for others."""

import base64
import os
import sqlite3

import pytest

from foundation import env
from foundation.env import SettingsError


@pytest.fixture
def given(monkeypatch):
    """A function that sets the variable X."""
    return lambda value: monkeypatch.setenv("X", value)


def complaint_of(read):
    with pytest.raises(SettingsError) as caught:
        read()
    sentence = str(caught.value)
    assert sentence.startswith("X ")
    assert "\n" not in sentence
    return sentence


@pytest.mark.parametrize("value", ["true", "TRUE", "1", "yes", " on "])
def test_words_for_true(given, value):
    given(value)
    assert env.boolean("X", default=False) is True


@pytest.mark.parametrize("value", ["false", "False", "0", "no", "off"])
def test_words_for_false(given, value):
    given(value)
    assert env.boolean("X", default=True) is False


@pytest.mark.parametrize("value", ["", "  "])
def test_an_empty_variable_is_an_unset_one(given, value):
    given(value)
    assert env.boolean("X", default=True) is True
    assert env.integer("X", default=7, minimum=1, maximum=9) == 7
    assert env.text("X", "fallback") == "fallback"
    assert env.words("X", "a,b") == ["a", "b"]
    assert env.http_url("X", default="http://a") == "http://a"


@pytest.mark.parametrize("value", ["maybe", "2", "truee"])
def test_any_other_word_is_refused(given, value):
    given(value)
    assert "true or false" in complaint_of(lambda: env.boolean("X", default=True))


@pytest.mark.parametrize(("value", "number"), [("1", 1), (" 9 ", 9)])
def test_whole_numbers_within_their_bounds(given, value, number):
    given(value)
    assert env.integer("X", default=None, minimum=1, maximum=9) == number


@pytest.mark.parametrize("value", ["0", "10", "-1", "99999999999999999999"])
def test_a_number_out_of_bounds_is_refused(given, value):
    given(value)
    sentence = complaint_of(lambda: env.integer("X", default=1, minimum=1, maximum=9))
    assert "between 1 and 9" in sentence


@pytest.mark.parametrize("value", ["ten", "1.5", "1e3", "0x10", "5;6"])
def test_a_value_that_is_not_a_whole_number_is_refused(given, value):
    given(value)
    sentence = complaint_of(lambda: env.integer("X", default=1, minimum=1, maximum=9))
    assert "whole number" in sentence


def test_empty_members_of_a_list_are_dropped(given):
    given(" a.example , ,b.example,")
    assert env.words("X") == ["a.example", "b.example"]


def test_a_choice_is_one_of_its_words(given):
    given("b")
    assert env.choice("X", default="a", among=("a", "b")) == "b"
    given("c")
    assert "one of a, b" in complaint_of(lambda: env.choice("X", default="a", among=("a", "b")))


def test_a_secret_that_is_missing_or_short_is_refused_and_never_shown(given):
    assert "missing" in complaint_of(lambda: env.secret("X", minimum=10))
    given("hush-hush")
    sentence = complaint_of(lambda: env.secret("X", minimum=10))
    assert "too short" in sentence
    assert "hush" not in sentence
    given("hush-hush-")
    assert env.secret("X", minimum=10) == "hush-hush-"


def test_a_secret_that_is_not_required_may_be_missing_but_not_short(given):
    assert env.secret("X", minimum=10, required=False) == ""
    given("hush-hush")
    assert "too short" in complaint_of(lambda: env.secret("X", minimum=10, required=False))


KEY, OLD_KEY = (base64.urlsafe_b64encode(letter * 32).decode() for letter in (b"\xff", b"b"))


def test_fernet_keys_come_in_the_order_given(given):
    given(f"{KEY}, {OLD_KEY}")
    assert env.fernet_keys("X") == [KEY, OLD_KEY]


@pytest.mark.parametrize(
    "value", ["secret", KEY[:-4], f"{KEY}A", f"{KEY},short", KEY.replace("_", "!"), "é" * 44]
)
def test_a_malformed_fernet_key_is_refused_and_never_shown(given, value):
    given(value)
    sentence = complaint_of(lambda: env.fernet_keys("X"))
    assert "malformed" in sentence
    assert value not in sentence


def test_a_missing_fernet_key_is_refused():
    assert "missing" in complaint_of(lambda: env.fernet_keys("X"))


@pytest.mark.parametrize(
    ("value", "url"),
    [
        ("https://mail.example.com/", "https://mail.example.com"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("https://example.com/track/", "https://example.com/track"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_the_trailing_slash_of_an_address_is_removed(given, value, url):
    given(value)
    assert env.http_url("X", default="http://a") == url


@pytest.mark.parametrize(
    "value",
    [
        "mail.example.com",
        "ftp://example.com",
        "https://",
        "https://a:port",
        "https://a:99999",
        "https://[::1",
        "https://a/?q=1",
        "https://a/#x",
    ],
)
def test_a_bad_address_is_refused(given, value):
    given(value)
    assert "address" in complaint_of(lambda: env.http_url("X", default="http://a"))


def test_a_relative_path_starts_at_the_project(given, tmp_path):
    given("var/x")
    assert env.path("X", "y") == env.BASE_DIR / "var/x"
    given(str(tmp_path))
    assert env.path("X", "y") == tmp_path


def test_the_env_file_fills_in_what_the_environment_lacks(monkeypatch, tmp_path):
    (tmp_path / "env").write_text("X=file\nY=file\n# Z=file\n")
    monkeypatch.setenv("ENV_FILE", str(tmp_path / "env"))
    monkeypatch.setenv("X", "environment")
    monkeypatch.setenv("Y", "")
    monkeypatch.delenv("Y")

    env.load_dotenv()

    assert (env.text("X"), env.text("Y"), env.text("Z")) == ("environment", "file", "")
    del os.environ["Y"]


def test_no_env_file_is_no_error(monkeypatch, tmp_path):
    monkeypatch.setenv("ENV_FILE", str(tmp_path / "absent"))
    before = dict(os.environ)
    env.load_dotenv()
    assert os.environ == before


@pytest.mark.parametrize("value", ["30/m", "1/s", " 100000/d ", "7/h"])
def test_rates(given, value):
    given(value)
    assert env.rate("X", default="9/m") == value.strip()


def test_a_rate_that_is_not_set_is_the_default(given):
    given("")
    assert env.rate("X", default="9/m") == "9/m"


@pytest.mark.parametrize("value", ["30", "0/m", "-1/m", "30/x", "30/5m", "m/30", "1.5/m", "३/m"])
def test_any_other_rate_is_refused(given, value):
    given(value)
    assert "30/m" in complaint_of(lambda: env.rate("X", default="9/m"))


@pytest.mark.parametrize("value", ["", "redis://127.0.0.1:6379/0", "rediss://:pw@r/1", "unix:///s"])
def test_addresses_of_redis(given, value):
    given(value)
    assert env.redis_url("X") == value


@pytest.mark.parametrize(
    "value",
    [
        "http://:secret@r",
        "127.0.0.1:6379",
        "redis://:secret@r:x/0",
        "redis://:secret@r/0?socket_timeout=soon",
        "redis://:secret@r/0?patience=1",
        "rediss://:secret@r/0?ssl_cert_reqs=perhaps",
    ],
)
def test_any_other_address_of_redis_is_refused_and_not_shown(given, value):
    given(value)
    assert "secret" not in complaint_of(lambda: env.redis_url("X"))


@pytest.mark.parametrize(
    ("value", "brokers"),
    [
        ("", []),
        ("kafka:9092", ["kafka:9092"]),
        (" a.example:1 , b_2:65535,[::1]:9092 ", ["a.example:1", "b_2:65535", "[::1]:9092"]),
    ],
)
def test_brokers_of_kafka(given, value, brokers):
    given(value)
    assert env.kafka_brokers("X") == brokers


@pytest.mark.parametrize(
    "value", ["kafka", "kafka:", ":9092", "kafka:0", "kafka:65536", "a:1;b:2", "kafka://a:9092"]
)
def test_an_invalid_broker_is_refused(given, value):
    given(value)
    assert "such as kafka-1:9092" in complaint_of(lambda: env.kafka_brokers("X"))


@pytest.mark.parametrize("value", [".opens", "my opens", "öffnungen", "x" * 201, "a/b"])
def test_an_invalid_topic_is_refused(given, value):
    given(value)
    assert "letters, digits" in complaint_of(lambda: env.kafka_topic("X", default="opens"))


@pytest.fixture
def kafka_library(monkeypatch):
    """A function that makes the Kafka library seem installed, or not."""

    def make(found):
        monkeypatch.setattr(env.importlib.util, "find_spec", lambda name: found or None)

    return make


def test_without_brokers_there_is_no_kafka(kafka_library, monkeypatch):
    kafka_library(False)
    monkeypatch.setenv("KAFKA_BROKERS", "")
    assert env.kafka_settings({}) is None


def test_kafka_needs_its_library(kafka_library, monkeypatch):
    monkeypatch.setenv("KAFKA_BROKERS", "a:1,b:2")
    kafka_library(False)
    with pytest.raises(SettingsError, match=r"KAFKA_BROKERS needs .* requirements-kafka\.txt"):
        env.kafka_settings({})
    kafka_library(True)
    kafka = env.kafka_settings({})
    assert (kafka.brokers, kafka.topic) == ("a:1,b:2", "pixeltrack-opens")
    assert (kafka.group, kafka.dead_letters) == (
        "pixeltrack-opens.ingest",
        "pixeltrack-opens.dead-letters",
    )


def test_other_users_can_not_read_a_new_sqlite_database(tmp_path):
    database = tmp_path / "new.db"
    env.make_private(database)
    with sqlite3.connect(database) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE t (n)")
        modes = {path.name: path.stat().st_mode & 0o007 for path in tmp_path.iterdir()}
    assert modes == {"new.db": 0, "new.db-wal": 0, "new.db-shm": 0}


def test_a_sqlite_database_in_a_missing_folder_is_not_created(tmp_path):
    env.make_private(tmp_path / "none/new.db")
    assert list(tmp_path.iterdir()) == []


def test_other_users_can_not_read_the_spool_folder(tmp_path):
    spool = env.writable("SPOOL_DIR", tmp_path / "var/spool")
    assert [folder.stat().st_mode & 0o007 for folder in (spool, spool.parent)] == [0, 0]
