"""Weights in files: whole or refused, PyTorch's names, and no damaged file gets in."""

from __future__ import annotations

import json
import os
import pickle
import struct

import numpy as np
import pytest
import safetensors.numpy

import autograd as ag
import nn
from nn.errors import DTypeError, FileError, OptionError, OutputError, StateError
from nn.files.saving import load, load_arrays, save, save_arrays


class Net(nn.Module):
    def __init__(self, seed=0):
        self.conv = nn.Conv2d(1, 2, 3, generator=seed)
        self.head = nn.Linear(3, 2, generator=seed)
        self.register_buffer("seen", np.array(7))
        self.register_buffer("mask", np.array([True, False]))


def same(a, b):
    assert list(a) == list(b)
    for name, array in a.items():
        assert array.dtype == b[name].dtype
        np.testing.assert_array_equal(array, b[name])


def raw_file(header, data=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def header_of(raw):
    length = struct.unpack("<Q", raw[:8])[0]
    return json.loads(raw[8 : 8 + length]), raw[8 + length :]


def test_a_model_comes_back(tmp_path):
    a, b = Net(0), Net(1)
    b.seen = np.array(0)
    save(a, tmp_path / "net.safetensors")
    assert load(b, tmp_path / "net.safetensors") == ([], [])
    same(b.state_dict(), a.state_dict())
    assert b.seen.shape == ()
    assert b.seen == 7
    b.head.weight.overwrite()[...] = 1.0  # what was loaded is the model's own


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u8", "?"])
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 3), (4, 5)])
def test_arrays_come_back_bit_for_bit(tmp_path, rng, dtype, shape):
    array = (rng.standard_normal(shape) * 50).astype(dtype)
    turned = np.asfortranarray(np.broadcast_to(array, (2, *shape)))
    swapped = array.astype(array.dtype.newbyteorder(">"))
    given = {"x": array, "turned": turned, "swapped": swapped, "äß.名": array}
    save_arrays(given, tmp_path / "x", metadata={"note": "größe"})
    arrays, notes = load_arrays(tmp_path / "x")
    assert notes == {"note": "größe"}
    assert arrays.keys() == given.keys()
    for name, expected in given.items():
        assert arrays[name].dtype == np.dtype(dtype)
        assert arrays[name].shape == expected.shape
        np.testing.assert_array_equal(arrays[name], expected)
        arrays[name][...] = 0  # writable


def test_special_numbers_come_back(tmp_path):
    array = np.array([np.nan, np.inf, -np.inf, -0.0, 5e-324])
    save_arrays({"x": array, "t": ag.Tensor([1.0])}, tmp_path / "x")
    assert load_arrays(tmp_path / "x").arrays["x"].tobytes() == array.tobytes()


def test_files_without_a_checksum_are_taken(tmp_path):
    a, b = Net(0), Net(1)
    safetensors.numpy.save_file(a.state_dict(), tmp_path / "x", metadata={"format": "np"})
    load(b, tmp_path / "x")
    same(b.state_dict(), a.state_dict())
    safetensors.numpy.save_file({}, tmp_path / "empty")
    assert load_arrays(tmp_path / "empty") == ({}, {})


def test_bfloat16_becomes_float32(tmp_path):
    numbers = np.array([1.0, -2.5, np.inf, 3.140625], np.float32)
    data = (numbers.view(np.uint32) >> 16).astype("<u2").tobytes()
    entry = {"dtype": "BF16", "shape": [2, 2], "data_offsets": [0, 8]}
    (tmp_path / "x").write_bytes(raw_file({"x": entry}, data))
    array = load_arrays(tmp_path / "x").arrays["x"]
    assert array.dtype == np.float32
    np.testing.assert_array_equal(array, numbers.reshape(2, 2))


