"""Writing a report of a model."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

    from deltarule.cli.inputs import Opened
    from deltarule.cli.tables import Labels
    from deltarule.insight.reporting import Material
    from deltarule.tabular import TabularClassifier


def check_report(path: str, *read: str | None) -> None:
    """See, before anything takes long, that a report can be made and written.

    Parameters
    ----------
    path : str
    *read : str or None
        What the command reads: the report must be none of it.

    Raises
    ------
    SaveError
    MissingExtraError
    """
    from deltarule.cli.outputs import check_output
    from deltarule.insight.pages import require_packages

    require_packages()
    check_output(path, *read)


def write_report(path: str, material: "Material") -> None:
    """Write the page, whole or not at all.

    Raises
    ------
    SaveError
    MissingExtraError
    """
    from deltarule.insight.reporting import report_on
    from deltarule.model_file import write_durably

    write_durably(path, report_on(material).encode())


def material_of_rows(
    model: "TabularClassifier", table: "pa.Table", labels: "Labels", path: str
) -> "Material":
    """Return what to report on of rows with labels."""
    from deltarule.insight.reporting import Material

    return Material.of(model, table, labels, path)


def material_of_fit(model: "TabularClassifier", opened: "Opened") -> "Material":
    """Return what to report on: the test rows, else those to validate on, else those held out."""
    from deltarule.cli.tables import naming, split_target, without
    from deltarule.errors import DataError
    from deltarule.insight.reporting import Material
    from deltarule.tabular.labelled import take_rows

    names, source = opened.inputs, opened.source
    for other, path in ((opened.test, names.test), (opened.valid, names.valid)):
        if other is not None:
            with naming(other):
                rows = split_target(without(other, [names.weights]), names.target)
                return material_of_rows(model, rows.table, rows.labels, str(path))
    numbers = model.validation_rows_
    if not len(numbers):
        raise DataError(
            "A report needs rows that were not trained on, and none were held out: give some with "
            "--test. The model is saved."
        )
    table = take_rows(source, numbers, without(source, [names.weights, names.target]).schema.names)
    return Material.of_held_out(model, table, "training, held out")
