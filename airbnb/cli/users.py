"""``flask users``: accounts made by whoever runs the installation, the first of staff among them, and lost phones."""

import click
from flask.cli import AppGroup
from marshmallow import ValidationError
from sqlalchemy.orm import Session

from airbnb.domain import clock
from airbnb.domain.account_errors import EmailTaken
from airbnb.domain.causes import by_system
from airbnb.domain.errors import NotFound, ValidationFailed
from airbnb.domain.kinds import Role
from airbnb.domain.permissions import is_staff
from airbnb.extensions import current_settings
from airbnb.models.users import User
from airbnb.queries.users import find_account_by_email
from airbnb.schemas.people import EmailAddress
from airbnb.services import audit, passwords, second_factors, users
from airbnb.unit_of_work import in_transaction

users_group = AppGroup("users", help="Make accounts, and help people back into theirs.")


@users_group.command("create")
@click.option("--email", required=True)
@click.option("--password", required=True, help="10 to 128 characters, and not a usual one.")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option("--first-name", default="", help="The part of the address before the @ unless given.")
@click.option("--verified", is_flag=True, help="Take the address as proved.")
def create(email: str, password: str, role: str, first_name: str, verified: bool) -> None:
    """Make an account; everybody is a guest beside the role given."""
    settings = current_settings()
    try:
        address = EmailAddress().deserialize(email)
        passwords.check_new_password(password, email=address)
        columns = {
            "first_name": first_name or address.partition("@")[0][:80],
            "password_hash": passwords.hash_password(password),
            "email_verified_at": clock.now() if verified else None,
            "locale": settings.default_locale,
            "currency": settings.default_currency,
        }

        def work(session: Session) -> User:
            made = users.create_user(session, email=address, roles=frozenset({Role(role)}), **columns)
            if is_staff([Role(role)]):
                changes = {"role": (None, role)}
                audit.record_action(
                    session, "create_staff", User, made.id, cause=by_system(now=clock.now()), changes=changes
                )
            return made

        user = in_transaction(work)
    except ValidationFailed as error:
        raise click.ClickException(" ".join(text for texts in error.errors.values() for text in texts)) from error
    except ValidationError as error:
        raise click.BadParameter(" ".join(map(str, error.messages)), param_hint="--email") from error
    except EmailTaken as error:
        raise click.ClickException(f"{address} already has an account.") from error
    click.echo(f"Made {user.email} ({role}) with id {user.id}.")


@users_group.command("remove-second-factor")
@click.option("--email", required=True)
@click.option("--reason", required=True, help="For the audit log: how the owner proved who they are.")
def remove_second_factor(email: str, reason: str) -> None:
    """Take the second factor from somebody who lost it and every recovery code; they are told by mail."""
    cause = by_system(now=clock.now(), reason=reason)

    def work(session: Session) -> User | None:
        user = find_account_by_email(session, email.lower())
        if user is not None:
            second_factors.remove(session, user.id)
            changes = {"second_factor": (True, False)}
            audit.record_action(session, "remove_second_factor", User, user.id, cause=cause, changes=changes)
        return user

    try:
        user = in_transaction(work)
    except NotFound as error:
        raise click.ClickException(f"{email} has no second factor.") from error
    if user is None:
        raise click.ClickException(f"{email} has no account.")
    click.echo(f"{user.email} signs in without a second factor now.")
