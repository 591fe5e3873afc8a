"""Walk customers through a world and note down every event."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import TypeVar

from simulator.world import ENDINGS, Activity, Attribute, Move, Segment, World

T = TypeVar("T")

ASKED_AFTER = 24.0  # working hours until a receiver notices what is missing: days, not minutes
COMES_LATE = 72.0  # hours after taking over, for information that lags or is typed in again
REDUCED = 0.8  # of the quoted amount, where it is reduced
ONE_SITTING = 4.0  # hours of work that nobody breaks off at noon or for the night
WRITTEN_OFF_AFTER = 14.0  # days until a customer who left is recorded as lost
LIKED = 0.25  # of the cases in which a channel that the segment prefers is on offer
AMOUNT_SPREAD = 0.35  # sigma
WEEKEND_ARRIVALS = 0.35  # of those on a working day
AWAKE_HOURS = (7, 23)


class Dice:
    """Chance made from `Random.random` alone, whose sequence Python promises never to change."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed).random  # noqa: S311 (a simulation, no secret)

    def uniform(self) -> float:
        """A number from 0 up to 1."""
        return self._random()

    def chance(self, share: float) -> bool:
        """True in `share` of the throws."""
        return self._random() < share

    def pick(self, options: Sequence[T]) -> T:
        """One of `options`, each as likely."""
        return options[int(self._random() * len(options))]

    def weighted(self, options: Iterable[tuple[T, float]]) -> T:
        """One of `options` by weight; the weights add up to 1."""
        left = self._random()
        for option, weight in options:
            left -= weight
            if left < 0:
                return option
        return option  # rounding may leave a crumb

    def lognormal(self, median: float, sigma: float) -> float:
        """A positive, skewed number; twelve uniforms stand in for the normal (Irwin–Hall)."""
        return median * math.exp(sigma * (math.fsum(self._random() for _ in range(12)) - 6))


@dataclass(frozen=True)
class Event:
    """One activity done for one customer; `shown`: the information its department had on screen."""

    activity: Activity
    started: datetime
    ended: datetime
    channel: str
    resource: str
    shown: Mapping[str, str]


@dataclass(frozen=True)
class Change:
    """A value that a department's record of the customer takes on."""

    attribute: str
    old: str
    new: str
    at: datetime
    activity: Activity  # done there at that time; it tells department and system
    source: str


@dataclass(frozen=True)
class Case:
    """One customer's journey up to the observation date; `agreed` is the amount in the contract."""

    id: str
    segment: Segment
    amount: int
    events: Sequence[Event]
    outcome: str
    agreed: int
    arrival: datetime
    changes: Sequence[Change]
    identity: Mapping[str, str] = field(default_factory=dict)
    stranger_to: str = ""  # a system that does not know who the customer is

    def known_as(self, system: str) -> Mapping[str, str]:
        """Who the customer is, as far as `system` can tell."""
        return {} if system == self.stranger_to else self.identity

    @property
    def quarter(self) -> str:
        """The quarter of the customer's arrival."""
        return quarter(self.arrival)


class Desks:
    """Who knows what about one customer: per attribute the departments that can show it."""

    def __init__(self, world: World, dice: Dice) -> None:
        self._world, self._dice = world, dice
        self._values = {
            a.name: dice.pick(a.values) for a in world.attributes if dice.chance(a.filled)
        }
        self._shown: dict[str, dict[str, Change]] = {name: {} for name in self._values}
        self._to_come: list[tuple[str, Activity, float, str]] = []

    @property
    def changes(self) -> list[Change]:
        """All that was ever written down."""
        return [change for shown in self._shown.values() for change in shown.values()]

    def learn(self, activity: Activity, at: datetime) -> None:
        """The department of `activity` takes down what this activity brings to light."""
        for attribute in self._world.attributes:
            if attribute.learnt_at == activity.name and attribute.name in self._values:
                self.tell(attribute.name, activity, at, "manual")
        for name, receiver, hours, source in self._to_come:
            self.tell(name, receiver, at + timedelta(seconds=round(hours * 3600)), source)
        self._to_come.clear()

    def tell(self, attribute: str, activity: Activity, at: datetime, source: str) -> None:
        """The department of `activity` knows `attribute` from `at` on."""
        change = Change(attribute, "", self._values[attribute], at, activity, source)
        self._shown[attribute].setdefault(activity.department, change)

    def hand_over(self, sender: str, activity: Activity, at: datetime) -> str | None:
        """Pass the case on; the attribute that the receiver will have to ask for again, if any."""
        to_ask, receiver = None, activity.department
        for attribute in self._world.attributes:
            name, shown = attribute.name, self._shown.get(attribute.name, {})
            known = sender in shown and shown[sender].at <= at
            if not known or receiver in shown or receiver not in attribute.shown_by:
                continue
            where = (name, sender, receiver)
            if not self._dice.chance(self._share("carry_over_loss", *where, self._world.slip)):
                self._pass_on(attribute, where, activity, at)
            elif self._dice.chance(self._share("re_ask", *where)):
                to_ask = name
        return to_ask

    def shown_at(self, department: str, at: datetime) -> dict[str, str]:
        """What `department` sees."""
        return {
            name: shown[department].new
            for name, shown in self._shown.items()
            if department in shown and shown[department].at <= at
        }

    def _pass_on(
        self, attribute: Attribute, where: tuple[str, str, str], activity: Activity, at: datetime
    ) -> None:
        """What is passed on may lag behind, be typed in again, or change on the way."""
        for kind, source in (("information_lag", "sync"), ("re_entry", "manual")):
            if self._strikes(kind, where):
                hours = self._dice.lognormal(COMES_LATE, self._world.spread / 2)
                self._to_come.append((attribute.name, activity, hours, source))
                return
        self.tell(attribute.name, activity, at, "sync")
        if self._strikes("contradiction", where):
            change = self._shown[attribute.name][activity.department]
            other = self._dice.pick([v for v in attribute.values if v != change.new])
            self._shown[attribute.name][activity.department] = replace(
                change, new=other, source="manual"
            )

    def _strikes(self, kind: str, where: tuple[str, str, str]) -> bool:
        share = self._share(kind, *where)
        return share > 0 and self._dice.chance(share)

    def _share(self, kind: str, name: str, giver: str, taker: str, usual: float = 0.0) -> float:
        return self._world.troubles.get((kind, name, giver, taker), usual)


