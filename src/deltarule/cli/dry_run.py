"""``deltarule train --dry-run``: what would be done, with estimates."""

import json
import warnings
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from deltarule.cli.console import Screen
    from deltarule.distributed import Communicator
    from deltarule.tabular import TabularClassifier
    from deltarule.tabular.given import Given
    from deltarule.tabular.prepare import Prepared


def show_plan(
    model: "TabularClassifier",
    given: "Given",
    screen: "Screen",
    as_json: bool,
    workers: "Communicator",
) -> None:
    """Print the kinds of columns, what is left out and why, the network, time and memory."""
    from deltarule.tabular.holding import LOG as HOLDING
    from deltarule.tabular.learning import LOG as LEARNING

    with ExitStack() as shown:
        for logger in (LEARNING, HOLDING) if workers.is_root else ():
            shown.enter_context(screen.logged(logger))
        members = survey(model, given, workers)
    if not workers.is_root:
        return
    if as_json:
        click.echo(json.dumps(members))
    else:
        screen.show_plan(members)


def survey(model: "TabularClassifier", given: "Given", workers: "Communicator") -> dict[str, Any]:
    """Return what training would be, as JSON-able data; time and memory are of these workers."""
    from deltarule.data import draw_seed
    from deltarule.distributed import require_same
    from deltarule.network import Objective
    from deltarule.tabular.prepare import prepare
    from deltarule.tabular.recipe import build_network, build_plan
    from deltarule.tabular.schedule import epochs_in, fresh_state
    from deltarule.training import seconds_an_epoch

    drawn = draw_seed(model.random_state)
    with warnings.catch_warnings(), workers.failing_together():
        warnings.filterwarnings("ignore", "Column .* is left out")  # it is shown with the rest
        seed = workers.broadcast(lambda: drawn)
        rows = prepare(given, model.get_params(deep=False), seed, communicator=workers)
    network = build_network(rows.recipe, rows.encoder, len(rows.targets.classes))
    plan = build_plan(rows.recipe, rows.n_rows, model.schedule_epochs, int(model.shards))
    objective = Objective(network, rows.targets.loss)
    state = fresh_state(plan, rows, objective, seed, model.n_threads)
    if workers.size > 1:
        require_same(workers, rows.fingerprint(model.get_params(deep=False), plan))
    with workers.ending_together():
        pace = seconds_an_epoch(objective, plan, state, rows.folds, model.n_threads, workers)
    epochs = plan.epochs
    if model.time_limit is not None:
        epochs = epochs_in(model.time_limit, pace, plan)
    return {
        **described(rows),
        "layers": network.sizes,
        "parameters": network.n_parameters,
        "workers": workers.size,
        "epochs": epochs,
        "seconds": pace * epochs,
    }


def described(rows: "Prepared") -> dict[str, Any]:
    """Return what is to be trained on, and what it takes."""
    from deltarule.tabular.memory import estimate_memory, estimate_of_window

    recipe, encoder, sizes, room = rows.recipe, rows.encoder, rows.sizes, rows.room
    in_memory = estimate_memory(recipe, encoder, sizes)
    of_window = estimate_of_window(recipe, encoder, sizes, room.window)
    return {
        "rows": sizes.n_rows,
        "rows_to_train_on": rows.n_rows,
        "rows_to_validate_on": sizes.n_validated,
        "duplicate_rows": rows.n_twins,
        "classes": rows.targets.classes.tolist(),
        "columns": [
            {"name": column.name, "kind": kind, "numbers": column.width}
            for column, kind in zip(encoder.columns, encoder.kinds().values(), strict=True)
        ],
        "left_out": rows.left_out,
        "n_models": recipe.n_models,
        "n_refit": recipe.n_refit,
        "window": min(room.window, sizes.n_rows),
        "in_memory": room.in_memory,
        "bytes": in_memory if room.in_memory else of_window,
    }
