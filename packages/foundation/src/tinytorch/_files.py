"""The file format of `save` and `load`: nested dicts and lists as one safetensors file.

A safetensors file is a header in JSON, which says where each array lies, and then the bytes of the arrays. `encode`
takes the arrays out of a tree and leaves their names; what remains goes into the header as JSON, with a checksum. A
flat dict of Tensors keeps its names, so that other programs can read it.
"""

import hashlib
import json

import numpy as np
import safetensors.numpy
from safetensors import SafetensorError

from tinytorch.core.tensor import Tensor, wrap


def to_bytes(obj):
    """The content of a file that holds `obj`. TypeError, naming its key, for what cannot be saved."""
    arrays = {}
    structure = json.dumps(encode(obj, "", arrays))
    facts = {"tinytorch": structure, "sha256": fingerprint(structure, arrays)}
    return safetensors.numpy.save(arrays, metadata=facts)


def from_bytes(content, path):
    """What `to_bytes` was given; from another program's file a dict of Tensors; else ValueError with the `path`."""
    try:
        arrays = safetensors.numpy.load(content)
        facts = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")]).get("__metadata__", {})
        if not {"tinytorch", "sha256"} & set(facts):
            return {name: wrap(array) for name, array in arrays.items()}
        structure = facts.get("tinytorch", "")
        if facts.get("sha256") != fingerprint(structure, arrays):
            raise ValueError("its content is not what was saved")
        return decode(json.loads(structure), arrays)
    except KeyError as unknown:
        raise ValueError(f"{path} holds numbers of a type that NumPy does not have: {unknown}") from None
    except (SafetensorError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as problem:
        advice = "load another copy, or save it again"
        raise ValueError(f"{path} is damaged, or no safetensors file ({problem}): {advice}") from None


def encode(value, name, arrays):
    """`value` as JSON; Tensors and arrays are put into `arrays`, and their names stand in for them."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, (Tensor, np.ndarray)):
        return {"tensor" if isinstance(value, Tensor) else "array": entered(value, name or "value", arrays)}
    if isinstance(value, dict):
        return {"dict": [[key_of(k, name), encode(v, join(name, k), arrays)] for k, v in value.items()]}
    if isinstance(value, (list, tuple)):
        return {type(value).__name__: [encode(v, join(name, i), arrays) for i, v in enumerate(value)]}
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise TypeError(f"cannot save {name!r}: it is of type {type(value).__name__}")


def entered(value, name, arrays):
    """The name under which the numbers of `value` are in `arrays` now; a weight of two layers is there once."""
    if name == "__metadata__":
        raise TypeError("cannot save '__metadata__': safetensors keeps this name for itself")
    array = np.asarray(value.data if isinstance(value, Tensor) else value, order="C")
    if array.dtype.kind not in "biuf":
        raise TypeError(f"cannot save {name!r}: an array of {array.dtype}")
    name = next((known for known, other in arrays.items() if other is array), name)
    while arrays.setdefault(name, array) is not array:
        name += "'"
    return name


def join(name, key):
    return f"{name}.{key}" if name else str(key)


def key_of(key, name):
    if type(key) in (str, int):
        return key
    raise TypeError(f"cannot save {name!r}: the key {key!r} is neither a text nor a whole number")


def decode(code, arrays):
    """What `encode` was given."""
    if not isinstance(code, dict):
        return code
    (kind, content), *_ = code.items()
    if kind in ("tensor", "array"):
        return wrap(arrays[content]) if kind == "tensor" else arrays[content]
    if kind == "dict":
        return {key: decode(value, arrays) for key, value in content}
    return {"list": list, "tuple": tuple}[kind](decode(value, arrays) for value in content)


def fingerprint(structure, arrays):
    """A number that changes with any byte of what is saved."""
    digest = hashlib.sha256(structure.encode())
    for name in sorted(arrays):
        digest.update(f"{name} {arrays[name].dtype} {arrays[name].shape}".encode())
        digest.update(arrays[name].tobytes())
    return digest.hexdigest()
