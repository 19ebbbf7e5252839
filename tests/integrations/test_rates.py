"""Reading the European Central Bank's files of reference rates."""

from datetime import date

import pytest

from airbnb.integrations.rates import RatesUnreadable, read_rates

DAY = """<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01"
                 xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
  <gesmes:subject>Reference rates</gesmes:subject>
  <gesmes:Sender><gesmes:name>European Central Bank</gesmes:name></gesmes:Sender>
  <Cube>{days}</Cube>
</gesmes:Envelope>"""
FIRST = "<Cube time='2027-03-15'><Cube currency='USD' rate='1.0833'/><Cube currency='JPY' rate='163.4561'/></Cube>"
SECOND = "<Cube time='2027-03-12'><Cube currency='USD' rate='1.08'/></Cube>"
CSV = "Date,USD,JPY,CYP,\n2027-03-15,1.0833,163.4561,N/A,\n2027-03-12,1.08,N/A,N/A,\n"


def xml(*days):
    return DAY.format(days="".join(days)).encode()


def test_the_file_of_a_day():
    (day,) = read_rates(xml(FIRST))

    assert (day.on, day.rates) == (date(2027, 3, 15), {"USD": "1.0833", "JPY": "163.4561"})


@pytest.mark.parametrize("body", [xml(SECOND, FIRST), CSV.encode(), b"\xef\xbb\xbf" + CSV.encode()])
def test_files_of_many_days_begin_with_the_newest(body):
    days = read_rates(body)

    assert [day.on for day in days] == [date(2027, 3, 15), date(2027, 3, 12)]
    assert days[0].rates == {"USD": "1.0833", "JPY": "163.4561"}
    assert days[1].rates == {"USD": "1.08"}


def test_what_is_no_currency_here_is_left_out():
    (day,) = read_rates(
        xml(FIRST.replace("JPY", "XAU").replace("</Cube>", "<Cube currency='EUR' rate='1'/></Cube>", 1))
    )

    assert day.rates == {"USD": "1.0833"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"<html></html>",
        xml(),
        xml("<Cube time='2027-03-15'></Cube>"),
        xml(FIRST.replace("1.0833", "0")),
        xml(FIRST.replace("1.0833", "-1")),
        xml(FIRST.replace("1.0833", "NaN")),
        xml(FIRST.replace("2027-03-15", "yesterday")),
        xml(FIRST.replace("currency=", "coin=")),
        xml(FIRST)[:-40],
        xml(FIRST).replace(b"<gesmes:Envelope", b'<!DOCTYPE x [<!ENTITY y "z">]><gesmes:Envelope', 1),
        b"Date,USD\n2027-03-15,0\n",
        b"Day,USD\n2027-03-15,1\n",
        b"\xff\xfe\x00",
    ],
)
def test_case_33_a_file_that_is_broken_or_says_nothing_is_refused_whole(body):
    with pytest.raises(RatesUnreadable):
        read_rates(body)
