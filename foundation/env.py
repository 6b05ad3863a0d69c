"""Reads typed settings from the environment; an invalid one stops the start with one sentence.

Must not import Django: the pixel reads its settings through this module too.
"""

import base64
import binascii
import errno
import importlib.util
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import SplitResult, urlsplit

from environ import Env

Default = TypeVar("Default", int, None)

# The tag of the checks of where files lie. Commands that serve no page ask for these alone: all of
# Django's would load all pages.
FILES = "files"
BASE_DIR = Path(__file__).resolve().parent.parent
TRUE_WORDS = {"1", "true", "yes", "on"}
FALSE_WORDS = {"0", "false", "no", "off"}
KAFKA_BROKER = re.compile(r"[A-Za-z0-9._-]{1,253}:[0-9]{1,5}|\[[0-9A-Fa-f:.]+\]:[0-9]{1,5}")
# Kafka's limit is 249 characters; ours leaves room for the suffixes of related topics.
KAFKA_TOPIC = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}")
RATE = re.compile(r"[1-9][0-9]{0,8}/[smhd]", re.ASCII)


class SettingsError(SystemExit):
    """A setting is missing or malformed; the message is all that is printed.

    It is a SystemExit so that every entry point exits with the message and without a traceback.
    """


def load_dotenv() -> None:
    """Load the variables of the `.env` file; those already set take precedence."""
    path = Path(os.environ.get("ENV_FILE", BASE_DIR / ".env"))
    if path.is_file():
        Env.read_env(path)


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def is_given(name: str) -> bool:
    """Whether somebody has set it, be it to its default."""
    return bool(text(name))


