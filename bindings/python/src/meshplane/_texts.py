"""What goes in and out of the C functions: texts, objects, options; JSON answers read."""

from __future__ import annotations

import datetime
import json
import os
from collections.abc import Iterable, Mapping
from typing import Any, Union

from . import _core

Text = Union[str, bytes, bytearray, memoryview]
Object = Mapping[str, Any]
Manifests = Union[Text, Object, Iterable[Object]]
Source = Union[Manifests, "os.PathLike[str]"]


def dict_of(answer: Union[_core.Buffer, str]) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(str(answer))
    return read


def dicts_of(answer: Union[_core.Buffer, str]) -> list[dict[str, Any]]:
    read: list[dict[str, Any]] = json.loads(str(answer))
    return read


def texts_of(answer: Union[_core.Buffer, str]) -> list[str]:
    read: list[str] = json.loads(str(answer))
    return read


def _plain(value: object) -> str:
    """YAML readers make times of what Kubernetes writes as texts."""
    if isinstance(value, datetime.datetime):
        utc = value.astimezone(datetime.timezone.utc) if value.tzinfo else value
        return utc.replace(tzinfo=None, microsecond=0).isoformat() + "Z"
    if isinstance(value, datetime.date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is nothing that JSON has")


def json_of(value: object) -> str:
    return json.dumps(value, default=_plain, allow_nan=False)


def options_of(options: Mapping[str, Any]) -> str:
    """A call's options as the library reads them; native_sidecars is nativeSidecars."""
    if not options:
        return ""
    return json_of({_camel(name): value for name, value in options.items()})


def _camel(name: str) -> str:
    head, *more = name.split("_")
    return head + "".join(word[:1].upper() + word[1:] for word in more)


def is_text(source: object) -> bool:
    return isinstance(source, str) or _bytes_of(source) is not None


def _bytes_of(source: object) -> Union[memoryview, None]:
    """What the buffer protocol shows of it: bytes, a Buffer, mmap, an array of numpy, … None: it has no bytes."""
    try:
        return memoryview(source)  # type: ignore[arg-type]
    except TypeError:
        return None


def text_of(manifests: Manifests) -> Text:
    """Texts as they are; objects as a stream of JSON documents."""
    if isinstance(manifests, str):
        return manifests
    if isinstance(manifests, Mapping):
        return json_of(manifests)
    text = _bytes_of(manifests)
    if text is not None:
        return text
    if isinstance(manifests, Iterable):
        return "\n---\n".join(json_of(_object(each)) for each in manifests)
    raise TypeError(f"objects are a text, a mapping or mappings, not {type(manifests).__name__}")


def _object(each: object) -> Object:
    if not isinstance(each, Mapping):
        raise TypeError(f"an object is a mapping, not {type(each).__name__}")
    return each