def test_pytorch_reads_and_writes_the_same_files(tmp_path):
    torch = pytest.importorskip("torch")
    from safetensors.torch import load_file, save_file

    def build(lib):
        return lib.Sequential(lib.Conv2d(1, 4, 3), lib.ReLU(), lib.Flatten(), lib.Linear(16, 3))

    mine, theirs = build(nn), build(torch.nn)
    save(mine, tmp_path / "mine.safetensors")
    theirs.load_state_dict(load_file(tmp_path / "mine.safetensors"))
    x = np.random.default_rng(0).standard_normal((2, 1, 4, 4)).astype(np.float32)
    expected = theirs(torch.from_numpy(x)).detach().numpy()
    np.testing.assert_allclose(mine(x).numpy(), expected, rtol=1e-5, atol=1e-6)

    theirs = build(torch.nn)
    save_file(theirs.state_dict(), tmp_path / "theirs.safetensors")
    load(mine, tmp_path / "theirs.safetensors")
    for name, tensor in theirs.state_dict().items():
        np.testing.assert_array_equal(mine.state_dict()[name], tensor.numpy())
    half = {"x": torch.tensor([1.5, -2.0]).to(torch.bfloat16)}
    save_file(half, tmp_path / "half")
    assert load_arrays(tmp_path / "half").arrays["x"].tolist() == [1.5, -2.0]
    save_file({"x": torch.zeros(2).to(torch.float8_e4m3fn)}, tmp_path / "eighth")
    with pytest.raises(FileError, match="F8_E4M3"):
        load_arrays(tmp_path / "eighth")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda s: s.pop("head.bias"), ["missing: head.bias"]),
        (lambda s: s.update(extra=np.zeros(1)), ["unexpected: extra"]),
        (lambda s: s.update({"head.bias": np.zeros(3)}), ["head.bias has shape (3,)", "(2,)"]),
        (lambda s: s.update({"head.bias": np.zeros(2, int)}), ["head.bias has dtype int64"]),
        (lambda s: s.update({"head.bias": np.zeros(2, bool)}), ["head.bias has dtype bool"]),
        (lambda s: s.update(seen=np.array(7.0)), ["seen has dtype float64, expected integers"]),
        (lambda s: s.update(seen=np.array(2**63, np.uint64)), ["seen has dtype uint64"]),
        (lambda s: s.update(mask=np.array([1, 0])), ["mask has dtype int64, expected booleans"]),
        (
            lambda s: (s.pop("head.bias"), s.update(q=np.zeros(1), seen=np.zeros(2, int))),
            ["missing: head.bias", "unexpected: q", "seen has shape"],
        ),
    ],
)
def test_what_does_not_fit_is_listed_and_nothing_changes(tmp_path, change, words):
    net = Net()
    before = net.state_dict()
    state = Net(1).state_dict()
    change(state)
    save_arrays(state, tmp_path / "x")
    with pytest.raises(StateError) as caught:
        load(net, tmp_path / "x")
    assert all(word in str(caught.value) for word in words), str(caught.value)
    same(net.state_dict(), before)


def test_a_part_is_loaded_if_asked(tmp_path):
    net = Net()
    save_arrays({"head.bias": np.array([1.0, 2.0]), "new": np.zeros(1)}, tmp_path / "x")
    result = load(net, tmp_path / "x", strict=False)
    assert result.unexpected_keys == ["new"]
    assert "head.weight" in result.missing_keys
    assert net.head.bias.dtype == np.float32
    assert net.head.bias.numpy().tolist() == [1.0, 2.0]
    with pytest.raises(StateError, match="dtype"):
        net.load_state_dict({"seen": 1.5}, strict=False)
    net.load_state_dict({"head.bias": [3, 4], "seen": np.uint8(3)}, strict=False)
    assert net.head.bias.numpy().tolist() == [3.0, 4.0]


# --- writing ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "array",
    [np.array(["text"]), np.array([1j]), np.array([None]), np.zeros(2, np.longdouble), [1.0], None],
    ids=str,
)
def test_what_cannot_be_written_is_refused(tmp_path, array):
    with pytest.raises(DTypeError, match="cannot hold"):
        save_arrays({"x": array}, tmp_path / "x")
    assert not list(tmp_path.iterdir())


