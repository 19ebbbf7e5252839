"""Whole numbers in statements: MariaDB makes decimals of a quotient and of a sum, many times slower than integers."""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class quotient(FunctionElement[int]):
    """How many times the second goes into the first, both whole and not negative."""

    name = "quotient"
    type = BigInteger()
    inherit_cache = True

    def __init__(self, dividend: ColumnElement[int], divisor: ColumnElement[int] | int) -> None:
        super().__init__(dividend, divisor)


@compiles(quotient)
def _divided(element: quotient, compiler: SQLCompiler, **options: Any) -> str:
    dividend, divisor = (compiler.process(part.self_group(), **options) for part in element.clauses)
    return f"(({dividend}) / {divisor})"


@compiles(quotient, "mysql")
@compiles(quotient, "mariadb")
def _divided_whole(element: quotient, compiler: SQLCompiler, **options: Any) -> str:
    dividend, divisor = (compiler.process(part.self_group(), **options) for part in element.clauses)
    return f"(({dividend}) DIV {divisor})"
