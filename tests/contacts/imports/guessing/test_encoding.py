"""The encoding in which words were written is guessed the same each time, even from a few names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.imports.encodings import ALL, BY_CODEC, UTF16, offered
from contacts.imports.guessing.encoding import GUESSED, guess

WRITTEN = [
    ("cp1252", "Zoë Müller"),
    ("cp1252", "Änne"),
    ("cp1252", "José García\nMuñoz"),
    ("cp1252", "François Lefèvre"),
    ("cp1252", "Søren Åkesson"),
    ("cp1252", "Joe’s Pizza – don’t"),
    ("cp1252", "Renée\nJürgen Weiß\nGonçalves\nIlkka Hämäläinen"),
    ("cp1250", "Łukasz Wójcik"),
    ("cp1250", "Zażółć gęślą jaźń"),
    ("cp1250", "Dvořák\nJiří Novák"),
    ("cp1250", "Szőke Ernő\nKovács Ödön"),
    ("iso8859-2", "Świątek\nWałęsa"),
    ("cp1251", "Иванов Петров"),
    ("cp1251", "Олександр Шевченко\nКиїв"),
    ("koi8-r", "Иванов Петров"),
    ("mac-roman", "Zoë Müller"),
    ("mac-roman", "José García"),
    ("mac-roman", "Jörg Weiß\nÄnne"),
    ("cp932", "山田太郎\n佐藤"),
    ("cp932", "ヤマダ"),
    ("euc-jp", "田中さくら"),
    ("gb18030", "王小明\n北京市"),
    ("big5", "陳大文\n台北市"),
    ("cp949", "김철수\n이영희"),
    ("cp1253", "Γιώργος Παπαδόπουλος\nΈλενα Νικολάου\nΜαρία Δημητρίου"),
    ("cp1254", "Gökçe Yılmaz\nÇağrı"),
    ("cp1255", "דוד כהן"),
    ("cp1256", "محمد علي"),
    ("cp1257", "Jānis Bērziņš"),
]


@pytest.mark.parametrize(("codec", "text"), WRITTEN)
def test_the_encoding_is_guessed_from_a_few_names(codec, text):
    assert guess(text.encode(codec)) == codec


@pytest.mark.parametrize("codec", ["cp1252", "cp1251", "cp1250"])
def test_one_bad_byte_changes_no_guess(codec):
    text = "\n".join(text for known, text in WRITTEN if known == codec)
    assert guess(text.encode(codec) + b"\n\x98\x81") == codec


@pytest.mark.parametrize(
    ("codec", "sentence"),
    [
        ("cp1251", "Пожалуйста, позвоните нам завтра утром, если у вас есть вопросы. "),
        ("cp1252", "Möchten Sie künftig keine Nachrichten mehr erhalten, schreiben Sie uns. "),
        ("cp932", "ご質問がございましたら、明日の午前中にお電話ください。"),
        ("gb18030", "如果您有任何问题，请明天上午打电话给我们。谢谢您的来信。"),
        ("big5", "如果您有任何問題，請明天上午打電話給我們。謝謝您的來信。"),
        ("cp949", "질문이 있으시면 내일 아침에 전화해 주십시오. 감사합니다."),
        ("euc-jp", "ご質問がございましたら、明日の午前中にお電話ください。"),
        ("cp1250", "Prosimy o kontakt telefoniczny, jeżeli mają Państwo pytania. Dziękujemy. "),
    ],
)
def test_the_encoding_is_guessed_from_sentences(codec, sentence):
    assert guess(sentence.encode(codec) * 8) == codec


@pytest.mark.parametrize("codec", ["cp1252", "mac-roman"])
def test_many_names_with_the_same_letter_count_like_one(codec):
    assert guess("\n".join(f"Zoë {n}" for n in range(1500)).encode(codec)) == codec


@given(st.binary(max_size=400))
def test_any_bytes_are_guessed_alike_each_time(words):
    assert guess(words) == guess(words)
    assert guess(words) in GUESSED


def test_what_is_guessed_can_be_chosen_and_names_are_what_python_knows_them_by():
    assert set(GUESSED) < set(BY_CODEC)
    for encoding in ALL:
        assert "a".encode(encoding.codec).decode(encoding.codec) == "a"
        assert len(encoding.codec) <= 10


def test_encodings_of_two_bytes_and_others_are_never_offered_together():
    assert not set(UTF16) & set(offered("cp1252"))
    assert [encoding.name for encoding in offered("utf-16-le")] == ["utf-16le"]
