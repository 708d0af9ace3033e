"""The loop: fit -> run_epoch -> run_window -> bursts of each member -> the engine's steps.

Each function is the one place to change what it is named after. Randomness is a function of
(seed, epoch) and (seed, step), so the loop can be left between any two bursts and taken up again
from the :class:`~deltarule.training.TrainingState` alone.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from time import perf_counter

from deltarule.engines import Examples
from deltarule.errors import DataError, DivergenceError
from deltarule.network.arrays import Floats
from deltarule.training.course import Course, course_of, run_burst
from deltarule.training.crew import Crew
from deltarule.training.divergence import require_sane
from deltarule.training.folds import Folds, Window
from deltarule.training.history import Epoch, mean_of
from deltarule.training.plan import Plan
from deltarule.training.state import Member, TrainingState
from deltarule.training.watching import Watcher

BURST = 0.05  # seconds from one burst to the next, during which Ctrl-C has to wait


@dataclass
class Pace:
    """How many steps make a burst of about ``BURST`` seconds: measured, on whatever machine.

    Where an epoch is cut into bursts changes no bit of the result.
    """

    steps: int = 1

    def learn(self, steps: int, seconds: float) -> None:
        """Adapt to what a burst took, growing eightfold at the most."""
        self.steps = max(1, min(int(BURST * steps / max(seconds, 1e-9)), 8 * self.steps))


def fit(
    crew: Crew,
    state: TrainingState,
    plan: Plan,
    folds: Folds,
    watcher: Watcher | None = None,
) -> TrainingState:
    """Train until the plan's last epoch, or until its stopping rule says so.

    Parameters
    ----------
    crew : Crew
        Made for the plan's optimiser and the members' seeds.
    state : TrainingState
        Where to start; changed in place.
    plan : Plan
    folds : Folds
        The rows of each member. One that has rows to validate on is left, at the end, with the
        parameters of the epoch that was best on them.
    watcher : Watcher, optional
        Told of every burst and every epoch.

    Returns
    -------
    state : TrainingState

    Raises
    ------
    DataError
        If an epoch that was left is to go on with another number of rows.
    DivergenceError
        When a loss or the weights leave the finite numbers, or an epoch's loss explodes.
        The parameters are then finite ones: the best, where there is a validation set,
        or those before that step, or where that step's weights had overflowed already, those at
        the start of its epoch. Several members all return to an epoch's end.
    KeyboardInterrupt
        On Ctrl-C, at the end of a burst. The weights are then those of a step's end, but its
        steps may not be counted yet: to go on with the same bits takes a checkpoint.
    Leave
        From the watcher, between two bursts: whoever is to go on can.
    """
    watcher = watcher or Watcher()
    for member, n_rows in zip(state.members, folds.sizes, strict=True):
        set_rows(member, n_rows)
    pace = Pace()
    try:
        while state.epoch < plan.epochs and state.stopped is None:
            started = perf_counter()
            watcher.begin_epoch(state)
            run_epoch(crew, state, plan, folds, watcher, pace)
            close_epoch(crew, state, folds, started)
            for engine, member in zip(crew.engines, state.members, strict=True):
                require_sane(engine, member)
            plan.stopping.judge(state)
            keep_best(state, plan.keeps_last)
            watcher.end_epoch(state)
    except DivergenceError:
        if len(state.members) > 1:  # how far the others have come is a matter of the clock
            return_to_epoch_start(state)
        restore_best(state)
        raise
    restore_best(state)
    return state


def set_rows(member: Member, n_rows: int) -> None:
    """Set the number of rows of an epoch; one that has begun keeps it."""
    if member.position and member.n_rows != n_rows:
        raise DataError(
            f"Epoch {member.epoch + 1} was left after {member.position} of {member.n_rows} rows, "
            f"and cannot go on with {n_rows}. Give it the same rows."
        )
    member.n_rows = n_rows


def run_epoch(
    crew: Crew,
    state: TrainingState,
    plan: Plan,
    folds: Folds,
    watcher: Watcher,
    pace: Pace,
) -> None:
    """Visit every row of every member once, from where they are on, a window at a time."""
    for window in folds.windows(state.epoch):
        if any(m.position < end for m, end in zip(state.members, window.ends, strict=True)):
            run_window(crew, state, plan, folds, window, watcher, pace)


def run_window(
    crew: Crew,
    state: TrainingState,
    plan: Plan,
    folds: Folds,
    window: Window,
    watcher: Watcher,
    pace: Pace,
) -> None:
    """Visit the rows of a window that are left, a burst of each member at a time."""
    going = []
    parts = folds.parts(window, plan.shards)
    for i, member in enumerate(state.members):
        examples = partial(examples_of, crew, plan, folds, window, i)
        place = window.number, window.begins[i]
        course = course_of(member, plan, examples(), state.rate_factor, *place, parts[i])
        going.append(bursts(crew, i, member, plan, examples, course, pace))
    while state.position < sum(window.ends):
        started = perf_counter()
        steps = crew.each(lambda i: next(going[i], 0))
        seconds = perf_counter() - started
        pace.learn(max(steps), crew.communicator.broadcast(partial(float, seconds)))
        watcher.end_burst(state)


def examples_of(crew: Crew, plan: Plan, folds: Folds, window: Window, i: int) -> Examples:
    """Return a member's rows of a window: those that this worker needs, by whom there is now."""
    return folds.examples(window, crew.communicator.share(plan.shards))[i]


