"""Pictures: what is drawn is what was measured, and what a reader needs is written on them."""

from __future__ import annotations

import io
import re
import subprocess
import sys

import numpy as np
import pytest

import autograd as ag
import nn
from autograd import errors
from nn import plots
from nn.plots import surfaces


def test_importing_the_pictures_does_not_import_matplotlib():
    code = "import sys, nn.plots; print('matplotlib' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.stdout.strip() == "False", result.stderr


def test_without_matplotlib_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(errors.AutogradError, match=r'pip install "glassgrad\[plots\]"') as caught:
        plots.history({"loss": [1.0, 0.5]})
    assert isinstance(caught.value, ImportError)


@pytest.fixture
def plt():
    """pyplot without a screen; no test may leave a figure open or show one."""
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    pyplot = pytest.importorskip("matplotlib.pyplot")
    before = dict(matplotlib.rcParams)
    yield pyplot
    assert dict(matplotlib.rcParams) == before  # our settings do not leak
    pyplot.close("all")


@pytest.fixture
def drawn(plt, monkeypatch):
    """Checks that axes can be written as an image of some size, and that nothing was shown."""
    shown = []
    monkeypatch.setattr(plt, "show", lambda *a, **k: shown.append(1))

    def check(ax):
        file = io.BytesIO()
        ax.figure.savefig(file, format="png", dpi=60)
        assert file.getvalue()[:4] == b"\x89PNG"
        assert not shown
        return ax

    return check


