"""Multiplies a demo world inside the database: every copy of a row gets ids, codes and addresses of its own.

What belongs together is copied together, so a large world is as consistent as the small one that it is made of.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    cast,
    func,
    insert,
    literal,
    null,
    select,
    type_coerce,
    update,
)
from sqlalchemy.types import TypeEngine

from airbnb.cli.demo.logins import DOMAIN
from airbnb.domain.ids import CODE_ALPHABET, CODE_LENGTH, SEQUENCE_BITS
from airbnb.domain.permissions import STAFF_ROLES
from airbnb.extensions import Base, db
from airbnb.models.bookings import Booking
from airbnb.models.documents import Document, DocumentSeries
from airbnb.models.figures import DailyFigure
from airbnb.models.pricing import Coupon
from airbnb.models.search import ListingCard, SearchDocument
from airbnb.models.users import User, UserRole
from airbnb.services.listing_cards import card_version

#: Catalogues, prices and marks: one of each is enough for any number of stays.
SINGLE = frozenset(
    {
        "amenities", "places", "place_names", "search_forms", "exchange_rates", "tax_rules", "coupons", "job_runs",
        "switches", "document_series", "daily_figures", "try_counts", "audit_runs", "idempotency_keys",
    }
)  # fmt: skip
#: How many characters of a code a copy has of its own.
CODE_TAIL = 4
MOST_COPIES = len(CODE_ALPHABET) ** CODE_TAIL
ROWS_PER_COMMIT = 400_000
CARDS_AT_ONCE = 2_000
#: What is a row's own inside texts: ids, codes of bookings, references at the sandbox, addresses of people.
OWN = re.compile(
    r"(?<!\d)\d{15,19}(?!\d)"
    rf"|\b[{CODE_ALPHABET}]{{{CODE_LENGTH}}}\b"
    r"|\bsbx_[a-z]+_[0-9a-f]{20}\b"
    rf"|\b[\w.+-]+@{re.escape(DOMAIN)}\b"
)
#: Columns whose whole text is a secret of the row.
SECRETS = frozenset({("approvals", "request_key"), ("mail_messages", "message_id"), ("webhook_events", "event_id")})

Tell = Callable[[int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What in the world is a copy's own, and how its copies are told apart."""

    ids: frozenset[int]
    codes: frozenset[str]
    addresses: frozenset[str]
    documents: int  # how many there are of a series, at most
    copies: Table


def multiply(copies: int, tell: Tell) -> int:
    """Add so many copies of everything that is in the database; return how many rows there are more.

    ``tell`` is called with the number of rows as they are made.
    Needs: a demo world that nobody uses meanwhile; at most ``MOST_COPIES`` copies.
    """
    with db.engine.connect() as connection:
        connection.detach()  # its checks are off: it must not come back to the pool
        _prepare(connection)
        names = _names(connection, copies)
        made = 0
        for table in _tables():
            made += _multiply_table(connection, table, names, copies, tell)
        _multiply_figures(connection, copies)
        _stamp_cards(connection)
        _finish(connection)
    return made


def _stamp_cards(connection: Connection) -> None:
    """Give every card of search the version that its text has: it is no copy's, as the text holds the id."""
    last = 0
    card, found = ListingCard.__table__.c, SearchDocument.__table__.c
    while rows := connection.execute(
        select(card.id, card.json).where(card.id > last).order_by(card.id).limit(CARDS_AT_ONCE)
    ).all():
        versions = [{"of": row.id, "is": card_version(bytes(row.json))} for row in rows]
        for key, column in ((card.id, card.version), (found.id, found.card_version)):
            stamp = update(key.table).where(key == bindparam("of")).values({column: bindparam("is")})
            connection.execute(stamp, versions)
        _save(connection)
        last = rows[-1].id


def rows_to_copy() -> int:
    """Return how many rows there are of which each copy gets one, more or less."""
    with db.engine.connect() as connection:
        return sum(connection.scalar(select(func.count()).select_from(table)) or 0 for table in _tables())


