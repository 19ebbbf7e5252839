"""A database's whole schema as text, in an order that two ways of making it share."""

import re

from sqlalchemy import Engine, text

#: Table, index or trigger name -> its definition, a line per column or constraint.
Schema = dict[str, list[str]]


def read_schema(engine: Engine) -> Schema:
    """Read every table, index and trigger with columns, defaults, keys and CHECKs as the database tells them."""
    parts = _sqlite_parts(engine) if engine.dialect.name == "sqlite" else _mysql_parts(engine)
    return {name: _lines(definition) for name, definition in parts.items() if name != "alembic_version"}


def _sqlite_parts(engine: Engine) -> dict[str, str]:
    query = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND tbl_name <> 'alembic_version'"
    with engine.connect() as connection:
        return {row.name: row.sql for row in connection.execute(text(query))}


def _mysql_parts(engine: Engine) -> dict[str, str]:
    parts: dict[str, str] = {}
    with engine.connect() as connection:
        for (table,) in connection.execute(text("SHOW TABLES")).all():
            parts[table] = connection.execute(text(f"SHOW CREATE TABLE `{table}`")).one()[1]
        for row in connection.execute(text("SHOW TRIGGERS")).mappings():
            parts[row["Trigger"]] = f"{row['Timing']} {row['Event']} ON {row['Table']} {row['Statement']}"
    return parts


def _lines(definition: str) -> list[str]:
    """Split a definition; a table's lines are sorted, since a column that came later stands behind the others.

    SQLite writes such a column into the line of the one before it.
    """
    is_table = definition.startswith("CREATE TABLE")
    if is_table:
        definition = re.sub(r", (?=\"?\w+\"? [A-Z]+\b(?![^(\n]*\)))", ",\n", definition)
    lines = [re.sub(r"\s+", " ", line).strip().rstrip(",").replace('"', "") for line in definition.splitlines()]
    return sorted(lines) if is_table else lines