def legend(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def net_of_one(weights, bias):
    """A Linear and a ReLU with these numbers."""
    weights = np.array(weights, float)
    net = nn.Sequential(nn.Linear(weights.shape[1], len(weights)), nn.ReLU())
    net[0].weight.overwrite()[...] = weights
    net[0].bias.overwrite()[...] = bias
    return net


# --- curves ---------------------------------------------------------------------------------------


RECORD = {
    "loss": [3.0, 2.0, 1.0],
    "val_loss": [3.5, None, 2.5],
    "accuracy": [0.1, 0.5, 0.9],
    "nothing": [],
}


def test_history_has_a_panel_per_quantity(drawn):
    loss, accuracy = plots.history(RECORD, log=True)
    drawn(loss)
    assert [line.get_ydata().tolist() for line in accuracy.lines] == [[0.1, 0.5, 0.9]]
    assert accuracy.lines[0].get_xdata().tolist() == [1, 2, 3]
    np.testing.assert_array_equal(loss.lines[1].get_ydata(), [3.5, np.nan, 2.5])
    assert legend(loss) == ["training", "validation"]
    assert (loss.get_ylabel(), accuracy.get_ylabel()) == ("loss", "accuracy")
    assert (loss.get_yscale(), accuracy.get_yscale()) == ("log", "linear")
    assert accuracy.get_xlabel() == "epoch"
    assert loss.lines[0].get_linestyle() != loss.lines[1].get_linestyle()


def test_history_of_what_fit_returns_and_only_some(drawn, plt):
    class Run:
        epochs = RECORD

    (ax,) = plots.history(Run(), only=["accuracy"])
    assert ax.get_ylabel() == "accuracy"
    figure, mine = plt.subplots()
    (ax,) = plots.history({"loss": [1, 2]}, axes=[mine], per="step")
    assert ax is mine
    assert ax.get_xlabel() == "step"
    assert drawn(ax).figure is figure


def test_history_lays_runs_over_each_other(drawn):
    class Run:
        epochs = RECORD

    other = {"loss": [4.0, 1.0], "val_loss": [5.0, 2.0], "rate": [0.1, 0.1]}
    loss, accuracy, rate = plots.history({"SGD": Run(), "Adam": other})
    drawn(loss)
    assert legend(loss) == [
        "SGD, training",
        "SGD, validation",
        "Adam, training",
        "Adam, validation",
    ]
    found = [line.get_ydata().tolist() for line in loss.lines]
    assert [found[0], found[2], found[3]] == [[3.0, 2.0, 1.0], [4.0, 1.0], [5.0, 2.0]]
    sgd, sgd_too, adam, adam_too = (line.get_color() for line in loss.lines)
    assert sgd == sgd_too != adam == adam_too
    assert len({line.get_linestyle() for line in loss.lines}) == 4
    assert (len(accuracy.lines), accuracy.lines[0].get_color()) == (1, sgd)
    assert (len(rate.lines), rate.lines[0].get_color()) == (1, adam)  # by run in every panel
    (one,) = plots.history({"only": {"loss": [2.0, 1.0]}})
    assert drawn(one).lines[0].get_label() == "only, training"


@pytest.mark.parametrize(
    ("record", "options", "message"),
    [
        ({"a": {"loss": [1.0]}, "b": {"loss": []}}, {}, "nothing to draw"),
        ({"a": {"loss": [1.0]}, "b": [1.0, 2.0]}, {}, "a list of numbers"),
        ({}, {}, "nothing to draw"),
        ({"loss": [None, None]}, {}, "nothing to draw"),
        ([1, 2, 3], {}, "lists of numbers by name"),
        ({"loss": ["a"]}, {}, "a list of numbers"),
        ({"loss": [[1.0], [2.0]]}, {}, "a list of numbers"),
        ({"loss": 3.0}, {}, "a list of numbers"),
        ({"loss": [1.0]}, {"only": ["los"]}, r"among \['loss'\]"),
        ({"loss": [1.0]}, {"axes": []}, "1 axes"),
    ],
)
def test_history_refuses(plt, record, options, message):
    with pytest.raises(errors.OptionError, match=message):
        plots.history(record, **options)


def test_the_recorder_notes_sizes_and_ratios(float64):
    """One SGD step moves the weights by rate times gradient: all numbers by hand."""
    layer = nn.Linear(2, 1)
    layer.weight.overwrite()[...] = [[3.0, 4.0]]
    layer.bias.overwrite()[...] = 0.0
    layer.bias.requires_grad = False
    optimiser = nn.optim.SGD([layer.weight], lr=0.1)
    record = plots.StepRecorder(layer)
    (layer(np.array([[6.0, 8.0]])) * 2.0).sum().backward()
    optimiser.step()
    record()
    assert record.gradient_sizes["weight"] == pytest.approx([np.sqrt((12**2 + 16**2) / 2)])
    assert record.update_ratios["weight"] == pytest.approx([0.1 * 20 / 5])
    assert np.isnan(record.gradient_sizes["bias"]).all()  # it has no gradient
    assert np.isnan(record.update_ratios["bias"]).all()  # and no size
    before = np.linalg.norm(layer.weight.numpy())
    optimiser.step()
    record()
    assert record.update_ratios["weight"][1] == pytest.approx(0.1 * 20 / before)
    assert record.weights == ["weight"]


def test_gradient_sizes_and_update_ratios(drawn):
    net = nn.Sequential(nn.Linear(2, 3, generator=0), nn.Tanh(), nn.Linear(3, 1, generator=1))
    record = plots.StepRecorder(net)
    record.gradient_sizes.update({"0.weight": [0.1, 0.0, 0.2], "2.weight": [1.0, 2.0, 3.0]})
    record.update_ratios.update({"0.weight": [1e-3, 2e-3, 1e-3], "2.weight": [1e-2] * 3})
    ax = drawn(plots.gradient_sizes(record))
    assert legend(ax) == ["0.weight (0 in 1 of 3 steps)", "2.weight"]
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), [0.1, 0.0, 0.2])
    ax = drawn(plots.gradient_sizes(record, names=["2.weight"]))
    assert ax.get_yscale() == "log"
    ax = drawn(plots.update_ratios(record, names=["2.weight"]))
    assert legend(ax) == ["2.weight", "1e-3, a rule of thumb"]
    many = {f"layer{i}": [1.0, 2.0] for i in range(9)}
    ax = drawn(plots.gradient_sizes(many, size=(3, 3)))
    looks = {(line.get_color(), line.get_linestyle()) for line in ax.lines}
    assert len(looks) == 9


