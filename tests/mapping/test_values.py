"""Converters: dates, numbers, ages and addresses as N-Quads writes them."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.mapping import values
from kg.mapping.runtime import country_code, plain, term

XSD = "http://www.w3.org/2001/XMLSchema#"


def lexical(literal: str | None) -> tuple[str, str] | None:
    """Return (lexical form, local name of the datatype)."""
    if literal is None:
        return None
    match = re.fullmatch(rf'"([^"]*)"\^\^<{re.escape(XSD)}(\w+)>', literal)
    assert match, literal
    return match[1], match[2]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2023-05-17", ("2023-05-17", "date")),
        ("2023-05", ("2023-05", "gYearMonth")),
        ("2023", ("2023", "gYear")),
        ("2024-02-29", ("2024-02-29", "date")),
        ("2023-02-31", None),
        ("2023-02-29", None),
        ("2023-13", None),
        ("2023-5", None),
        ("May 2023", None),
        ("2023-05-17T10:00", None),
        ("٢٠٢٣", None),
        ("0000", None),
        ("2023-05\n", None),
        ("", None),
    ],
)
def test_a_date_is_as_precise_as_stated_and_never_padded(text: str, expected: tuple[str, str] | None) -> None:
    assert lexical(values.date_term(text)) == expected


@given(st.dates())
def test_every_real_date_is_kept_digit_by_digit(day: date) -> None:
    assert lexical(values.date_term(day.isoformat())) == (day.isoformat(), "date")
    assert lexical(values.year_term(day.isoformat())) == (str(day.year), "integer")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12.50", "12.5"), ("012", "12"), ("1,234.0", "1234"), ("-0", "0"), ("-0.0", "0"), (".5", "0.5"), ("+3", "3"),
        ("12.", "12"), ("-1.50", "-1.5"), ("NA", None), ("<0.001", None), ("1e-05", None), ("12 (3)", None),
        ("1,23", None), ("", None), ("--1", None), ("١٢", None), ("NaN", None), ("Infinity", None),
    ],
)  # fmt: skip
def test_a_number_in_text_is_a_canonical_decimal_or_none(text: str, expected: str | None) -> None:
    found = lexical(values.number_term(text))
    assert found == (None if expected is None else (expected, "decimal"))


@given(st.floats())
def test_a_float_never_has_an_exponent_and_is_canonical(number: float) -> None:
    found = lexical(values.decimal_term(number))
    if number != number or abs(number) == float("inf"):
        assert found is None
    else:
        assert found is not None
        assert re.fullmatch(r"-?(?:0|[1-9]\d*)(?:\.\d*[1-9])?", found[0])
        assert float(found[0]) == pytest.approx(number, rel=1e-9, abs=1e-20)


def test_a_tiny_float_is_written_out() -> None:
    assert lexical(values.decimal_term(1e-05)) == ("0.00001", "decimal")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("501", "501"),
        ("1,234", "1234"),
        ("007", "7"),
        ("0", "0"),
        ("12.0", None),
        ("-3", None),
        ("NA", None),
        ("²", None),
    ],
)
def test_a_count_in_text_is_an_integer_or_none(text: str, expected: str | None) -> None:
    assert lexical(values.count_term(text)) == (None if expected is None else (expected, "integer"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("18 Years", "18"),
        ("1 Year", "1"),
        ("6 Months", "0.5"),
        ("2 Weeks", "0.0383"),
        ("3 Days", "0.0082"),
        ("N/A", None),
        ("18", None),
    ],
)
def test_an_age_is_given_in_years(text: str, expected: str | None) -> None:
    assert lexical(values.years_term(text)) == (None if expected is None else (expected, "decimal"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2018-10-10T10:30", "2018-10-10T10:30:00"),
        ("2018-10-10T10:30:05", "2018-10-10T10:30:05"),
        ("2018-02-30T10:30", None),
        ("2018-10-10T25:00", None),
    ],
)
def test_a_time_gets_the_seconds_of_its_lexical_form(text: str, expected: str | None) -> None:
    assert lexical(values.datetime_term(text)) == (None if expected is None else (expected, "dateTime"))


@pytest.mark.parametrize(
    "text", ["javascript:alert(1)", "ftp://a.org/", "http://a b", "see www.a.org", 'http://a"b', "http://a\nb"]
)
def test_only_web_addresses_are_addresses(text: str) -> None:
    assert values.url_term(text) is None


def test_a_web_address_is_a_literal_so_that_it_can_point_nowhere_unasked() -> None:
    assert values.url_term("https://a.org/x?y=1#z") == f'"https://a.org/x?y=1#z"^^<{XSD}anyURI>'


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("United States", "US"),
        ("Korea, Republic of", "KR"),
        ("South Korea", "KR"),
        ("Turkey (Türkiye)", "TR"),
        ("czechia", "CZ"),
        ("Former Yugoslavia", None),
        ("Atlantis", None),
    ],
)
def test_countries_have_codes_where_the_table_knows_them(name: str, code: str | None) -> None:
    assert country_code(name) == (None if code is None else f'"{code}"')


def test_escapes_of_the_registrys_markdown_are_no_part_of_the_words() -> None:
    assert plain(r"IgE \>= 2 \[IU/mL\] and C:\dir") == r'"IgE >= 2 [IU/mL] and C:\\dir"'


@pytest.mark.parametrize("name", ["Natural Killer", "a>b", "", "1st", "x/y"])
def test_a_term_that_is_no_local_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no local name"):
        term(name)