def test_bad_names_and_notes_are_refused(tmp_path):
    for arrays in ({3: np.zeros(1)}, {"__metadata__": np.zeros(1)}, {"\ud800": np.zeros(1)}):
        with pytest.raises(DTypeError):
            save_arrays(arrays, tmp_path / "x")
    for notes in ({"a": 1}, {2: "a"}, {"a": "\ud800"}):
        with pytest.raises(DTypeError):
            save_arrays({}, tmp_path / "x", metadata=notes)
    with pytest.raises(OptionError, match="sha256"):
        save_arrays({}, tmp_path / "x", metadata={"sha256": "a"})
    with pytest.raises(OptionError, match="Module"):
        save({"w": np.zeros(1)}, tmp_path / "x")
    with pytest.raises(OptionError, match="Module"):
        load({"w": np.zeros(1)}, tmp_path / "x")


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_the_old_file_stays_if_writing_fails(tmp_path, monkeypatch, step):
    save_arrays({"x": np.zeros(2)}, tmp_path / "x")
    before = (tmp_path / "x").read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, step, full)
    with pytest.raises(OutputError, match="No space left"):
        save_arrays({"x": np.ones(2)}, tmp_path / "x")
    assert [path.name for path in tmp_path.iterdir()] == ["x"]
    assert (tmp_path / "x").read_bytes() == before


def test_places_that_do_not_work(tmp_path):
    with pytest.raises(OutputError, match="No such file"):
        save_arrays({}, tmp_path / "none" / "x")
    with pytest.raises(OutputError):
        save_arrays({}, tmp_path)
    with pytest.raises(OutputError):
        save_arrays({}, tmp_path / "a\0b")
    with pytest.raises(FileError, match="No such file"):
        load_arrays(tmp_path / "none")
    with pytest.raises(FileError, match="directory"):
        load_arrays(tmp_path)
    with pytest.raises(FileError):
        load_arrays("a\0b")


# --- damage -----------------------------------------------------------------------------------

ONE = {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "no safetensors file"),
        (b"\0" * 7, "no safetensors file"),
        (b"PK\x03\x04" + b"\0" * 50, "pickle"),
        (pickle.dumps({"w": 1}, 2), "pickle"),
        (pickle.dumps({"w": 1}, 4), "pickle"),
        (struct.pack("<Q", 2**63) + b"{}", "no safetensors file"),
        (struct.pack("<Q", 10**9) + b"{}", "no safetensors file"),
        (raw_file(b"[1]"), "no safetensors file"),
        (raw_file(b'{"a":' * 100_000), "header is damaged"),
        (raw_file(b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"), "header is damaged"),
        (raw_file(b'{"a": 1' + b"0" * 5000 + b"}"), "header is damaged"),
        (raw_file(b'{"\xff": 1}'), "header is damaged"),
        (raw_file({"a": ONE}), "header is damaged"),
        (raw_file({"a": ONE}, b"\0" * 5), "header is damaged"),
        (raw_file({"a": {**ONE, "data_offsets": [0, 2**62]}}, b"\0" * 4), "header is damaged"),
        (raw_file({"a": {**ONE, "data_offsets": [4, 0]}}, b"\0" * 4), "header is damaged"),
        (raw_file({"a": {**ONE, "shape": [2]}}, b"\0" * 4), "header is damaged"),
        (raw_file({"a": {**ONE, "shape": [-1]}}, b"\0" * 4), "header is damaged"),
        (raw_file({"a": {**ONE, "shape": [2**33, 2**33]}}, b"\0" * 4), "header is damaged"),
        (raw_file({"a": {**ONE, "shape": [1] * 70}}, b"\0" * 4), "impossible"),
        (raw_file({"a": {**ONE, "shape": [2**62, 2, 0], "data_offsets": [0, 0]}}), "."),
        (raw_file({"a": {**ONE, "dtype": "X99"}}, b"\0" * 4), "header is damaged"),
        (raw_file({"a": {**ONE, "dtype": "C64", "data_offsets": [0, 8]}}, b"\0" * 8), "C64"),
        (
            raw_file({"a": {"dtype": "BOOL", "shape": [4], "data_offsets": [0, 4]}}, b"\0\1\2\3"),
            "booleans",
        ),
        (raw_file({"a": ONE, "b": ONE}, b"\0" * 4), "header is damaged"),
        (raw_file({"__metadata__": {"a": 1}}), "header is damaged"),
        (raw_file({"__metadata__": {"sha256": "0"}}), "version None"),
        (raw_file({"__metadata__": {"glassgrad": "1"}}), "checksum"),
        (raw_file({"__metadata__": {"glassgrad": "2", "sha256": "0"}}), "version '2'"),
        (
            raw_file(b'{"a":%b,"a":%b}' % ((json.dumps(ONE).encode(),) * 2), b"\0" * 4),
            "comes twice",
        ),
        (raw_file(b'{"__metadata__":{"k":"1","k":"2"}}'), "comes twice"),
    ],
    ids=lambda x: None if isinstance(x, str) else repr(x[:30]),
)
def test_foreign_and_malicious_files_are_refused(tmp_path, raw, words):
    (tmp_path / "x").write_bytes(raw)
    with pytest.raises(FileError, match=words) as caught:
        load_arrays(tmp_path / "x")
    assert "nothing was changed" in str(caught.value)
    assert len(str(caught.value)) < 600


