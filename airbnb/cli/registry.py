"""Every command group of ``flask --app wsgi``."""

import click

from airbnb.cli.backup import backup_group
from airbnb.cli.bookings import bookings_group, calendar_group, ledger_group, payouts_group
from airbnb.cli.demo.commands import demo_group
from airbnb.cli.doctor import doctor
from airbnb.cli.documents import documents_group
from airbnb.cli.figures import figures_group
from airbnb.cli.keys import keys_group
from airbnb.cli.listings import listings_group
from airbnb.cli.mail import mail_group
from airbnb.cli.outbox import outbox_group
from airbnb.cli.places import places_group
from airbnb.cli.prepare import prepare
from airbnb.cli.rates import rates_group
from airbnb.cli.reviews import reviews
from airbnb.cli.schedule import schedule_group
from airbnb.cli.search import search_group
from airbnb.cli.translations import translations
from airbnb.cli.users import users_group
from airbnb.cli.verify import verify

GROUPS: tuple[click.Command, ...] = (
    prepare,
    reviews,
    users_group,
    mail_group,
    keys_group,
    listings_group,
    bookings_group,
    payouts_group,
    ledger_group,
    rates_group,
    calendar_group,
    documents_group,
    search_group,
    places_group,
    demo_group,
    outbox_group,
    schedule_group,
    backup_group,
    doctor,
    figures_group,
    verify,
    translations,
)
