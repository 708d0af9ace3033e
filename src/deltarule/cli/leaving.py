"""A fit that can be left by a signal, and what is said then."""

from contextlib import ExitStack
from typing import TYPE_CHECKING

from deltarule.cli.errors import Stopped

if TYPE_CHECKING:
    from deltarule.cli.console import Screen
    from deltarule.cli.signals import LeftBySignal
    from deltarule.distributed import Communicator
    from deltarule.tabular import TabularClassifier
    from deltarule.tabular.given import Given


def fit(
    model: "TabularClassifier", given: "Given", screen: "Screen", workers: "Communicator"
) -> None:
    """Train, with a progress line where there is a terminal, until done or told to leave."""
    from deltarule.checkpoints.run import LOG as CHECKPOINTS
    from deltarule.cli.console import Screen
    from deltarule.cli.signals import WORDS, LeftBySignal, SignalWatch
    from deltarule.distributed import LOG as WORKERS
    from deltarule.errors import SaveError
    from deltarule.tabular.given import LOG as CHOICE_OF_ROWS
    from deltarule.tabular.holding import LOG as HOLDING
    from deltarule.tabular.labelled import LOG as READING
    from deltarule.tabular.learning import LOG as LEARNING
    from deltarule.tabular.prepare import LOG as PREPARATION

    signals = SignalWatch()
    line = (screen if workers.is_root else Screen(quiet=True)).progress()
    model.set_callbacks(line, signals)
    loggers = (CHECKPOINTS, READING, LEARNING, CHOICE_OF_ROWS, HOLDING, PREPARATION)
    try:
        with ExitStack() as shown, signals.watching(workers):
            for logger in loggers if workers.is_root else ():
                shown.enter_context(screen.logged(logger))
            shown.enter_context(screen.logged(WORKERS))
            model.fit(**vars(given), comm=workers)
    except LeftBySignal as left:
        raise Stopped(describe_leaving(left, model), left.number) from None
    except SaveError as error:
        reason: BaseException | None = error
        while reason is not None and not isinstance(reason, LeftBySignal):
            reason = reason.__context__  # the disk's own error may stand between
        if reason is None:
            raise
        raise SaveError(
            f"{WORDS[reason.number]}, but no checkpoint could be written of then. {error} Earlier "
            "ones stand: the same command with --resume goes on from them."
        ) from error.__cause__
    if workers.is_root:
        screen.describe_training(model)


def describe_leaving(left: "LeftBySignal", model: "TabularClassifier") -> str:
    """Say how a run was left, and how to go on."""
    from deltarule.cli.signals import WORDS

    word = WORDS[left.number]
    if model.checkpoint is None:
        return f"{word}."
    if left.epoch:
        when, what = f" in epoch {left.epoch}", "the run as it was"
    else:
        when, what = "", "the run's last checkpoint"
    return (
        f"{word}{when}. {model.checkpoint.folder} has {what}: the same command with --resume goes "
        "on from there."
    )