class Walk:
    """One customer on the way through the world."""

    def __init__(self, world: World, dice: Dice, segment: Segment) -> None:
        self._world, self._dice, self._segment = world, dice, segment
        self.desks = Desks(world, dice)
        self._staff = {department: dice.pick(names) for department, names in world.people.items()}
        self._quarter = ""
        self.events: list[Event] = []

    def run(self, arrival: datetime) -> str:
        """Walk from `arrival` to an ending, and name the ending."""
        self._quarter = quarter(arrival)
        activity = self._world.activities[self._dice.weighted(self._world.starts.items())]
        self._do(activity, lambda _: arrival)
        while (move := self._next_move(activity)).target not in ENDINGS:
            sender, activity = activity.department, self._world.activities[move.target]
            to_ask = self.desks.hand_over(sender, activity, self.events[-1].ended)
            self._do(activity, self._after_wait(activity, move))
            if to_ask:
                self._ask_again(to_ask, activity)
        return move.target

    def _next_move(self, activity: Activity) -> Move:
        return self._dice.weighted((m, m.share) for m in self._world.moves[activity.name])

    def _do(self, activity: Activity, start_by: Callable[[str], datetime]) -> None:
        work = self._dice.lognormal(activity.work, self._world.spread / 2) if activity.work else 0.0
        channel = self._channel(activity)
        start = start_by(channel)
        end = start + timedelta(seconds=round(work * 3600))
        if work > ONE_SITTING:
            end = self._world.calendar.after(start, work)
        self.desks.learn(activity, end)
        self.events.append(
            Event(
                activity,
                start,
                end,
                channel,
                self._staff[activity.department] if activity.actor == "staff" else "",
                self.desks.shown_at(activity.department, end),
            )
        )

    def _channel(self, activity: Activity) -> str:
        if not activity.channels:
            return ""
        liked = self._segment.prefers
        if liked in activity.channels and self._dice.chance(LIKED):
            return liked
        return self._dice.weighted(activity.channels.items())

    def _after_wait(self, activity: Activity, move: Move) -> Callable[[str], datetime]:
        """Throw the dice for the wait; when it ends depends on the channel taken then."""
        now, calendar = self.events[-1].ended, self._world.calendar
        hours = self._dice.lognormal(move.hours, self._world.spread) * calendar.pace(now.date())
        if move.late and self._dice.chance(move.late):
            hours *= move.overdue

        def start(channel: str) -> datetime:
            groups = (self._segment.name, channel, self._quarter)
            slow = hours * math.prod(move.slower.get(group, 1.0) for group in groups)
            if activity.around_the_clock:
                return now + timedelta(seconds=round(slow * 3600))
            return calendar.after(now, slow)

        return start

    def _ask_again(self, attribute: str, during: Activity) -> None:
        """The receiver sees days into its work what is missing, and bothers the customer."""
        asking = replace(self._world.asks_again, department=during.department)
        hours = self._dice.lognormal(ASKED_AFTER, self._world.spread / 2)
        start = self._world.calendar.after(self.events[-1].ended, hours)
        self.desks.tell(attribute, asking, start, "manual")
        self._do(asking, lambda _: start)


def quarter(day: datetime) -> str:
    """The quarter that `day` lies in, as 2025-Q4."""
    return f"{day.year}-Q{(day.month + 2) // 3}"


