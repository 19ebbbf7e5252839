"""What the source must not contain, and for each guard a bad text that it must catch."""

import pytest

from tests.architecture import guards
from tests.architecture.guards import Guard, Source, sources

APPLICATION = {
    "commits": guards.find_commits,
    "time": guards.find_reads_of_time,
    "environment": guards.find_reads_of_environment,
    "status": guards.find_status_assignments,
    "imports": guards.find_hidden_imports,
    "relationships": guards.find_lazy_relationships,
}


@pytest.mark.parametrize("guard", APPLICATION.values(), ids=list(APPLICATION))
def test_the_application_keeps_the_rule(guard: Guard):
    files = sources("airbnb")

    assert len(files) > 20, "the guard looks at nothing"
    assert [complaint for source in files for complaint in guard(source)] == []


#: A migration spells every column out, so its functions are as long as its tables are wide.
@pytest.mark.parametrize(
    "guard, folders",
    [
        (guards.find_long_functions, ["airbnb", "benchmarks", "requirements", "tests"]),
        (guards.find_long_files, ["airbnb", "benchmarks", "migrations", "requirements", "tests"]),
    ],
    ids=["functions", "files"],
)
def test_nothing_is_too_long(guard: Guard, folders: list[str]):
    files = sources(*folders)

    assert [complaint for source in files for complaint in guard(source)] == []


def test_no_test_imports_inside_a_function():
    files = sources("tests")

    assert [complaint for source in files for complaint in guards.find_hidden_imports(source)] == []


BAD = [
    (guards.find_commits, "def save(session):\n    session.commit()\n"),
    (guards.find_commits, "def undo(connection):\n    connection.rollback()\n"),
    (guards.find_commits, "finish = db.session.commit\n"),
    (guards.find_reads_of_time, "import datetime\nnow = datetime.datetime.now()\n"),
    (guards.find_reads_of_time, "from datetime import datetime, UTC\nnow = datetime.now(UTC)\n"),
    (guards.find_reads_of_time, "default = datetime.utcnow\n"),
    (guards.find_reads_of_time, "from datetime import date\ntoday = date.today()\n"),
    (guards.find_reads_of_time, "import time\nstamp = int(time.time())\n"),
    (guards.find_reads_of_time, "from time import time\n"),
    (guards.find_reads_of_time, "query = select(func.now())\n"),
    (guards.find_reads_of_environment, "import os\nhost = os.environ['HOST']\n"),
    (guards.find_reads_of_environment, "import os\nhost = os.getenv('HOST')\n"),
    (guards.find_reads_of_environment, "from os import environ\n"),
    (guards.find_status_assignments, "booking.status = BookingStatus.CONFIRMED\n"),
    (guards.find_status_assignments, "booking.status, booking.note = status, ''\n"),
    (guards.find_status_assignments, "setattr(booking, 'status', status)\n"),
    (guards.find_hidden_imports, "def late():\n    from airbnb.models import users\n"),
    (guards.find_hidden_imports, "class Late:\n    def run(self):\n        if True:\n            import json\n"),
    (guards.find_long_functions, "def long():\n" + "    step()\n" * guards.FUNCTION_LINES),
    (guards.find_long_files, "step()\n" * (guards.FILE_LINES + 1)),
    (guards.find_lazy_relationships, "host = relationship(back_populates='listings')\n"),
    (guards.find_lazy_relationships, "host = orm.relationship(lazy='selectin')\n"),
]


@pytest.mark.parametrize("guard, text", BAD)
def test_a_bad_text_is_caught(guard: Guard, text: str):
    assert len(list(guard(Source.of(text)))) == 1


GOOD = [
    (guards.find_reads_of_time, "import time\nbegan = time.monotonic()\nnow = clock.now()\n"),
    (guards.find_status_assignments, "status = booking.status\nresponse.status_code = 204\n"),
    (guards.find_status_assignments, "class Booking:\n    status: Mapped[str] = column()\n"),
    (guards.find_hidden_imports, "if TYPE_CHECKING:\n    from airbnb.models import users\n"),
    (guards.find_long_functions, "def fits():\n" + "    step()\n" * (guards.FUNCTION_LINES - 1)),
    (guards.find_lazy_relationships, "host = relationship(lazy='raise')\n"),
]


@pytest.mark.parametrize("guard, text", GOOD)
def test_a_good_text_is_left_alone(guard: Guard, text: str):
    assert list(guard(Source.of(text))) == []


@pytest.mark.parametrize(
    "guard, text, room",
    [
        (guards.find_commits, "session.commit()\n", "airbnb/unit_of_work.py"),
        (guards.find_reads_of_time, "now = datetime.now(UTC)\n", "airbnb/domain/clock.py"),
        (guards.find_reads_of_environment, "import os\nhost = os.environ\n", "airbnb/config/loading.py"),
    ],
)
def test_the_one_room_may(guard: Guard, text: str, room: str):
    assert list(guard(Source.of(text, room))) == []
    assert len(list(guard(Source.of(text, "airbnb/tasks/example.py")))) == 1
