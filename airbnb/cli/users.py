"""``flask users``: accounts made by whoever runs the installation, the first of staff among them."""

import click
from flask.cli import AppGroup
from marshmallow import ValidationError
from sqlalchemy.orm import Session

from airbnb.domain import clock
from airbnb.domain.account_errors import EmailTaken
from airbnb.domain.causes import by_system
from airbnb.domain.errors import ValidationFailed
from airbnb.domain.kinds import Role
from airbnb.domain.permissions import is_staff
from airbnb.extensions import current_settings
from airbnb.models.users import User
from airbnb.schemas.people import EmailAddress
from airbnb.services import audit, passwords, users
from airbnb.unit_of_work import in_transaction

users_group = AppGroup("users", help="Make accounts.")


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