@pytest.mark.parametrize(
    "sizes",
    [
        {"dead": [2.0, 3e-4, 0.0, 0.0, 0.0, 0.0], "alive": [1.0, np.nan, 2.0, 1.0, 3.0, 2.0]},
        {"dead": [0.0] * 6},
        {"dead": [1e-30, 1e4, 0.0, 1.0, 1.0, 0.0]},
    ],
)
def test_zeros_have_a_line_of_their_own_below_a_logarithmic_scale(drawn, sizes):
    ax = drawn(plots.gradient_sizes(sizes))
    assert ax.get_xlim()[1] > 6  # the dead stretch belongs to the picture
    height = ax.transData.transform
    numbers = np.unique([size for size in sizes["dead"] if size > 0] or [1.0])
    low, high = (ax.transAxes.transform((0, y))[1] for y in (0, 1))
    at = np.array([height((1, y))[1] for y in [0.0, *numbers]])
    assert low < at[0] < at[1] - 0.04 * (high - low)  # 0 stands apart from the smallest size
    assert (at < high).all()
    if len(numbers) > 1:
        slopes = np.diff(at[1:]) / np.diff(np.log10(numbers))
        np.testing.assert_allclose(slopes, slopes[0])  # the rest is logarithmic
    assert "0" in [re.sub(r"[^0-9^-]", "", t.get_text()) for t in ax.get_yticklabels()]


def test_the_rule_of_thumb_stays_where_sizes_are_logarithmic(drawn):
    ax = drawn(plots.update_ratios({"a": [0.5, 0.0, 0.2]}))
    height = [ax.transData.transform((1, y))[1] for y in (1e-3, 1e-2, 1e-1)]
    assert height[1] - height[0] == pytest.approx(height[2] - height[1])


@pytest.mark.parametrize(
    "picture",
    [
        lambda ax: plots.optimiser_paths(bowl, {"a": [[1.0, 1.0], [0.5, 0.2]]}, ax=ax),
        lambda ax: plots.decision_boundary(lambda p: p[:, 0], POINTS, [0, 1, 1, 0], ax=ax),
        lambda ax: plots.history({"loss": [2.0, 1.0]}, axes=[ax]),
        lambda ax: plots.gradient_sizes({"a": [2.0, 1.0]}, ax=ax),
        lambda ax: plots.kernels(np.ones((2, 2, 3, 3)), ax=ax),
    ],
)
def test_a_title_of_ones_own_takes_the_place_of_ours(drawn, plt, picture):
    _, ax = plt.subplots(layout="constrained")
    picture(ax)
    assert ax.get_title()
    ax.set_title("mine")
    titles = [drawn(ax).get_title(loc=where) for where in ("left", "center", "right")]
    assert titles == ["", "mine", ""]


def test_recorders_refuse():
    with pytest.raises(errors.DTypeError, match="StepRecorder: expected layers"):
        plots.StepRecorder([1])
    record = plots.StepRecorder(nn.Linear(1, 1))
    with pytest.raises(errors.OptionError, match="nothing to draw"):
        plots.gradient_sizes(record)
    with pytest.raises(errors.OptionError, match="names must be among"):
        plots.update_ratios({"a": [1.0]}, names=["b"])


# --- behaviour ------------------------------------------------------------------------------------


def test_dead_units_are_counted_over_the_whole_batch():
    """Three units: positive for one sample, never positive, always positive."""
    net = net_of_one([[1.0], [1.0], [1.0]], [0.0, -10.0, 10.0])
    assert plots.dead_shares(net, np.array([[-1.0], [1.0]])) == {"1": (1, 3)}
    assert plots.dead_shares(net, np.array([[-1.0], [0.0]])) == {"1": (2, 3)}


def test_a_unit_of_a_convolution_is_a_map():
    net = nn.Sequential(nn.Conv2d(1, 2, 1), nn.ReLU())
    net[0].weight.overwrite()[...] = np.array([1.0, -1.0]).reshape(2, 1, 1, 1)
    net[0].bias.overwrite()[...] = 0.0
    x = np.zeros((3, 1, 4, 4))
    x[2, 0, 1, 1] = 1.0  # one pixel of one sample keeps the first map alive
    assert plots.dead_shares(net, x) == {"1": (1, 2)}
    assert plots.dead_shares(net, x, unit_axis=-1) == {"1": (3, 4)}  # columns, if one says so


def test_a_relu_called_twice_is_listed_twice(drawn):
    layer = nn.ReLU()
    net = nn.Sequential(layer, nn.Linear(2, 2, generator=0), layer)
    assert list(plots.dead_shares(net, -np.ones((4, 2)))) == ["0", "0, call 2"]
    ax = drawn(plots.dead_units(net, -np.ones((4, 2))))
    assert next(bar.get_width() for bar in ax.patches) == 100
    assert "2 of 2" in [text.get_text() for text in ax.texts]
    assert "4 samples" in ax.get_title()
    assert all(not module._hooks for module in net.modules())
    assert net.training


