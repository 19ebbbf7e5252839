"""Plays the demo world's past: each thing at its instant, through the same workflows as the API's."""

import heapq
import itertools
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.orm import Session

from airbnb.cli.demo import words
from airbnb.cli.demo.people import Person
from airbnb.cli.demo.plans import REQUESTS, Fate, PlannedStay
from airbnb.domain import clock
from airbnb.domain.causes import by_staff
from airbnb.domain.errors import DomainError
from airbnb.domain.ids import new_token
from airbnb.domain.kinds import Provider, ReviewSide
from airbnb.domain.orders import Order, PaymentChoice, Wish
from airbnb.domain.pricing import Party
from airbnb.domain.review_rules import CATEGORIES
from airbnb.domain.statuses import ApprovalStatus
from airbnb.domain.topics import Topic
from airbnb.queries import bookings as queries
from airbnb.queries import messages as message_queries
from airbnb.queries import outbox
from airbnb.queries.bookings import Viewer
from airbnb.queries.reviews import list_of_booking
from airbnb.services import messages, notifications, reviews
from airbnb.services.reviews import ReviewDraft
from airbnb.services.staff_cancellations import cancellation_proposal
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows import approvals, booking_answers, payouts, timers
from airbnb.workflows.booking import book_stay, pay_again

logger = logging.getLogger(__name__)

OK, DECLINED = "tok_ok", "tok_declined"
#: Left to a worker: everything else is told to people at once.
NOT_TOLD = {Topic.PHOTO_UPLOADED, Topic.WEBHOOK_RECEIVED}
MOST_EVENTS = 500
BETWEEN_PAYOUT_RUNS = timedelta(days=5)
SOON = timedelta(minutes=20)
#: How often each happens.
GUEST_REVIEWS, HOST_REVIEWS, RESPONSES, MESSAGES = 0.85, 0.55, 0.4, 0.45

Act = Callable[[], object]


