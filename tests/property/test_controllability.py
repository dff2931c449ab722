"""Controllability against a game that is played out: each day nature moves, then the coordinator, on whole days."""

from __future__ import annotations

import random
from functools import cache
from itertools import chain, combinations, product

from protocol_dsl.schedule.controllability import Link, Trap, breaking_value, dynamic, strong, worst_cases
from protocol_dsl.schedule.network import DERIVED, Constraint, check

Game = tuple[int, list[Constraint], list[Link]]
HORIZON = 7
GAMES = 600


def random_game(chance: random.Random) -> Game:
    """Node 0 is day 0; every point lies within the horizon; one or two links, of which one may follow the other."""
    links: list[Link] = []
    size = chance.randint(3, 5)
    for number in range(chance.choice([1, 1, 2])):
        end = size - 1 - number
        start = chance.choice([node for node in range(size - 2) if node != end] + [link.end for link in links])
        least = chance.randint(1, 2)
        links.append(Link(start, end, least, least + chance.randint(1, 3), 50 + number))
    constraints = [Constraint(0, node, HORIZON, 90 + node) for node in range(1, size)]
    constraints += [Constraint(node, 0, 0, DERIVED) for node in range(1, size)]
    for number in range(chance.randint(1, 6)):
        one, other = chance.sample(range(size), 2)
        constraints.append(Constraint(one, other, chance.randint(-3, 4), number))
    return size, constraints, links


def can_be_won(game: Game) -> bool:
    """By trying all: whether for each move of nature there is one of the coordinator, day after day."""
    size, constraints, links = game
    ends = {link.end: link for link in links}

    def holds(times: tuple[int | None, ...]) -> bool:
        for source, target, weight, _ in constraints:
            early, late = times[source], times[target]
            if early is not None and late is not None and late - early > weight:
                return False
        return True

    @cache
    def wins(day: int, times: tuple[int | None, ...]) -> bool:
        if not holds(times):
            return False
        if None not in times:
            return True
        if day > 2 * HORIZON:
            return False
        running = [
            (end, begun + link.least <= day, begun + link.most <= day)
            for end, link in ends.items()
            if times[end] is None and (begun := times[link.start]) is not None
        ]
        for move in product(*([True] if must else [False, True] if may else [False] for _, may, must in running)):
            after = list(times)
            for (end, _, _), happens in zip(running, move, strict=True):
                if happens:
                    after[end] = day
            if not any(wins(day + 1, answer) for answer in answers(day, after)):
                return False
        return True

    def answers(day: int, times: list[int | None]) -> list[tuple[int | None, ...]]:
        free = [node for node in range(size) if times[node] is None and node not in ends]
        found: list[tuple[int | None, ...]] = []
        for chosen in chain.from_iterable(combinations(free, n) for n in range(len(free) + 1)):
            found.append(tuple(day if node in chosen else at for node, at in enumerate(times)))
        return found

    return wins(0, (0, *[None] * (size - 1)))


def fixed_plan_exists(game: Game) -> bool:
    """By trying all: whether one choice of days keeps everything whatever nature does."""
    size, constraints, links = game
    ends = {link.end for link in links}
    free = [node for node in range(1, size) if node not in ends]
    moves = list(product(*(range(link.least, link.most + 1) for link in links)))

    def days(plan: dict[int, int], move: tuple[int, ...]) -> dict[int, int]:
        found = dict(plan)
        while len(found) < size:
            for link, length in zip(links, move, strict=True):
                if link.start in found:
                    found[link.end] = found[link.start] + length
        return found

    for choice in product(range(HORIZON + 1), repeat=len(free)):
        plan = {0: 0, **dict(zip(free, choice, strict=True))}
        if all(
            all(at[target] - at[source] <= weight for source, target, weight, _ in constraints)
            for at in (days(plan, move) for move in moves)
        ):
            return True
    return False


