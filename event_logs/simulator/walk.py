"""Walk customers through a world and note down every event."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import TypeVar

from simulator.world import ENDINGS, Activity, Move, Segment, World

T = TypeVar("T")

ASKED_AFTER = 24.0  # working hours until a receiver notices what is missing: days, not minutes
ONE_SITTING = 4.0  # hours of work that nobody breaks off at noon or for the night
WRITTEN_OFF_AFTER = 14.0  # days until a customer who left is recorded as lost
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
class Case:
    """One customer's journey up to the observation date."""

    id: str
    segment: Segment
    amount: int
    events: Sequence[Event]
    outcome: str


class Desks:
    """Who knows what about one customer: per attribute the departments that can show it."""

    def __init__(self, world: World, dice: Dice) -> None:
        self._world, self._dice = world, dice
        self._values = {
            a.name: dice.pick(a.values) for a in world.attributes if dice.chance(a.filled)
        }
        self._known_by: dict[str, set[str]] = {name: set() for name in self._values}

    def learn(self, activity: Activity) -> None:
        """The department of `activity` takes down what this activity brings to light."""
        for attribute in self._world.attributes:
            if attribute.learnt_at == activity.name and attribute.name in self._values:
                self._known_by[attribute.name].add(activity.department)

    def tell(self, attribute: str, department: str) -> None:
        """`department` knows `attribute` from now on."""
        self._known_by[attribute].add(department)

    def hand_over(self, sender: str, receiver: str) -> str | None:
        """Pass the case on; the attribute that `receiver` will have to ask for again, if any."""
        to_ask = None
        for attribute in self._world.attributes:
            known_by = self._known_by.get(attribute.name, set())
            if sender not in known_by or receiver in known_by or receiver not in attribute.shown_by:
                continue
            key = (attribute.name, sender, receiver)
            if not self._dice.chance(self._world.losses.get(key, self._world.slip)):
                known_by.add(receiver)
            elif self._dice.chance(self._world.asked.get(key, 0.0)):
                to_ask = attribute.name
        return to_ask

    def shown_at(self, department: str) -> dict[str, str]:
        """What `department` sees."""
        return {n: v for n, v in self._values.items() if department in self._known_by[n]}


class Walk:
    """One customer on the way through the world."""

    def __init__(self, world: World, dice: Dice, segment: Segment) -> None:
        self._world, self._dice, self._segment = world, dice, segment
        self._desks = Desks(world, dice)
        self._staff = {department: dice.pick(names) for department, names in world.people.items()}
        self.events: list[Event] = []

    def run(self, arrival: datetime) -> str:
        """Walk from `arrival` to an ending, and name the ending."""
        activity = self._world.activities[self._dice.weighted(self._world.starts.items())]
        self._do(activity, arrival)
        while (move := self._next_move(activity)).target not in ENDINGS:
            sender, activity = activity.department, self._world.activities[move.target]
            to_ask = self._desks.hand_over(sender, activity.department)
            self._do(activity, self._after_wait(activity, move))
            if to_ask:
                self._ask_again(to_ask, activity)
        return move.target

    def _next_move(self, activity: Activity) -> Move:
        return self._dice.weighted((m, m.share) for m in self._world.moves[activity.name])

    def _do(self, activity: Activity, start: datetime) -> None:
        end = start
        if activity.work:
            hours = self._dice.lognormal(activity.work, self._world.spread / 2)
            sitting = start + timedelta(seconds=round(hours * 3600))
            end = sitting if hours <= ONE_SITTING else self._world.calendar.after(start, hours)
        self._desks.learn(activity)
        self.events.append(
            Event(
                activity,
                start,
                end,
                self._dice.weighted(activity.channels.items()) if activity.channels else "",
                self._staff[activity.department] if activity.actor == "staff" else "",
                self._desks.shown_at(activity.department),
            )
        )

    def _after_wait(self, activity: Activity, move: Move) -> datetime:
        now, calendar = self.events[-1].ended, self._world.calendar
        hours = self._dice.lognormal(move.hours, self._world.spread) * calendar.pace(now.date())
        hours *= move.slower.get(self._segment.name, 1.0)
        if activity.around_the_clock:
            return now + timedelta(seconds=round(hours * 3600))
        return calendar.after(now, hours)

    def _ask_again(self, attribute: str, during: Activity) -> None:
        """The receiver sees days into its work what is missing, and bothers the customer."""
        asking = replace(self._world.asks_again, department=during.department)
        hours = self._dice.lognormal(ASKED_AFTER, self._world.spread / 2)
        self._desks.tell(attribute, during.department)
        self._do(asking, self._world.calendar.after(self.events[-1].ended, hours))


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
    return [
        _case(world, world.case_id.format(number), arrival, dice)
        for number, (_, arrival, dice) in enumerate(arrivals, start=1)
    ]


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
    return Case(case_id, segment, int(amount), seen, outcome)
