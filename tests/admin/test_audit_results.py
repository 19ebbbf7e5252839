"""What the nightly audits found stands on the dashboard's first page until they find nothing more."""

from sqlalchemy import delete, select

from airbnb.domain.kinds import Role
from airbnb.models.calendar import BookedNight
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows.audits import run_audit


def test_faults_need_attention_until_they_are_put_right(staff_browser, make_listing, make_booking, guest, host):
    booking = make_booking(listing=make_listing(host=host.user), guest=guest.user, booked_days_before=0)
    browser = staff_browser(Role.SUPPORT)
    with reading() as session:
        nights = [dict(row) for row in session.execute(select(BookedNight.__table__)).mappings()]
    in_transaction(lambda session: session.execute(delete(BookedNight)))

    run_audit("calendar")
    shown = browser.get("/").text
    in_transaction(lambda session: session.execute(BookedNight.__table__.insert(), nights))
    run_audit("calendar")

    assert "Faults found by the calendar audit" in shown
    assert f"{booking.code} is confirmed with 0 of 3 nights" in shown
    assert booking.code not in browser.get("/").text
