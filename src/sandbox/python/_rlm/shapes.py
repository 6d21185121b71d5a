"""Python types as JSON schemas, and JSON values as what their types say."""

import collections.abc
import dataclasses
import enum
import typing
from collections.abc import Callable, Mapping, Sequence
from types import NoneType, UnionType
from typing import Any, cast

_SCALARS = {str: "string", bool: "boolean", int: "integer", float: "number", NoneType: "null", None: "null"}
_LISTS = (list, tuple, set, frozenset, collections.abc.Sequence, collections.abc.Iterable, collections.abc.Collection)
_DICTS = (dict, collections.abc.Mapping, collections.abc.MutableMapping)
# One of these is in every schema that says anything.
_KEYWORDS = {"$ref", "additionalProperties", "allOf", "anyOf", "const", "enum", "items", "not", "oneOf", "pattern"} | {
    *("patternProperties", "prefixItems", "properties", "required", "type")
}
_ADVICE = "use a JSON schema, or types such as int, list[str], dict[str, float], Literal, TypedDict or a dataclass"

type Schema = dict[str, Any]
type Convert = Callable[[Any], Any]


class Shape:
    """What a value looks like: its JSON schema, and how the value that JSON has becomes the one that was asked for."""

    __slots__ = ("convert", "fits", "schema")

    def __init__(self, schema: Schema, fits: Callable[[Any], bool], convert: Convert | None = None) -> None:
        self.schema = schema
        # Chooses among the types of a union; the host has checked that one of them fits.
        self.fits = fits
        self.convert: Convert = convert if convert is not None else _same


def shape_of(kind: Any) -> Shape:
    """Returns the shape of a type, of a JSON schema, or of a dict or list with types in it. Raises TypeError."""
    if isinstance(kind, dict) and kind and not _has_types(cast("dict[Any, Any]", kind)):
        return _given(cast("Schema", kind))
    return _shape(kind, ())


def _same(value: Any) -> Any:
    return value


def _has_types(kind: dict[Any, Any]) -> bool:
    """Whether a dict names the types of its fields, {"name": str}, and is no schema."""
    return any(not isinstance(value, (str, int, float, bool, dict, list, NoneType)) for value in kind.values()) or (
        not _KEYWORDS.intersection(kind)
        and all(isinstance(value, dict) and _has_types(cast("dict[Any, Any]", value)) for value in kind.values())
    )


def _given(schema: Schema) -> Shape:
    if not _KEYWORDS.intersection(schema):
        raise TypeError(f"schema is a dict without any keyword of JSON schemas, such as 'type'; {_ADVICE}")
    return Shape(schema, _anything)


def _anything(_value: object) -> bool:
    return True


def _is(value: Any, kind: type[Any]) -> bool:
    """Like isinstance, but does not narrow the type of the value for the checker."""
    return isinstance(value, kind)


def _shape(kind: Any, outer: tuple[Any, ...]) -> Shape:
    if _is(kind, typing.TypeAliasType):
        kind = kind.__value__
    if _is(kind, dict):
        return _record(kind, frozenset(kind), dict, outer)
    if _is(kind, list):
        if len(kind) != 1:
            raise TypeError(f"schema: a list has one item, the type of all its items; {_ADVICE}")
        return _list(list, kind, outer)
    if any(kind is one for one in outer):
        raise TypeError(f"schema: {_name(kind)} contains itself; write it as a JSON schema with $ref")
    if kind is Any or kind is object:
        return Shape({}, _anything)
    inner = (*outer, kind)
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Annotated:
        return _shape(arguments[0], inner)
    if origin is typing.Literal:
        return _literal(arguments)
    if origin in (typing.Union, UnionType):
        return _union(arguments, inner)
    return _plain(kind, origin or kind, arguments, inner)


def _plain(kind: Any, base: Any, arguments: Sequence[Any], inner: tuple[Any, ...]) -> Shape:
    """A type of Python itself, or a class."""
    if any(base is one for one in _SCALARS):
        return _scalar(base)
    if any(base is one for one in _LISTS):
        return _tuple(arguments, inner) if base is tuple and arguments else _list(base, arguments, inner)
    if any(base is one for one in _DICTS):
        return _dict(arguments, inner)
    return _class(kind, inner)


def _name(kind: Any) -> str:
    return str(getattr(kind, "__name__", None) or repr(kind)[:100])


