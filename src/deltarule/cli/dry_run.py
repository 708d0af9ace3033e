"""``deltarule train --dry-run``: what would be done, with estimates."""

import json
import warnings
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from deltarule.cli.console import Screen
    from deltarule.tabular import TabularClassifier
    from deltarule.tabular.given import Given


def show_plan(model: "TabularClassifier", given: "Given", screen: "Screen", as_json: bool) -> None:
    """Print the kinds of columns, what is left out and why, the network, time and memory."""
    from deltarule.tabular.holding import LOG as HOLDING
    from deltarule.tabular.learning import LOG as LEARNING

    with screen.logged(LEARNING), screen.logged(HOLDING):
        members = survey(model, given)
    if as_json:
        click.echo(json.dumps(members))
    else:
        screen.show_plan(members)


def survey(model: "TabularClassifier", given: "Given") -> dict[str, Any]:
    """Return what training would be, as JSON-able data."""
    from deltarule.data import draw_seed
    from deltarule.network import Objective
    from deltarule.tabular.memory import estimate_memory, estimate_of_window
    from deltarule.tabular.prepare import prepare
    from deltarule.tabular.recipe import build_network, build_plan
    from deltarule.tabular.schedule import epochs_in, fresh_state
    from deltarule.training import seconds_an_epoch

    seed = draw_seed(model.random_state)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Column .* is left out")  # it is shown with the rest
        rows = prepare(given, model.get_params(deep=False), seed)
    encoder = rows.encoder
    network = build_network(rows.recipe, encoder, len(rows.targets.classes))
    plan = build_plan(rows.recipe, rows.n_rows, model.schedule_epochs)
    objective = Objective(network, rows.targets.loss)
    state = fresh_state(plan, rows, objective, seed, model.n_threads)
    pace = seconds_an_epoch(objective, plan, state, rows.folds, model.n_threads)
    epochs = plan.epochs
    if model.time_limit is not None:
        epochs = epochs_in(model.time_limit, pace, plan)
    return {
        "rows": rows.sizes.n_rows,
        "rows_to_train_on": rows.n_rows,
        "rows_to_validate_on": rows.sizes.n_validated,
        "duplicate_rows": rows.n_twins,
        "classes": rows.targets.classes.tolist(),
        "columns": [
            {"name": column.name, "kind": kind, "numbers": column.width}
            for column, kind in zip(encoder.columns, encoder.kinds().values(), strict=True)
        ],
        "left_out": rows.left_out,
        "n_models": rows.recipe.n_models,
        "n_refit": rows.recipe.n_refit,
        "layers": network.sizes,
        "parameters": network.n_parameters,
        "epochs": epochs,
        "seconds": pace * epochs,
        "window": min(rows.room.window, rows.sizes.n_rows),
        "in_memory": rows.room.in_memory,
        "bytes": (
            estimate_memory(rows.recipe, encoder, rows.sizes)
            if rows.room.in_memory
            else estimate_of_window(rows.recipe, encoder, rows.sizes, rows.room.window)
        ),
    }