def test_dead_units_refuses(plt):
    with pytest.raises(errors.OptionError, match="no ReLU layer"):
        plots.dead_units(nn.Linear(2, 2), np.ones((1, 2)))
    with pytest.raises(errors.DTypeError, match="expected layers"):
        plots.dead_units(np.exp, np.ones((1, 2)))


POINTS = np.array([[-1.0, 0.0], [1.0, 0.0], [2.0, 1.0], [-2.0, -1.0]])


def line_between(ax):
    """The x of the black boundary line, whose y runs over the picture."""
    segments = [
        segment
        for collection in ax.collections
        if hasattr(collection, "allsegs") and not collection.filled
        for level in collection.allsegs
        for segment in level
    ]
    return np.concatenate(segments)


def test_the_boundary_is_where_the_score_crosses_the_threshold(drawn):
    ax = drawn(plots.decision_boundary(lambda p: p[:, 0] - 0.5, POINTS, [0, 1, 1, 1]))
    np.testing.assert_allclose(line_between(ax)[:, 0], 0.5, atol=0.03)
    assert legend(ax) == ["class 0", "class 1", "wrong (1 of 4)"]
    ax = drawn(plots.decision_boundary(lambda p: p[:, :1], POINTS, [-1, 1, 1, -1], threshold=1.5))
    np.testing.assert_allclose(line_between(ax)[:, 0], 1.5, atol=0.03)
    assert legend(ax) == ["class -1", "class 1", "wrong (1 of 4)"]


def test_the_boundary_between_classes(drawn):
    net = nn.Linear(2, 3, generator=0)
    y = net(POINTS).numpy().argmax(axis=1)
    ax = drawn(plots.decision_boundary(net, ag.Tensor(POINTS), y, size=(3, 3)))
    assert legend(ax) == ["class 0", "class 1", "class 2"]
    assert net.training
    (only,) = (plots.decision_boundary(lambda p: p[:, 0] * 0 + 1, POINTS, [1, 1, 1, 1]),)
    drawn(only)


def test_the_boundary_refuses(plt):
    with pytest.raises(errors.ShapeError, match=r"\(N, 2\)"):
        plots.decision_boundary(np.exp, np.ones((3, 3)), [0, 1, 0])
    with pytest.raises(errors.ShapeError, match="decision_boundary"):
        plots.decision_boundary(np.exp, POINTS, [0, 1])
    with pytest.raises(errors.OptionError, match="two classes"):
        plots.decision_boundary(lambda p: p[:, 0], POINTS, [0, 1, 2, 2])
    with pytest.raises(errors.OptionError, match="classes 0 to 1"):
        plots.decision_boundary(lambda p: p, POINTS, [0, 1, 2, 1])


# --- images ---------------------------------------------------------------------------------------


def test_kernels_lie_where_the_ticks_say(drawn, rng):
    weight = rng.standard_normal((2, 3, 4, 5))
    ax = drawn(plots.kernels(weight))
    image = ax.images[0].get_array()
    assert image.shape == (2 * 4, 3 * 5)
    np.testing.assert_array_equal(image[4:8, 10:15], weight[1, 2])
    assert (ax.get_ylabel(), ax.get_xlabel()) == ("output map", "input channel")
    largest = np.abs(weight).max()
    assert ax.images[0].get_clim() == (-largest, largest)
    ax = drawn(plots.kernels(weight.swapaxes(0, 1)))  # more maps than channels: maps across
    np.testing.assert_array_equal(ax.images[0].get_array()[4:8, 10:15], weight[1, 2])
    assert (ax.get_ylabel(), ax.get_xlabel()) == ("input channel", "output map")


def test_kernels_of_one_channel_fill_a_square_and_say_what_is_left_out(drawn, rng):
    weight = np.abs(rng.standard_normal((7, 1, 3, 3)))
    ax = drawn(plots.kernels(weight))
    image = ax.images[0].get_array()
    assert image.shape == (9, 9)
    np.testing.assert_array_equal(image[3:6, 0:3], weight[3, 0])
    assert np.isnan(np.asarray(image[6:9, 3:9], float)).all()
    assert [text.get_text() for text in ax.get_yticklabels()] == ["0 to 2", "3 to 5", "6"]
    assert ax.images[0].get_clim()[0] == 0
    assert "first 4 of 7" in plots.kernels(weight, most=2).get_title()
    ax = plots.kernels(nn.Conv2d(5, 9, 3, generator=0), most=4, size=(2.5, 2.5))
    assert "4 of 9 maps, 4 of 5" in drawn(ax).get_title().replace("\n", " ")
    drawn(plots.kernels(np.zeros((2, 2, 5))))  # of sequences