def _scalar(kind: Any) -> Shape:
    schema = {"type": _SCALARS[kind]}
    if kind is float:
        return Shape(schema, lambda value: isinstance(value, (int, float)) and not isinstance(value, bool), float)
    if kind is int:
        # JSON knows one kind of number: 3.0 is an integer.
        return Shape(schema, lambda value: not isinstance(value, bool) and _is_whole(value), int)
    wanted = NoneType if kind is None else kind
    return Shape(schema, lambda value: isinstance(value, wanted))


def _is_whole(value: object) -> bool:
    return isinstance(value, int) or (isinstance(value, float) and value.is_integer())


def _literal(options: Sequence[Any]) -> Shape:
    def fits(value: Any) -> bool:
        return any(value == option and type(value) is type(option) for option in options)

    return Shape({"enum": list(options)}, fits)


def _union(options: Sequence[Any], outer: tuple[Any, ...]) -> Shape:
    shapes = [_shape(option, outer) for option in options]

    def chosen(value: Any) -> Any:
        for shape in shapes:
            if shape.fits(value):
                return shape.convert(value)
        return value

    return Shape(
        {"anyOf": [shape.schema for shape in shapes]}, lambda value: any(shape.fits(value) for shape in shapes), chosen
    )


def _list(kind: Any, arguments: Sequence[Any], outer: tuple[Any, ...]) -> Shape:
    item = _shape(arguments[0], outer) if arguments else Shape({}, _anything)
    make: Any = kind if kind in (tuple, set, frozenset) else list
    schema: Schema = {"type": "array", "items": item.schema}
    return Shape(schema, lambda value: _is_list(value, item), lambda value: make([item.convert(one) for one in value]))


def _is_list(value: object, item: Shape) -> bool:
    return isinstance(value, list) and all(item.fits(one) for one in cast("list[Any]", value))


def _tuple(arguments: Sequence[Any], outer: tuple[Any, ...]) -> Shape:
    if arguments[-1] is ...:
        return _list(tuple, arguments[:1], outer)
    shapes = [_shape(kind, outer) for kind in arguments]
    count = len(shapes)
    schema: Schema = {
        "type": "array",
        "prefixItems": [shape.schema for shape in shapes],
        "items": False,
        "minItems": count,
    }
    return Shape(
        schema,
        lambda value: isinstance(value, list) and len(cast("list[Any]", value)) == count,
        lambda value: tuple([shape.convert(one) for shape, one in zip(shapes, value, strict=True)]),
    )


def _dict(arguments: Sequence[Any], outer: tuple[Any, ...]) -> Shape:
    key, kind = arguments if len(arguments) == 2 else (str, Any)
    if key not in (str, Any):
        raise TypeError(f"schema: the keys of a dict in JSON are str, not {_name(key)}")
    item = _shape(kind, outer)
    return Shape(
        {"type": "object", "additionalProperties": item.schema},
        lambda value: isinstance(value, dict),
        lambda value: {name: item.convert(one) for name, one in value.items()},
    )


def _class(kind: Any, outer: tuple[Any, ...]) -> Shape:
    if _is(kind, enum.EnumType):
        values = [member.value for member in kind]
        return Shape({"enum": values}, lambda value: any(value == one for one in values), kind)
    fields: dict[str, Any] | None = getattr(kind, "__dataclass_fields__", None)
    if _is(kind, type) and fields is not None:
        hints = typing.get_type_hints(kind)
        given = {name: hints[name] for name, field in fields.items() if field.init and name in hints}
        needed = [name for name in given if _is_needed(fields[name])]
        return _record(given, frozenset(needed), lambda values: kind(**values), outer)
    if _is_typed_dict(kind):
        return _record(typing.get_type_hints(kind), kind.__required_keys__, dict, outer)
    raise TypeError(f"schema cannot be {_name(kind)}; {_ADVICE}")


def _is_needed(field: Any) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


# The checker would narrow the type.
_is_typed_dict: Callable[[Any], bool] = typing.is_typeddict


def _record(fields: Mapping[Any, Any], needed: frozenset[str], make: Convert, outer: tuple[Any, ...]) -> Shape:
    if not all(isinstance(name, str) for name in fields):
        raise TypeError("schema: the names of fields are str")
    shapes = {name: _shape(kind, outer) for name, kind in fields.items()}
    schema: Schema = {
        "type": "object",
        "properties": {name: shape.schema for name, shape in shapes.items()},
        "required": [name for name in shapes if name in needed],
        "additionalProperties": False,
    }
    return Shape(
        schema,
        lambda value: isinstance(value, dict) and needed <= cast("dict[str, Any]", value).keys() <= shapes.keys(),
        lambda value: make({name: shapes[name].convert(one) for name, one in value.items()}),
    )