def bursts(
    crew: Crew,
    i: int,
    member: Member,
    plan: Plan,
    examples: Callable[[], Examples],
    course: Course,
    pace: Pace,
) -> Iterator[int]:
    """Make what is left of a member's window, a burst at each ``next``; yield how many steps."""
    if member.position == 0:
        member.epoch_start = member.parameters.theta.copy()
    first = int(course.bounds.searchsorted(member.position - course.begin, "right")) - 1
    while first < len(course):
        burst = course.part(first, first + pace.steps)
        run_burst(crew.engines[i], member, plan, examples, burst, crew.communicator)
        first += len(burst)
        yield len(burst)


def close_epoch(crew: Crew, state: TrainingState, folds: Folds, started: float) -> None:
    """Score the validation rows and write the epoch's records: each member's, and their mean."""
    judged = judge(crew, state, folds)
    seconds = perf_counter() - started
    for member, scores in zip(state.members, judged, strict=True):
        loss = member.epoch_loss / member.n_rows
        member.history.append(Epoch(loss, member.rate, member.squares, seconds, *scores))
        member.epoch += 1
        member.position, member.epoch_loss, member.epoch_start = 0, 0.0, None
        member.examples_seen += member.n_rows
    state.history.append(mean_of([member.history[-1] for member in state.members]))


def judge(
    crew: Crew, state: TrainingState, folds: Folds
) -> list[tuple[float, float] | tuple[None, None]]:
    """Return loss and score of each member on its validation rows; None where it has none."""

    def judge_all(scores: list[Floats | None]) -> list[tuple[float, float] | tuple[None, None]]:
        def judge_one(i: int) -> tuple[float, float] | tuple[None, None]:
            judge, of_rows = folds.judges[i], scores[i]
            if judge is None or of_rows is None:
                return None, None
            return judge.measure(crew.engines[i].objective.loss, of_rows)

        return crew.each(judge_one)

    return folds.scores(crew, state.parameters, judge_all)


def keep_best(state: TrainingState, keeps_last: bool = False) -> None:
    """Remember the best losses and scores, and each member's parameters at its best score.

    Of several with the same score those of the first epoch, or where ``keeps_last`` of the last. A
    member without rows to validate on goes by the others: by the best mean of their scores.
    """
    is_best = note_best(state, keeps_last)
    for member in state.members:
        is_blind = member.history[-1].score is None
        if note_best(member, keeps_last) or (is_blind and is_best):
            member.best, member.best_epoch = member.parameters.copy(), member.epoch


def note_best(trained: Member | TrainingState, keeps_last: bool) -> bool:
    """Compare the last epoch with the best before it; return whether it has the best score."""
    epoch = trained.history[-1]
    trained.best_loss = min(trained.best_loss, epoch.loss)
    if epoch.score is None:
        return False
    is_best = epoch.score > trained.best_score or (keeps_last and epoch.score == trained.best_score)
    if is_best:
        trained.best_score, trained.best_epoch = epoch.score, trained.epoch
    return is_best


def restore_best(state: TrainingState) -> None:
    """Take up the parameters that had the best score, where there was a validation set."""
    for member in state.members:
        if member.best is not None:
            member.parameters.theta[:] = member.best.theta


def return_to_epoch_start(state: TrainingState) -> None:
    """Forget the steps of an epoch that will not be whole."""
    for member in state.members:
        if member.epoch_start is not None:
            member.parameters.theta[:] = member.epoch_start