def test_feature_maps(drawn, rng):
    conv = nn.Conv2d(1, 3, 1, bias=False)
    conv.weight.overwrite()[...] = np.array([1.0, 2.0, -1.0]).reshape(3, 1, 1, 1)
    net = nn.Sequential(conv, nn.ReLU())
    x = rng.random((2, 1, 4, 4)).astype(np.float32)
    ax = drawn(plots.feature_maps(net, x, "0", sample=1))
    np.testing.assert_array_equal(ax.images[0].get_array()[:4, 4:8], 2 * x[1, 0])
    assert ax.images[0].get_clim()[0] < 0
    ax = drawn(plots.feature_maps(net, x))
    assert "1 all 0" in ax.get_title().replace("\n", " ")
    assert ax.images[0].get_clim()[0] == 0
    ax = plots.feature_maps(net, x[0], conv, most=2, size=(2.5, 2))
    assert "first 2 of 3" in drawn(ax).get_title().replace("\n", " ")
    assert net.training
    assert all(not module._hooks for module in net.modules())


def test_images_refuse(plt):
    net = nn.Sequential(nn.Conv2d(1, 3, 1), nn.Flatten())
    x = np.ones((2, 1, 4, 4))
    with pytest.raises(errors.ShapeError, match="kernels: expected"):
        plots.kernels(nn.Linear(2, 2))
    with pytest.raises(errors.ShapeError, match="feature_maps: expected"):
        plots.feature_maps(net, x)
    with pytest.raises(errors.IndexingError, match="no sample 2 in a batch of 2"):
        plots.feature_maps(net, x, "0", sample=2)
    for layer in ("conv", nn.ReLU()):
        with pytest.raises(errors.OptionError, match=r"one of \['0', '1'\]"):
            plots.feature_maps(net, x, layer)
    net.spare = [nn.ReLU()]
    with pytest.raises(errors.OptionError, match="one that the model calls"):
        plots.feature_maps(net, x, "spare.0")


# --- surfaces -------------------------------------------------------------------------------------


def bowl(w):
    return (w[0] ** 2 + 25 * w[1] ** 2) * 0.5


def test_paths_are_drawn_as_they_were_walked(drawn):
    calm = np.array([[4.0, 1.0], [2.0, 0.5], [1.0, 0.0]])
    wild = np.array([[4.0, 1.0], [-40.0, 30.0], [np.inf, 1e9]])
    ax = drawn(plots.optimiser_paths(bowl, {"calm": calm, "wild": wild}, minimum=(0, 0)))
    np.testing.assert_array_equal(ax.lines[0].get_xydata(), calm)
    assert legend(ax) == ["calm: 0.5", "wild: inf, leaves", "start", "minimum"]
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    assert -2 < left < 0 < 4 < right < 6
    assert -2 < low < 0 < 1 < high < 2
    flat = {"still": np.zeros((3, 2))}
    drawn(plots.optimiser_paths(lambda w: 0.0, flat, size=(3, 3)))
    drawn(plots.optimiser_paths(lambda w: ag.sum(ag.Tensor(w) ** 2), {"a": calm}))


@pytest.mark.parametrize(("slope", "aspect"), [(1.0, 1.0), (0.5, 1.0), (0.05, "auto")])
def test_a_round_bowl_looks_round(slope, aspect, drawn):
    path = [[1.0, slope], [-1.0, -slope]]
    ax = drawn(plots.optimiser_paths(lambda w: np.sum(w**2), {"a": path}))
    assert ax.get_aspect() == aspect


def test_paths_refuse(plt):
    with pytest.raises(errors.OptionError, match="nothing to draw"):
        plots.optimiser_paths(bowl, {})
    with pytest.raises(errors.ShapeError, match=r"\(steps, 2\)"):
        plots.optimiser_paths(bowl, {"a": np.ones((4, 3))})


@pytest.fixture
def quadratic(float64):
    """A model whose loss is the squared distance of its weights from where they are now."""
    net = nn.Sequential(nn.Linear(4, 3, generator=0))
    here = net[0].weight.numpy()
    return net, lambda: ag.sum((net[0].weight - here) ** 2)


