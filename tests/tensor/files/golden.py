"""Files written by NumPy and by the safetensors reference, which the tests read and reproduce.

Run by hand:  python3 golden.py > golden.json && npx biome format --write golden.json
(golden.json was made with NumPy 2.4.6, safetensors 0.8.0)
"""
import base64
import io
import json
import sys

import numpy as np
from numpy.lib import format as npy
from safetensors import TensorSpec, serialize

NAMES = {"<f2": "f16", "<f4": "f32", "<f8": "f64", "|i1": "i8", "<i4": "i32", "|u1": "u8", "<u4": "u32"}


def encoded(data):
    return base64.b64encode(bytes(data)).decode()


def saved(array, version=None):
    file = io.BytesIO()
    npy.write_array(file, array, version)
    return encoded(file.getvalue())


def case(array, dtype=None, version=None):
    """`bits` are the row-major little-endian bytes that the reader must give."""
    dtype = dtype or NAMES[array.dtype.newbyteorder("<").str]
    code = next(code for code, name in NAMES.items() if name == dtype)
    bits = np.ascontiguousarray(array.astype(code))
    return {"dtype": dtype, "shape": list(array.shape), "bits": encoded(bits.tobytes()), "file": saved(array, version)}


written = {
    name: case((np.arange(-3, 3) * 37 % 200).astype(code).reshape(2, 3)) for code, name in NAMES.items()
}
written["no axes"] = case(np.array(-0.0, "<f4"))
written["one axis"] = case(np.array([np.nan, np.inf, 1e-45], "<f4"))
written["no elements"] = case(np.zeros((0, 5), "<i4"))
written["a header of three lines"] = case(np.zeros((1,) * 20, "|u1"))

counting = np.arange(24).reshape(2, 3, 4)
read_only = {
    "big-endian f64": case(np.array([1.5, -2.25, np.pi], ">f8")),
    "big-endian f16": case(np.array([1.5, -2.25], ">f2")),
    "big-endian i64": case(np.array([-1, 2**31 - 1, -(2**31)], ">i8"), "i32"),
    "columns first": case(np.asfortranarray(counting.astype("<f4"))),
    "columns first, big-endian": case(np.asfortranarray(counting.astype(">u4"))),
    "booleans": case(np.array([True, False, True]), "u8"),
    "i64 that fits": case(np.array([[-1, 7], [2**31 - 1, -(2**31)]], "<i8"), "i32"),
    "u64 that fits": case(np.array([0, 2**32 - 1], "<u8"), "u32"),
    "i16": case(np.array([-32768, 32767], "<i2"), "i32"),
    "u16": case(np.array([0, 65535], "<u2"), "u32"),
    "version 2.0": case(counting.astype("<i4"), version=(2, 0)),
    "version 3.0": case(counting.astype("<i4"), version=(3, 0)),
}

refused = {
    "i64 that does not fit": saved(np.array([0, 2**31], "<i8")),
    "u64 that does not fit": saved(np.array([2**40], "<u8")),
    "complex": saved(np.zeros(2, "<c8")),
    "text": saved(np.array(["a", "bc"])),
    "records": saved(np.zeros(2, [("x", "<f4"), ("y", "<i4")])),
    "dates": saved(np.zeros(2, "datetime64[s]")),
}

tensors = {
    name: {"dtype": dtype, "shape": shape, "data": bytes(range(1, 1 + size))}
    for name, dtype, shape, size in [
        ("wide", "float64", [1], 8),
        ("weights", "float32", [2, 2], 16),
        ("bias", "float32", [], 4),
        ("10", "float32", [0, 3], 0),
        ("9", "uint32", [1], 4),
        ("index", "int32", [2], 8),
        ("brain", "bfloat16", [3], 6),
        ("half", "float16", [1, 1], 2),
        ("tiny", "float8_e4m3fn", [3], 3),
        ("tiny range", "float8_e5m2", [2], 2),
        ("signed", "int8", [1], 1),
        ("\U0001f30a", "uint8", [2], 2),
        ('\ue000 "quoted"\n\\', "uint8", [1], 1),
    ]
}
buffers = {name: np.frombuffer(tensor["data"], "u1") for name, tensor in tensors.items()}
specs = {
    name: TensorSpec(
        dtype=tensor["dtype"],
        shape=tensor["shape"],
        data_ptr=buffers[name].ctypes.data,
        data_len=buffers[name].nbytes,
    )
    for name, tensor in tensors.items()
}
safetensors = {
    "file": encoded(serialize(specs, {"writer": "a \u0001 reference"})),
    "empty": encoded(serialize({}, None)),
    "tensors": {name: {"shape": t["shape"], "dtype": t["dtype"], "bits": encoded(t["data"])} for name, t in tensors.items()},
}

json.dump({"written": written, "readOnly": read_only, "refused": refused, "safetensors": safetensors}, sys.stdout, indent=1)
print()