class Story:
    """A queue of things that happen, played in the order of time with the clock set to each."""

    def __init__(self, *, since: datetime, now: datetime, staff: Sequence[Person]) -> None:
        self.now = now
        self.staff = staff
        self.outcomes: Counter[str] = Counter()
        self._queue: list[tuple[datetime, int, Act]] = []
        self._order = itertools.count()
        for run in range(1, (now - since) // BETWEEN_PAYOUT_RUNS + 1):
            at = since + run * BETWEEN_PAYOUT_RUNS
            self.at(at, partial(payouts.run_payouts, at))

    def at(self, instant: datetime, act: Act) -> None:
        """Let something happen at an instant; what lies in the future is left to the world itself."""
        if instant <= self.now:
            heapq.heappush(self._queue, (instant, next(self._order), act))

    def book(self, plan: PlannedStay) -> None:
        """Let a booking be made, and all that follows from it."""
        self.at(plan.booked_at, partial(self._book, plan))

    def play(self, tell: Callable[[int], None]) -> None:
        """Play everything; ``tell`` is called with 1 after each booking that was made."""
        while self._queue:
            instant, _, act = heapq.heappop(self._queue)
            clock.set_source(clock.fixed(instant))
            act()
            in_transaction(partial(_tell_people, now=instant))
            if getattr(act, "func", None) == self._book:
                tell(1)
        in_transaction(partial(_tell_people, now=self.now))  # the mails that the last alerts ordered

    def _book(self, plan: PlannedStay) -> None:
        fails = plan.fate in (Fate.UNPAID, Fate.LAPSED, Fate.PAID_AT_SECOND_TRY)
        order = Order(
            guest_id=plan.guest.id,
            listing_id=plan.home.id,
            wish=Wish(stay=plan.stay, party=Party(adults=plan.guests)),
            payment=PaymentChoice(provider=Provider.SANDBOX, token=DECLINED if fails else OK),
            message=self._question(plan),
        )
        try:
            booking_id = book_stay(order)
        except DomainError:
            # Two guests wished for the same nights, or a guest has too many holds: that happens.
            logger.info("a demo stay was refused", extra={"fate": plan.fate.value}, exc_info=True)
            self.outcomes["refused"] += 1
            return
        self.outcomes[plan.fate.value] += 1
        self._plan_rest(plan, booking_id)

    def _question(self, plan: PlannedStay) -> str | None:
        if plan.fate not in REQUESTS and plan.luck.random() > MESSAGES:
            return None
        return plan.luck.choice(words.QUESTIONS).format(host=plan.home.host.first_name)

    def _plan_rest(self, plan: PlannedStay, booking_id: int) -> None:
        follow = _Follow(self, plan, booking_id)
        if plan.fate in REQUESTS:
            follow.answer_request()
        elif plan.fate in (Fate.LAPSED, Fate.UNPAID):
            self.at(plan.booked_at + SOON, partial(timers.expire_one, booking_id, now=plan.booked_at + SOON))
        elif plan.fate is Fate.PAID_AT_SECOND_TRY:
            self.at(plan.booked_at + timedelta(minutes=4), follow.pay_again)
        elif plan.fate in follow.cancelers:
            self.at(_between(plan, self.now), follow.cancel)
        if plan.fate not in (Fate.LAPSED, Fate.UNPAID, Fate.WAITING):
            self.at(plan.booked_at + timedelta(hours=plan.luck.randint(1, 9)), follow.write_back)
        if plan.fate is Fate.COMPLETED:
            follow.complete()


class _Follow:
    """What follows from one booking."""

    def __init__(self, story: Story, plan: PlannedStay, booking_id: int) -> None:
        self.story = story
        self.plan = plan
        self.booking_id = booking_id
        self.key = str(booking_id)
        self.guest = Viewer(user_id=plan.guest.id)
        self.host = Viewer(user_id=plan.home.host.id)
        luck = plan.luck.choice(words.CANCEL_REASONS)
        self.cancelers: dict[Fate, Act] = {
            Fate.CANCELED_BY_GUEST: partial(booking_answers.cancel_booking, self.key, self.guest, reason=luck),
            Fate.CANCELED_BY_HOST: partial(
                booking_answers.cancel_booking, self.key, self.host, reason=words.HOST_CANCEL_REASON
            ),
            Fate.CANCELED_BY_STAFF: self._cancel_as_staff,
        }

    def answer_request(self) -> None:
        booked_at, luck = self.plan.booked_at, self.plan.luck
        lapse = booked_at + timedelta(hours=25)
        acts: dict[Fate, tuple[datetime, Act]] = {
            Fate.ACCEPTED: (
                booked_at + timedelta(hours=luck.randint(1, 20)),
                partial(booking_answers.accept_request, self.key, self.host),
            ),
            Fate.DECLINED: (
                booked_at + timedelta(hours=luck.randint(1, 20)),
                partial(booking_answers.decline_request, self.key, self.host, reason=words.DECLINE_REASON),
            ),
            Fate.WITHDRAWN: (
                booked_at + timedelta(hours=luck.randint(1, 6)),
                partial(booking_answers.cancel_booking, self.key, self.guest, reason=words.CANCEL_REASONS[0]),
            ),
            Fate.UNANSWERED: (lapse, partial(timers.expire_one, self.booking_id, now=lapse)),
        }
        if self.plan.fate in acts:
            self.story.at(*acts[self.plan.fate])

    def pay_again(self) -> None:
        pay_again(self.key, self.guest, PaymentChoice(provider=Provider.SANDBOX, token=OK), claim=None)

    def cancel(self) -> None:
        self.cancelers[self.plan.fate]()

    def _cancel_as_staff(self) -> None:
        """Let staff give back what the rules do; much of it as two people."""
        first, second = (
            by_staff(one.id, now=clock.now(), reason=words.STAFF_CANCEL_REASON) for one in self.story.staff[:2]
        )
        make = partial(cancellation_proposal, booking_id=self.booking_id, refunds=None, cause=first)
        proposal = approvals.propose(make, request_key=new_token(), cause=first)
        if proposal.status is ApprovalStatus.PENDING:
            approvals.approve(proposal.id, second)

    def write_back(self) -> None:
        """Let the host answer, if the guest has written."""
        text = self.plan.luck.choice(words.ANSWERS).format(guest=self.plan.guest.first_name)

        def work(session: Session) -> None:
            found = message_queries.find_conversation(
                session, listing_id=self.plan.home.id, guest_id=self.guest.user_id
            )
            if found is None:
                return
            news = message_queries.newest_of(session, [found.id], user_id=self.host.user_id)
            if news.unread_counts.get(found.id):
                messages.send_message(session, found, text, author_id=self.host.user_id, now=clock.now())

        in_transaction(work)

    def complete(self) -> None:
        """Let the stay end, and both sides review it."""
        with reading() as session:
            booking = queries.get_booking_for(session, self.key, self.guest)
        luck, over = self.plan.luck, booking.check_out_at
        self.story.at(over + SOON, partial(timers.complete_one, self.booking_id, now=over + SOON))
        if luck.random() < GUEST_REVIEWS:
            self.story.at(over + timedelta(hours=luck.randint(20, 200)), partial(self._review, ReviewSide.GUEST))
        if luck.random() < HOST_REVIEWS:
            self.story.at(over + timedelta(hours=luck.randint(10, 150)), partial(self._review, ReviewSide.HOST))
        if luck.random() < RESPONSES:
            self.story.at(over + timedelta(days=luck.randint(15, 25)), self._respond)
        self.story.at(over + timedelta(days=14, hours=1), self._publish)

    def _review(self, side: ReviewSide) -> None:
        luck = self.plan.luck
        author = self.guest if side is ReviewSide.GUEST else self.host
        draft = _guest_review(self.plan) if side is ReviewSide.GUEST else ReviewDraft(
            rating=luck.choice((5, 5, 5, 4)),
            comment=luck.choice(words.ABOUT_GUESTS).format(guest=self.plan.guest.first_name),
        )  # fmt: skip

        def work(session: Session) -> None:
            booking = queries.lock_booking_for(session, self.key, author)
            reviews.write_review(session, booking, draft, user_id=author.user_id, now=clock.now())

        in_transaction(work)

    def _publish(self) -> None:
        in_transaction(partial(reviews.publish_booking, booking_id=self.booking_id, now=clock.now()))

    def _respond(self) -> None:
        def work(session: Session) -> None:
            for review in list_of_booking(session, self.booking_id):
                if review.side is ReviewSide.GUEST and review.published_at is not None:
                    text = self.plan.luck.choice(words.RESPONSES)
                    reviews.respond(session, review, text, user_id=self.host.user_id, now=clock.now())

        in_transaction(work)


def _guest_review(plan: PlannedStay) -> ReviewDraft:
    luck = plan.luck
    rating = luck.choice((5, 5, 5, 5, 4, 4, 4, 3))
    texts = words.PRAISE if rating > 3 else words.MIXED
    return ReviewDraft(
        rating=rating,
        comment=luck.choice(texts).format(host=plan.home.host.first_name),
        private_note="The second key sticks a little." if luck.random() < 0.1 else None,
        categories={name: max(1, min(5, rating + luck.choice((-1, 0, 0, 1)))) for name in CATEGORIES},
    )


def _between(plan: PlannedStay, now: datetime) -> datetime:
    """Return an instant between booking and now."""
    return plan.booked_at + (now - plan.booked_at) * plan.luck.uniform(0.1, 0.95)


def _tell_people(session: Session, *, now: datetime) -> None:
    """Write the alerts of what has just happened; their mails are not sent, as nobody's mailbox is behind them."""
    for event_id in outbox.list_due_event_ids(session, now=now, limit=MOST_EVENTS):
        event = outbox.find_event(session, event_id)
        if event is None or event.topic in NOT_TOLD:
            continue
        if not outbox.claim_event(session, event_id, owner=new_token()[:32], now=now):
            continue
        if event.topic == Topic.MAIL_SEND:
            outbox.close_event(session, event_id, now=now)
        else:
            notifications.tell_of_event(session, event_id, now=now)
