"""Contact files as programs write them: each is imported unchanged and correctly read."""

from pathlib import Path

import pytest

from campaigns.models import Contact, ContactImport
from contacts.imports import preview as import_preview
from contacts.imports import run as import_run
from contacts.imports import stored_files
from foundation.errors import InvalidInput
from tests.contacts.imports.importing import figures, rejected, run, when_counted

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]
FILES = Path(__file__).parent / "files"


def content_of(name):
    return (FILES / f"{name}.csv").read_bytes()


def contacts():
    return [(contact.email, contact.name) for contact in Contact.objects.order_by("created_at")]


@pytest.mark.parametrize(
    ("name", "encoding", "names"),
    [
        ("sep_line", "utf-8", ["Ann"]),
        ("excel_unicode_text_utf16", "utf-16-le", ["Zoë"]),
        ("cp1251", "cp1251", ["Иван Петров"]),
        ("macroman_cr", "mac-roman", ["Zoë Müller"]),
        ("ctrl_z", "utf-8", ["Ann"]),
        ("google_contacts", "utf-8", ["Ann Lee"]),
        ("mailchimp_de", "utf-8", ["Ann Lee"]),
        ("outlook_de_cp1252", "cp1252", ["Änne Lee"]),
    ],
)
def test_a_file_is_read_as_its_program_wrote_it(take_in, name, encoding, names):
    job = take_in(content_of(name))
    assert (job.encoding, figures(job)) == (encoding, (len(names), 0, 0))
    assert contacts() == [("ann@example.com", name) for name in names]
    assert job.offset == job.size


@pytest.mark.parametrize(
    ("codec", "name"),
    [
        ("cp1250", "Łukasz Wójcik"),
        ("cp932", "山田太郎 ソ表"),
        ("utf-16", "Zoë 山田 Łukasz"),
        ("utf-16-be", "Zoë Müller"),
        ("gb18030", "王小明"),
    ],
)
def test_names_of_other_scripts_survive(take_in, codec, name):
    take_in(f"email\tname\r\nann@example.com\t{name}\r\n".encode(codec))
    assert contacts() == [("ann@example.com", name)]


def test_the_encoding_that_was_chosen_counts_and_not_the_guess(take_in, upload):
    content = "email,name\nann@example.com,Čapek\n".encode("cp1250")
    job = upload(content)
    for encoding, name in (("", "Èapek"), ("windows-1250", "Čapek"), ("koi8-r", "хapek")):
        read = import_preview.read_upload(job, encoding=encoding)
        assert ([record.cells[1] for record in read.records], read.samples) == ([name], [name])
    done = take_in(content, encoding="windows-1250")
    assert (done.encoding, contacts()) == ("cp1250", [("ann@example.com", "Čapek")])


def test_letters_that_show_the_encoding_are_found_behind_the_rows_that_are_shown(upload):
    rows = "".join(f"p{n}@example.com,P\n" for n in range(500))
    read = import_preview.read_upload(upload(f"email,name\n{rows}zoe@example.com,Zoë\n"))
    assert (len(read.records), read.samples) == (20, ["Zoë"])


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (b"email\nann@example.com\n", "utf-16le"),
        ("email\nann@example.com\n".encode("utf-16"), "windows-1252"),
        (b"email\nann@example.com\n", "cp1252"),
    ],
)
def test_an_encoding_that_the_file_can_not_have_is_refused(start, content, encoding):
    with pytest.raises(InvalidInput, match="Give one of: ") as refused:
        start(content, encoding=encoding)
    assert list(refused.value.errors) == ["encoding"]


def test_one_invalid_byte_is_an_error_and_changes_no_other_name(take_in):
    job = take_in(content_of("utf8_one_bad_byte"))
    assert (job.encoding, figures(job)) == ("utf-8", (1, 0, 1))
    assert contacts() == [("a@example.com", "Zoë")]
    assert rejected(job) == [(3, "name", "Jos\ufffd")]


def test_an_invalid_byte_in_an_ignored_column_does_no_harm(take_in):
    job = take_in("email,city\na@example.com,Zoë\n".encode() + b"b@example.com,Jos\xe9\n")
    assert figures(job) == (2, 0, 0)


def test_invisible_characters_are_not_part_of_an_address_or_a_name(take_in):
    job = take_in(content_of("zero_width"))
    assert (figures(job), contacts()) == (
        (2, 0, 0),
        [("ann@example.com", "Ann"), ("bob@example.com", "Bob")],
    )
    again = take_in(
        "email,name\nann@example.com,\u2060A\u00adnn\u200e\nb\u200dob@example.com,\ufeff\n"
    )
    assert figures(again) == (0, 2, 0)


def test_joiners_that_a_script_needs_stay_inside_a_name(take_in):
    take_in("email,name\nann@example.com,\u200fنامه\u200cای\u200f\n")
    assert contacts() == [("ann@example.com", "نامه\u200cای")]


@pytest.mark.parametrize("line", ["sep=;", '"sep=;"', "SEP=;"])
def test_the_line_that_names_the_separator_is_not_a_row(take_in, line):
    job = take_in(f"{line}\r\nemail;name,first;city,town\r\nann@example.com;x;y\r\n")
    assert (job.separator, job.columns, job.created) == (";", ["email", None, None], 1)


def test_an_invalid_separator_is_refused(start):
    with pytest.raises(InvalidInput, match="sep="):
        start("sep=x\nemail\nann@example.com\n")


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-be", "cp932", "cp1251", "mac-roman", "cp1250"])
def test_an_import_that_was_killed_goes_on_at_the_right_byte(start, monkeypatch, codec):
    monkeypatch.setattr(stored_files, "PIECE_BYTES", 250)
    monkeypatch.setattr(import_run, "CHUNK", 7)
    name = {"cp932": "ソ表太郎", "cp1251": "Иванов", "cp1250": "Łódź"}.get(codec, "Zoë")
    rows = [f'p{n}@example.com,"{name},{n}"' for n in range(30)]
    job = start(("email,name\r\n" + "\r\n".join(rows)).encode(codec))
    deaths = 0
    while not job.finished_at:
        ContactImport.objects.update(lease_holder=None)
        try:
            with when_counted(die_at_the_second()):
                run(job)
        except InterruptedError:
            deaths += 1
        job.refresh_from_db()
    assert (deaths, figures(job)) == (4, (30, 0, 0))
    assert {name for _, name in contacts()} == {f"{name},{n}" for n in range(30)}


def die_at_the_second():
    calls = []

    def die(**call):
        calls.append(call)
        if len(calls) == 2:
            raise InterruptedError

    return die
