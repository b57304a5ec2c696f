import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.api.encoding import UnknownEncoding, encoding_of

TEXT = "given_name,family_name\r\nSiân,O’Connor\r\n"


def pieces(data: bytes, size: int) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


@pytest.mark.parametrize("size", [3, 7, 1_000])
@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (TEXT.encode("utf-8"), "utf-8"),
        (TEXT.encode("utf-8-sig"), "utf-8-sig"),
        (TEXT.encode("cp1252"), "cp1252"),
        (codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"), "utf-16"),
        (codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), "utf-16"),
        (b"plain,ascii\n", "utf-8"),
    ],
)
def test_the_encoding_of_a_file_is_found_however_it_is_cut_up(data: bytes, encoding: str, size: int) -> None:
    assert encoding_of(pieces(data, size)) == encoding


def test_a_file_that_turns_out_not_to_be_utf_8_at_its_end_is_windows_1252() -> None:
    assert encoding_of([b"a,b\n" * 1_000, b"Si\xe2n\n"]) == "cp1252"


def test_an_empty_file_is_read_as_utf_8() -> None:
    assert encoding_of([]) == "utf-8"


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"PK\x03\x04\x00\x00\x08\x00", id="a spreadsheet"),
        pytest.param(b"\x1f\x8b\x08\x00\x00\x00\x00\x00", id="a compressed file"),
        pytest.param("a,b\n".encode("utf-16-le"), id="UTF-16 without its mark"),
        pytest.param(codecs.BOM_UTF8 + b"\xff\xff", id="a mark of UTF-8 and then not"),
        pytest.param(b"\x81\x8d\x8f", id="bytes of no encoding"),
    ],
)
def test_what_is_no_text_has_no_encoding(data: bytes) -> None:
    with pytest.raises(UnknownEncoding):
        encoding_of([data])


@given(st.binary(min_size=1, max_size=60), st.integers(3, 60))
def test_whatever_encoding_is_found_reads_the_file(data: bytes, size: int) -> None:
    try:
        encoding = encoding_of(pieces(data, size))
    except UnknownEncoding:
        return
    assert "\x00" not in data.decode(encoding)