def _prepare(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("COMMIT")
        for pragma in ("foreign_keys=OFF", "synchronous=OFF", "cache_size=-500000", "temp_store=MEMORY"):
            connection.exec_driver_sql(f"PRAGMA {pragma}")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        return
    for name in ("foreign_key_checks", "unique_checks"):
        connection.exec_driver_sql(f"SET SESSION {name}=0")


def _save(connection: Connection) -> None:
    """End what was written so far and begin anew: one transaction for all would be as large as the world."""
    connection.exec_driver_sql("COMMIT")
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _finish(connection: Connection) -> None:
    _save(connection)
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("ANALYZE")
    else:
        connection.exec_driver_sql(f"ANALYZE TABLE {', '.join(table.name for table in _tables())}").all()
    _save(connection)


def _tables() -> list[Table]:
    return [table for table in Base.metadata.sorted_tables if table.name not in SINGLE]


def _names(connection: Connection, copies: int) -> Names:
    """Find what is the world's own, and write down how each copy is told from it."""
    staff = set(connection.scalars(select(UserRole.user_id).where(UserRole.role.in_(STAFF_ROLES))))
    ids_by_table = [set(connection.scalars(select(table.c.id))) - staff for table in _tables() if _has_own_id(table)]
    codes = set(connection.scalars(select(Booking.code)))
    heads = {code[:-CODE_TAIL] for code in codes}
    if len(heads) < len(codes):
        raise ValueError("two bookings have codes that begin alike: make the world anew")
    stride = next(step for step in count(1 << SEQUENCE_BITS) if all(_is_free(ids, step) for ids in ids_by_table))
    marks = Table(
        "demo_copies",
        MetaData(),
        Column("number", Integer, primary_key=True),
        Column("shift", BigInteger),
        Column("code", String(CODE_TAIL)),
        prefixes=["TEMPORARY"],
    )
    marks.create(connection)
    tails = _tails({code[-CODE_TAIL:] for code in codes})
    rows = [{"number": number, "shift": number * stride, "code": next(tails)} for number in range(1, copies + 1)]
    connection.execute(insert(marks), rows)
    return Names(
        ids=frozenset().union(*ids_by_table),
        codes=frozenset(codes),
        addresses=frozenset(connection.scalars(select(User.email).where(User.id.not_in(staff)))),
        documents=max(connection.scalars(select(DocumentSeries.last_number)), default=0),
        copies=marks,
    )


def _has_own_id(table: Table) -> bool:
    return "id" in table.c and isinstance(table.c.id.type, BigInteger)


def _is_free(ids: set[int], stride: int) -> bool:
    """Whether no two ids are a whole number of strides apart, so that no two copies meet."""
    return len({one % stride for one in ids}) == len(ids)


def _tails(taken: set[str]) -> Iterator[str]:
    """Yield ends of codes that nobody has yet."""
    base = len(CODE_ALPHABET)
    for number in range(MOST_COPIES):
        tail = "".join(CODE_ALPHABET[number // base**place % base] for place in range(CODE_TAIL))
        if tail not in taken:
            yield tail


def _multiply_table(connection: Connection, table: Table, names: Names, copies: int, tell: Tell) -> int:
    made = waiting = 0
    columns = list(table.columns)
    for row in connection.execute(select(table).order_by(*table.primary_key.columns)).all():
        values = [_copied(column, value, names) for column, value in zip(columns, row, strict=True)]
        own = {column.name for column, (_, is_own) in zip(columns, values, strict=True) if is_own}
        if not own & set(table.primary_key.columns.keys()):
            continue  # it belongs to the staff, who are not copied
        _check_keys(table, dict(row._mapping), own)
        copied = select(*(expression for expression, _ in values)).select_from(names.copies)
        connection.execute(insert(table).from_select(columns, copied, include_defaults=False))
        made, waiting = made + copies, waiting + copies
        if waiting >= ROWS_PER_COMMIT:
            _save(connection)
            waiting = 0
        tell(copies)
    _save(connection)
    return made


def _check_keys(table: Table, row: dict[str, Any], own: set[str]) -> None:
    """Say which key every copy would have alike, before the database says that there is one already."""
    keys = [one.columns.keys() for one in table.constraints if isinstance(one, UniqueConstraint)]
    keys += [[column.name for column in one.columns] for one in table.indexes if one.unique]
    for key in keys:
        if not own & set(key) and all(row[name] is not None for name in key):
            raise ValueError(f"{table.name}: copies would share ({', '.join(key)}) = {[row[name] for name in key]}")


def _copied(column: Column[Any], value: Any, names: Names) -> tuple[ColumnElement[Any], bool]:
    """Return what a column of a copy holds, and whether it is another in each copy."""
    if column.table.name == Document.__tablename__ and column.name == "number":
        return literal(value) + names.copies.c.number * names.documents, True
    if value is None and column.nullable:
        return null(), False
    if isinstance(value, int) and value in names.ids:
        return literal(value, BigInteger) + names.copies.c.shift, True
    if (column.table.name, column.name) in SECRETS and value is not None:
        return literal(value, Text) + "-" + cast(names.copies.c.number, String), True
    text = _text_of(column.type, value)
    pieces = list(_pieces(text, names)) if text else []
    if all(isinstance(piece, str) for piece in pieces):
        return literal(value, column.type), False
    joined: ColumnElement[Any] = literal("", Text)
    for piece in pieces:
        joined = joined + (literal(piece, Text) if isinstance(piece, str) else piece)
    if isinstance(column.type, LargeBinary):
        joined = cast(joined, LargeBinary)
    return type_coerce(joined, column.type), True


def _text_of(kind: TypeEngine[Any], value: Any) -> str | None:
    """Return a value as the database keeps it, if that is a text."""
    if isinstance(kind, JSON) and value is not None:
        return json.dumps(value)
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return None
    return value if type(value) is str else None


def _pieces(text: str, names: Names) -> Iterator[str | ColumnElement[Any]]:
    """Yield a text in pieces: what all copies share, and expressions of what each has of its own."""
    done = 0
    for found in OWN.finditer(text):
        word = found[0]
        own = _own(word, names)
        if own is not None:
            yield text[done : found.start()]
            yield from own
            done = found.end()
    yield text[done:]


def _own(word: str, names: Names) -> Sequence[str | ColumnElement[Any]] | None:
    copies = names.copies.c
    if word.isdecimal():
        return [cast(literal(int(word), BigInteger) + copies.shift, String)] if int(word) in names.ids else None
    if word.startswith("sbx_"):
        return [f"{word}-", cast(copies.number, String)]
    if "@" in word:
        local, _, domain = word.partition("@")
        return [f"{local}.", cast(copies.number, String), f"@{domain}"] if word in names.addresses else None
    return [word[:-CODE_TAIL], copies.code] if word in names.codes else None


def _multiply_figures(connection: Connection, copies: int) -> None:
    """Bring to the new size what is kept of all stays together."""
    for column in (DailyFigure.value, DocumentSeries.last_number, Coupon.uses):
        connection.execute(update(column.class_).values({column: column * (copies + 1)}))
