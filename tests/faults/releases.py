"""Two releases of the code, each in a folder of its own: the one before the newest migration, and the next one.

The old one is what the history has before the commit that added the newest migration. Where there is no history it is
a copy of the present tree without that migration. The next one is a copy of the present tree that knows three things
which nobody else knows: a topic of the outbox, a task for it, and a daily job.
"""

import compileall
import io
import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

from tests.concurrency.stage import ROOT

#: What runs; a release has no documents and no benchmarks.
PARTS = ("airbnb", "migrations", "tests", "deploy", "wsgi.py", "celery_worker.py")
VERSIONS = Path("migrations", "versions")
#: What only the next release knows.
TOPIC, TASK, JOB, JOB_TASK = "news.told", "news.tell", "news-daily", "news.tell_daily"
#: Where its tasks note what they did, within the instance's folder.
NOTES = "news.log"
MODULE = f'''"""What only this release can do."""

from celery import shared_task

from airbnb.extensions import current_settings
from airbnb.tasks.jobs import once_per_period


def note(what: object) -> None:
    with (current_settings().instance_path / "{NOTES}").open("a") as notes:
        notes.write(f"{{what}}\\n")


@shared_task(name="{TASK}")
def tell(event_id: int) -> None:
    note(event_id)


@shared_task(name="{JOB_TASK}")
@once_per_period("{JOB}")
def tell_daily() -> int:
    note("{JOB}")
    return 1
'''
#: File -> a line of it, and what follows that line in the next release.
TAUGHT = {
    "airbnb/domain/topics.py": ('    MAIL_SEND = "mail.send"\n', f'    NEWS_TOLD = "{TOPIC}"\n'),
    "airbnb/tasks/topics.py": ("HANDLERS: dict[Topic, str] = {\n", f'    Topic.NEWS_TOLD: "{TASK}",\n'),
    "airbnb/tasks/registry.py": ("from airbnb.tasks import (\n", "    news,\n"),
    "airbnb/domain/jobs.py": (
        "JOBS: tuple[Job, ...] = (\n",
        f'    Job(name="{JOB}", task="{JOB_TASK}", every=timedelta(days=1), does="Tells.", late_means="Nothing."),\n',
    ),
}


@dataclass(frozen=True, slots=True)
class Release:
    """A tree of code, and the migration that its code was made for."""

    name: str
    root: Path

    @property
    def migration(self) -> str:
        """Return its newest migration."""
        return newest_migration(self.root)


def newest_migration(root: Path) -> str:
    """Return the id of a tree's newest migration, which is its file's name."""
    return max(file.stem for file in (root / VERSIONS).glob("[0-9]*.py"))


def release_before(folder: Path, commit: str | None = None) -> Release:
    """Make the release before the newest migration, or another commit, in a folder."""
    folder.mkdir()
    wanted = commit or _commit_before(newest_migration(ROOT))
    packed = _git("archive", "--format=tar", wanted, *PARTS) if wanted else None
    if commit and packed is None:
        raise ValueError(f"{commit} is no commit of this repository that has {', '.join(PARTS)}")
    if wanted and packed is not None:
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            archive.extractall(folder, filter="data")
        # How processes are started is the machine's to say, not the release's.
        shutil.copytree(ROOT / "deploy", folder / "deploy", dirs_exist_ok=True)
        compileall.compile_dir(folder, quiet=2)  # once, and not by each process
        return Release(wanted[:12], folder)
    _copy(folder)
    (folder / VERSIONS / f"{newest_migration(folder)}.py").unlink()
    return Release("this tree without its newest migration", folder)


def next_release(folder: Path) -> Release:
    """Make the release that knows more than anybody, in a folder."""
    folder.mkdir()
    _copy(folder)
    (folder / "airbnb" / "tasks" / "news.py").write_text(MODULE)
    for name, (line, then) in TAUGHT.items():
        file = folder / name
        before = file.read_text()
        assert before.count(line) == 1, f"{name} has not exactly one line {line!r}"
        file.write_text(before.replace(line, line + then))
    registry = folder / "airbnb" / "tasks" / "registry.py"
    registry.write_text(f"{registry.read_text()}TASK_MODULES += (news,)\n")
    return Release("this tree and more", folder)


def _copy(folder: Path) -> None:
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, folder / part)
        else:
            shutil.copy(ROOT / part, folder / part)


def _commit_before(migration: str) -> str | None:
    """Return the commit whose tree was the last without a migration; None when the history does not say."""
    file = str(VERSIONS / f"{migration}.py")
    is_known = _git("ls-files", "--error-unmatch", file) is not None
    if not is_known:  # it is new here
        return _text(_git("rev-parse", "--verify", "HEAD"))
    added = _text(_git("log", "-1", "--diff-filter=A", "--format=%H", "--", file))
    # Of a shallow clone the oldest commit adds everything and has no parent.
    return _text(_git("rev-parse", "--verify", "--quiet", f"{added}^")) if added else None


def _git(*arguments: str) -> bytes | None:
    """Return what git says about the present tree; None when it can't."""
    if shutil.which("git") is None:
        return None
    done = subprocess.run(["git", *arguments], cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True)
    return done.stdout if done.returncode == 0 else None


def _text(said: bytes | None) -> str | None:
    return said.decode().strip() or None if said else None