def assert_is_trap(trap: Trap, game: Game) -> None:
    """Closed, made of what was given, and short by what it says."""
    _, constraints, links = game
    given = {(*constraint, "") for constraint in constraints}
    for link in links:
        given.add((link.start, link.end, link.least, link.origin, "least"))
        given.add((link.end, link.start, -link.most, link.origin, "most"))
        given.add((link.start, link.end, link.most, link.origin, "most"))
        given.add((link.end, link.start, -link.least, link.origin, "least"))
        given.add((link.start, link.end, link.most, link.origin, ""))
        given.add((link.end, link.start, -link.least, link.origin, ""))
    assert set(trap.cycle) <= given
    for step, following in zip(trap.cycle, trap.cycle[1:] + trap.cycle[:1], strict=True):
        assert step.target == following.source
    assert trap.deficit == -sum(step.weight for step in trap.cycle) > 0


def test_reactions_exist_exactly_where_the_game_can_be_won() -> None:
    chance = random.Random(31)
    won = fixed = 0
    for _ in range(GAMES):
        game = random_game(chance)
        trap = dynamic(*game)
        assert (trap is None) == can_be_won(game), game
        if trap is None:
            won += 1
            fixed += strong(*game) is None
        else:
            assert_is_trap(trap, game)
    assert 0.2 * GAMES < won < 0.8 * GAMES
    assert 0.1 * GAMES < fixed < won  # some can be kept only by reacting


def test_points_after_all_is_decided_may_be_left_out() -> None:
    chance = random.Random(5)
    shortened = 0
    for _ in range(GAMES):
        size, constraints, links = random_game(chance)
        # Two visits after everything, with a window and an order among themselves and to an earlier point.
        last, first = size + 1, size
        constraints += [Constraint(first, node, 0, 70) for node in range(1, size)]
        constraints += [Constraint(last, first, chance.randint(-2, 0), 71), Constraint(first, last, 3, 72)]
        constraints += [Constraint(chance.randrange(1, size), last, chance.randint(2, 8), 73)]
        whole = dynamic(size + 2, constraints, links)
        short = dynamic(size + 2, constraints, links, settled=first)
        assert (whole is None) == (short is None), (size, constraints, links)
        if short is not None:
            assert_is_trap(short, (size + 2, constraints, links))
            shortened += check(size + 2, [*constraints, *as_if_chosen(links)]) is None
    assert shortened > 20


def as_if_chosen(links: list[Link]) -> list[Constraint]:
    return [
        each
        for link in links
        for each in (
            Constraint(link.start, link.end, link.most, link.origin),
            Constraint(link.end, link.start, -link.least, link.origin),
        )
    ]


def test_a_fixed_plan_exists_exactly_where_the_worst_cases_fit() -> None:
    chance = random.Random(11)
    found = 0
    for _ in range(200):
        game = random_game(chance)
        conflict = strong(*game)
        assert (conflict is None) == fixed_plan_exists(game), game
        found += conflict is None
        if conflict is not None:
            assert set(conflict.cycle) <= set(worst_cases(game[1], game[2]))
            assert conflict.deficit == -sum(step.weight for step in conflict.cycle) > 0
    assert 20 < found < 180


def test_the_value_that_breaks_a_schedule_is_the_first_that_does() -> None:
    chance = random.Random(3)
    told = 0
    for _ in range(400):
        size, constraints, links = random_game(chance)
        link = links[0]
        others = links[1:]

        def fails(narrowed: Link) -> bool:
            return not can_be_won((size, constraints, [narrowed, *others]))  # noqa: B023

        if not fails(link):
            continue
        longer, shorter = breaking_value(link, lambda each: dynamic(size, constraints, [each, *others]) is not None)  # noqa: B023
        if longer is not None:
            assert fails(link._replace(most=longer))
            assert not fails(link._replace(most=longer - 1))
            told += 1
        elif shorter is not None:
            assert fails(link._replace(least=shorter))
            assert not fails(link._replace(least=shorter + 1))
    assert told > 10