def test_a_renamed_array_is_noticed(tmp_path):
    """Two weights of one shape, with their names exchanged: only the checksum can tell."""
    save_arrays({"a": np.zeros(2), "b": np.ones(2)}, tmp_path / "x")
    header, data = header_of((tmp_path / "x").read_bytes())
    header["a"], header["b"] = header["b"], header["a"]
    (tmp_path / "x").write_bytes(raw_file(header, data))
    with pytest.raises(FileError, match="checksum"):
        load_arrays(tmp_path / "x")


def damaged(raw, rng):
    """One of many ways to spoil a file."""
    kind = rng.integers(8)
    raw = bytearray(raw)
    start = 8 + struct.unpack("<Q", raw[:8])[0]
    if kind == 0:  # a bit of the numbers
        raw[rng.integers(start, len(raw))] ^= 1 << rng.integers(8)
    elif kind == 1:  # a bit of the header
        raw[rng.integers(0, start)] ^= 1 << rng.integers(8)
    elif kind == 2:
        del raw[rng.integers(0, len(raw)) :]
    elif kind == 3:  # a hole
        at = rng.integers(0, len(raw) - 1)
        del raw[at : at + rng.integers(1, 40)]
    elif kind == 4:  # rubbish in the middle
        at = rng.integers(0, len(raw) - 1)
        rubbish = rng.bytes(int(rng.integers(1, 40)))
        raw[at : at + len(rubbish)] = rubbish
    elif kind == 5:  # a huge header, or none
        raw[:8] = struct.pack("<Q", int(rng.integers(0, 2**63)) >> int(rng.integers(0, 60)))
    elif kind == 6:  # more at the end
        raw += rng.bytes(int(rng.integers(1, 100)))
    else:  # another header around the same numbers
        header, data = header_of(bytes(raw))
        name = rng.choice([name for name in header if name != "__metadata__"])
        entry = header[name]
        what = rng.integers(5)
        if what == 0:
            entry["shape"] = [*entry["shape"], 1]
        elif what == 1:
            swap = {"F32": "I32", "I64": "U64", "BOOL": "I8"}
            entry["dtype"] = swap[entry["dtype"]]
        elif what == 2:
            header[name + "x"] = header.pop(name)
        elif what == 3:
            header["__metadata__"]["more"] = "1"
        else:
            text = json.dumps({name: entry})[1:-1]
            return raw_file(json.dumps(header).replace(text, text + ", " + text).encode(), data)
        return raw_file(header, data)
    return bytes(raw)


def test_a_thousand_damaged_files_are_refused(tmp_path):
    rng = np.random.default_rng(5)
    net, path = Net(), tmp_path / "x"
    save(net, path, metadata={"note": "hello"})
    good = path.read_bytes()
    before = net.state_dict()
    refused = harmless = 0
    while refused < 1000:
        raw = damaged(good, rng)
        if raw == good:
            continue
        path.write_bytes(raw)
        try:
            load(net, path)
        except (FileError, StateError):
            refused += 1
        else:  # only what changes no name, shape or number: white space, or a stranger's note
            harmless += 1
        same(net.state_dict(), before)
    assert harmless < 30


def test_every_byte_counts(tmp_path):
    """Flip every third bit of a small file: it is refused, or the same arrays come out."""
    path = tmp_path / "x"
    save_arrays({"a": np.arange(3, dtype=np.int16), "b": np.ones(1)}, path)
    good = path.read_bytes()
    expected = load_arrays(path)
    for i in range(0, 8 * len(good), 3):
        raw = bytearray(good)
        raw[i // 8] ^= 1 << i % 8
        path.write_bytes(raw)
        try:
            found = load_arrays(path)
        except FileError:
            continue
        assert i // 8 < 8 + struct.unpack("<Q", good[:8])[0]  # never in the numbers
        same(found.arrays, expected.arrays)