def words(name: str, default: str = "") -> list[str]:
    """A comma-separated list without empty items."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def boolean(name: str, *, default: bool) -> bool:
    value = text(name).lower()
    if not value:
        return default
    if value not in TRUE_WORDS | FALSE_WORDS:
        raise SettingsError(f"{name} must be true or false, not {value!r}.")
    return value in TRUE_WORDS


def integer(name: str, *, default: Default, minimum: int, maximum: int) -> int | Default:
    value = text(name)
    if not value:
        return default
    try:
        number = int(value)
    except ValueError:
        raise SettingsError(f"{name} must be a whole number, not {value!r}.") from None
    if not minimum <= number <= maximum:
        raise SettingsError(f"{name} must lie between {minimum} and {maximum}, not {number}.")
    return number


def choice(name: str, *, default: str, among: tuple[str, ...]) -> str:
    value = text(name, default)
    if value not in among:
        raise SettingsError(f"{name} must be one of {', '.join(among)}, not {value!r}.")
    return value


def spelled_out(name: str, sentence: str) -> None:
    """Raise SettingsError where a setting does not hold exactly this sentence."""
    if text(name) != sentence:
        raise SettingsError(f"{name} must say this, word for word: {sentence}.")


def secret(name: str, *, minimum: int, required: bool = True) -> str:
    """A secret of at least `minimum` characters; messages never show its value.

    "" if an optional one is not set.
    """
    value = text(name)
    if not value and not required:
        return ""
    if not value:
        raise SettingsError(
            f"{name} is missing: set it to at least {minimum} random characters "
            "(script/env writes one into .env)."
        )
    if len(value) < minimum:
        raise SettingsError(f"{name} is too short: it needs at least {minimum} random characters.")
    return value


def fernet_keys(name: str) -> list[str]:
    """One or more Fernet keys, comma-separated: the first encrypts, all decrypt."""
    keys = words(name)
    if not keys:
        raise SettingsError(
            f"{name} is missing: set it to a Fernet key, 32 random bytes in URL-safe base64 "
            "(script/env writes one into .env)."
        )
    for key in keys:
        if not _is_fernet_key(key):
            raise SettingsError(
                f"{name} is malformed: a key is 32 bytes in URL-safe base64 (44 characters)."
            )
    return keys


def _is_fernet_key(key: str) -> bool:
    try:
        return len(base64.b64decode(key, altchars=b"-_", validate=True)) == 32
    except (binascii.Error, ValueError):
        return False


def http_url(name: str, *, default: str) -> str:
    """An http or https URL without its trailing slash."""
    value = text(name, default)
    parts = split_url(name, value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise SettingsError(
            f"{name} must be an address such as https://mail.example.com, not {value!r}."
        )
    return value.rstrip("/")


def email_address(name: str) -> str:
    """An e-mail address, "" if none is set."""
    value = text(name)
    if not value:
        return ""
    # The pixel needs none.
    from email_validator import EmailNotValidError, validate_email

    try:
        return validate_email(value, check_deliverability=False).normalized
    except EmailNotValidError:
        raise SettingsError(
            f"{name} must be an e-mail address such as privacy@example.com, not {value!r}."
        ) from None


def title(name: str, *, longest: int) -> str:
    """A name for people on one line, "" if none is set."""
    value = text(name)
    if len(value) > longest or not value.isprintable():
        raise SettingsError(f"{name} must be a name of at most {longest} characters on one line.")
    return value


HOST_NAME = re.compile(r"\*|\.?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*|\[[0-9A-Fa-f:.]+\]")


def host_names(name: str, default: str) -> list[str]:
    """Host names as Django compares them: one with a scheme or port would never match."""
    names = words(name, default)
    for one in names:
        if not HOST_NAME.fullmatch(one):
            raise SettingsError(
                f"{name} must be names such as mail.example.com, without scheme and port, "
                f"not {one!r}."
            )
    return names


def split_url(name: str, value: str) -> SplitResult:
    """The parts of a URL; raises for a malformed one without showing it."""
    try:
        parts = urlsplit(value)
        parts.port  # noqa: B018 - reading it is what validates it
    except ValueError:
        raise SettingsError(f"{name} is not a valid address.") from None
    return parts


def make_private(database: Path) -> None:
    """SQLite would create a world-readable file; its journal files take the same mode."""
    with suppress(OSError):
        os.close(os.open(database, os.O_CREAT | os.O_RDWR, 0o640))


REDIS_SCHEMES = {"redis", "rediss", "unix"}


def redis_url(name: str) -> str:
    """A Redis URL, "" if none is set; it may hold a password, so messages never show it."""
    value = text(name)
    if value and split_url(name, value).scheme not in REDIS_SCHEMES:
        raise SettingsError(f"{name} must start with redis://, rediss:// or unix://.")
    if value and not _is_redis_url(value):
        raise SettingsError(f"{name} is not a valid address.")
    return value


def _is_redis_url(value: str) -> bool:
    # The pixel needs no Redis.
    from redis import ConnectionPool, RedisError

    try:
        # This does not connect yet, but validates the URL.
        ConnectionPool.from_url(value).make_connection()
    except (ValueError, TypeError, RedisError):
        return False
    return True


def rate(name: str, *, default: str) -> str:
    """A number per second, minute, hour or day, such as 30/m."""
    value = text(name, default)
    if not RATE.fullmatch(value):
        raise SettingsError(
            f"{name} must be a number and s, m, h or d, such as 30/m for 30 a minute, "
            f"not {value!r}."
        )
    return value


@dataclass(frozen=True)
class KafkaSettings:
    """How hits travel from the pixel hosts to ingest; `brokers` are the bootstrap servers.

    `security` holds the client options (`tracking.kafka.security`), which may include a password.
    After the given seconds without a heartbeat a consumer's partitions are reassigned.
    """

    brokers: str
    topic: str
    session_seconds: int
    security: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)

    @property
    def dead_letters(self) -> str:
        """The dead-letter topic."""
        return f"{self.topic}.dead-letters"

    @property
    def group(self) -> str:
        """The consumer group of ingest."""
        return f"{self.topic}.ingest"


def kafka_settings(security: Mapping[str, str]) -> KafkaSettings | None:
    """None if no broker is configured."""
    brokers = kafka_brokers("KAFKA_BROKERS")
    topic = kafka_topic("KAFKA_TOPIC", default="pixeltrack-opens")
    session = integer("KAFKA_SESSION_SECONDS", default=10, minimum=1, maximum=300)
    if not brokers:
        return None
    if importlib.util.find_spec("confluent_kafka") is None:
        raise SettingsError(
            "KAFKA_BROKERS needs confluent-kafka: install requirements-kafka.txt, or unset it."
        )
    return KafkaSettings(",".join(brokers), topic, session, security)


def kafka_brokers(name: str) -> list[str]:
    brokers = words(name)
    for broker in brokers:
        if not KAFKA_BROKER.fullmatch(broker) or not 0 < int(broker.rpartition(":")[2]) < 65536:
            raise SettingsError(
                f"{name} must be addresses such as kafka-1:9092,kafka-2:9092, not {broker!r}."
            )
    return brokers


def kafka_topic(name: str, *, default: str) -> str:
    value = text(name, default)
    if not KAFKA_TOPIC.fullmatch(value):
        raise SettingsError(
            f"{name} must be 1 to 200 letters, digits, dots, dashes or underscores and begin "
            f"with no dot, not {value!r}."
        )
    return value


def path(name: str, default: str) -> Path:
    """A path; a relative one is resolved against the project's root."""
    return BASE_DIR / text(name, default)


def writable(name: str, folder: Path) -> Path:
    """A writable folder, created if missing."""
    if why := _trouble_with(folder):
        raise SettingsError(f"{name} must be a folder that can be written to: {why}.")
    return folder


def make_folder_of(name: str, file: Path) -> None:
    """The same of the folder that a file is in or comes into."""
    if why := _trouble_with(file.parent):
        raise SettingsError(f"{name} must be a file in a folder that can be written to: {why}.")


def _trouble_with(folder: Path) -> str:
    """Why a folder can't be written to, "" if it can; it is created if missing."""
    try:
        # parents=True would create world-readable folders.
        for one in (*reversed(folder.parents), folder):
            one.mkdir(mode=0o750, exist_ok=True)
    except OSError as error:
        return error.strerror or str(error)
    return "" if os.access(folder, os.W_OK | os.X_OK) else os.strerror(errno.EACCES)


@dataclass(frozen=True)
class PixelSettings:
    """The pixel's settings; `spool_fsync` is in milliseconds, 0 syncs every hit."""

    spool_dir: Path
    spool_fsync: int
    trusted_proxies: int


def pixel_settings() -> PixelSettings:
    return PixelSettings(
        spool_dir=path("SPOOL_DIR", "var/spool"),
        spool_fsync=integer("SPOOL_FSYNC", default=100, minimum=0, maximum=60_000),
        trusted_proxies=integer("TRUSTED_PROXIES", default=0, minimum=0, maximum=10),
    )