def test_slices_go_as_far_as_the_weights_are_long(drawn, quadratic):
    net, loss = quadratic
    size = float((net[0].weight.numpy() ** 2).sum())
    ax = drawn(plots.loss_slices(net, loss, directions=2, radius=2.0, points=5, generator=0))
    for line in ax.lines[:2]:
        np.testing.assert_allclose(line.get_xdata(), [-2, -1, 0, 1, 2])
        np.testing.assert_allclose(line.get_ydata(), np.array([4, 1, 0, 1, 4]) * size, atol=1e-12)
    assert ax.lines[2].get_xydata().tolist() == [[0, 0]]


def test_each_filter_has_its_own_length(rng):
    w = rng.standard_normal((5, 2, 3, 3)) * np.arange(5.0).reshape(5, 1, 1, 1)
    way = surfaces._direction(w, rng)
    np.testing.assert_allclose(
        np.linalg.norm(way.reshape(5, -1), axis=1), np.linalg.norm(w.reshape(5, -1), axis=1)
    )


def test_slices_carry_their_caveat_and_put_everything_back(drawn, rng):
    net = nn.Sequential(nn.Linear(3, 4, generator=0), nn.ReLU(), nn.Linear(4, 1, generator=1))
    x, before, modes = rng.standard_normal((8, 3)), net.state_dict(), []

    def loss():
        modes.append(net.training)
        return ag.mean(net(x) ** 2)

    ax = drawn(plots.loss_slices(net, loss, points=7, generator=1, size=(3, 3)))
    caveat = ax.get_xlabel().replace("\n", " ")
    assert "A slice is not the landscape" in caveat
    assert "21 dimensions" in caveat  # 12 + 4 + 4 + 1 parameters
    assert not any(modes)
    assert len(modes) == 1 + 3 * 7
    assert net.training
    for name, array in net.state_dict().items():
        np.testing.assert_array_equal(array, before[name])
    again = plots.loss_slices(net, loss, points=7, generator=1)
    for one, two in zip(ax.lines, again.lines, strict=True):
        np.testing.assert_array_equal(one.get_ydata(), two.get_ydata())

    def failing():
        if len(modes) > 60:
            raise RuntimeError("stop")
        return loss()

    with pytest.raises(RuntimeError, match="stop"):
        plots.loss_slices(net, failing, points=30)
    for name, array in net.state_dict().items():
        np.testing.assert_array_equal(array, before[name])


def test_slices_refuse(plt, quadratic):
    net, loss = quadratic
    for options in ({"directions": 0}, {"points": 2}, {"radius": 0.0}, {"radius": np.nan}):
        with pytest.raises(errors.OptionError, match="loss_slices"):
            plots.loss_slices(net, loss, **options)
    with pytest.raises(errors.OptionError, match="nothing to draw"):
        plots.loss_slices(nn.ReLU(), loss)
    with pytest.raises(errors.DTypeError, match="expected layers"):
        plots.loss_slices(loss, loss)


def test_axes_of_the_users(drawn, plt):
    """In a plain figure nothing may fall off; parts of a figure work as well."""
    walk = {"a": np.array([[1.0, 1.0], [0.5, 0.2]]), "b": np.array([[1.0, 1.0], [0.1, 0.6]])}
    figure, mine = plt.subplots(figsize=(4, 3))
    ax = plots.optimiser_paths(bowl, walk, ax=mine)
    assert ax is mine
    drawn(ax)
    box, whole = ax.get_legend().get_window_extent(), figure.bbox
    assert whole.x0 <= box.x0 < box.x1 <= whole.x1
    assert whole.y0 <= box.y0 < box.y1 <= whole.y1
    parts = plt.figure(layout="constrained", figsize=(8, 3)).subfigures(1, 2)
    for part in parts:
        ax = plots.optimiser_paths(bowl, walk, ax=part.subplots())
    ax.get_figure().canvas.draw()


# --- style ----------------------------------------------------------------------------------------


def test_the_palette_is_readable_on_white():
    """No two colours are the same, and none is too pale for a line."""

    def light(color):
        channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    assert len(set(plots.PALETTE)) == 7
    assert all(1.05 / (light(color) + 0.05) > 2 for color in plots.PALETTE)
    assert all(1.05 / (light(color) + 0.05) > 3 for color in plots.PALETTE[:3])