def walk_cases(world: World, cases: int, seed: int) -> list[Case]:
    """`cases` customers, by id. Each has dice of its own, so that none disturbs another."""
    arrivals = []
    for i in range(cases):
        dice = Dice(f"{world.name}/{seed}/{i}")
        arrival = _arrival(world, dice)
        # Records are created in batches: an id tells the order of arrival only roughly.
        created = arrival + timedelta(hours=dice.lognormal(24, 1))
        arrivals.append((created, arrival, dice))
    arrivals.sort(key=lambda a: a[:2])
    walked = [
        _case(world, world.case_id.format(number), arrival, dice)
        for number, (_, arrival, dice) in enumerate(arrivals, start=1)
    ]
    return identified(world, walked, Dice(f"{world.name}/{seed}/identity"))


def _arrival(world: World, dice: Dice) -> datetime:
    """A day, fewer of them outside working days, and a time when people are awake."""
    days = (world.last_day - world.first_day).days + 1
    while True:
        day = world.first_day + timedelta(days=int(dice.uniform() * days))
        if world.calendar.is_workday(day) or dice.chance(WEEKEND_ARRIVALS):
            break
    seconds = dice.uniform() * (AWAKE_HOURS[1] - AWAKE_HOURS[0]) * 3600
    return datetime.combine(day, time(AWAKE_HOURS[0])) + timedelta(seconds=int(seconds))


def _case(world: World, case_id: str, arrival: datetime, dice: Dice) -> Case:
    segment = dice.weighted((s, s.share) for s in world.segments)
    amount = round(dice.lognormal(segment.amount, AMOUNT_SPREAD), -2)
    walk = Walk(world, dice, segment)
    ending = walk.run(arrival)
    seen = [event for event in walk.events if event.ended <= world.observed]
    written_off = walk.events[-1].ended + timedelta(days=dice.lognormal(WRITTEN_OFF_AFTER, 0.5))
    if any(event.activity.name == world.won_by for event in seen):
        outcome = "won"
    else:
        outcome = "lost" if ending == "lost" and written_off <= world.observed else "open"
    reduced = world.shares.get("amount_reduced", 0.0)
    agreed = round(amount * REDUCED, -2) if reduced and dice.chance(reduced) else amount
    changes = [change for change in walk.desks.changes if change.at <= world.observed]
    return Case(case_id, segment, int(amount), seen, outcome, int(agreed), arrival, changes)


# -- who is who ------------------------------------------------------------------------------------


def identified(world: World, cases: Sequence[Case], dice: Dice) -> list[Case]:
    """The cases with the identifying columns of the world; some customers are there twice.

    A double follows its twin by order of arrival. Where owners collide two people work on the one
    customer; where not, the same people have both records.
    """
    if not world.identity:
        return list(cases)
    doubles, rivals = (world.shares.get(k, 0.0) for k in ("duplicate_customers", "owner_collision"))
    # Of n records a share `doubles` is one too many: so many pairs stand among the n − pairs customers.
    colliding = min(rivals * (1 - doubles) / doubles, 1.0) if doubles else 0.0
    known: dict[str, Case] = {}
    gaps = world.shares.get("identity_gap", 0.0)
    queue = [
        replace(case, stranger_to=world.stranger_to) if gaps and dice.chance(gaps) else case
        for case in sorted(cases, key=lambda case: case.arrival)
    ]
    while queue:
        case = queue.pop(0)
        known[case.id] = replace(case, identity=_identity(world, case.id, 0))
        if queue and doubles and dice.chance(doubles / (1 - doubles)):
            twin = queue.pop(0)
            staff = {e.activity.department: e.resource for e in case.events if e.resource}
            if dice.chance(colliding):
                staff = {d: _colleague(world.people[d], person) for d, person in staff.items()}
            known[twin.id] = replace(
                twin,
                identity=_identity(world, case.id, 1),
                events=[_taken_by(event, staff) for event in twin.events],
            )
    return [known[case.id] for case in cases]


def _taken_by(event: Event, staff: Mapping[str, str]) -> Event:
    person = event.resource and staff.get(event.activity.department, event.resource)
    return replace(event, resource=person)


def _colleague(people: Sequence[str], person: str) -> str:
    return people[(people.index(person) + 1) % len(people)]


def _identity(world: World, case_id: str, writing: int) -> dict[str, str]:
    """Name and number of the customer `case_id`, in one of two ways of writing them."""
    digits = "".join(sign for sign in case_id if sign.isdigit()).zfill(7)
    names = (f"Company {digits}", f"COMPANY {digits} Ltd.")
    numbers = (f"139{digits}0", f"139-{digits[:4]}-{digits[4:]}0")
    return dict(zip(world.identity, (names[writing], numbers[writing]), strict=True))
