"""The type that holds for values of two types."""

import pyarrow as pa


def common(one: pa.DataType, other: pa.DataType) -> pa.DataType | None:
    """Return the type of a column of which some rows have one type and some the other.

    Missing cells take any type; integers beside floats are floats, dates beside timestamps
    timestamps; of two sizes or units it is the finer one; objects are merged key by key. None
    stands for types that have nothing in common but that they can be written as text.
    """
    if one == other:
        return one
    for first, second in ((one, other), (other, one)):
        if pa.types.is_date32(first) and pa.types.is_timestamp(second) and second.tz is None:
            return second
    if is_text(one) and is_text(other):
        return pa.string()
    schemas = [pa.schema([("x", one)]), pa.schema([("x", other)])]
    try:
        return pa.unify_schemas(schemas, promote_options="permissive").field(0).type
    except (pa.ArrowTypeError, pa.ArrowInvalid):
        return None


def cast(values: pa.Array, type_: pa.DataType) -> pa.Array:
    """Return values as ones of another type; integers beside floats are rounded like these.

    Raises
    ------
    pyarrow.ArrowInvalid
        Where one does not fit.
    """
    rounds = pa.types.is_integer(values.type) and pa.types.is_floating(type_)
    return values.cast(type_, safe=not rounds)


def is_text(type_: pa.DataType) -> bool:
    """Return whether values of a type are text, be it in a dictionary."""
    if pa.types.is_dictionary(type_):
        return is_text(type_.value_type)
    return type_ in (pa.string(), pa.large_string(), pa.string_view())
