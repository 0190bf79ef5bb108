"""Recipes, the network and the loop of a training."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from training_notes import NOTES, TEXTS, tiny_encoder, write_brat  # noqa: E402

from dermnlp.tables import InputError  # noqa: E402
from dermnlp.training import loop  # noqa: E402
from dermnlp.training import recipe as recipes  # noqa: E402
from dermnlp.training.loop import Vocabulary, batches, collate, in_order, mask, schedule  # noqa: E402
from dermnlp.training.network import Network, flag_loss, standardise, type_loss  # noqa: E402
from dermnlp.training.pieces import Encoded  # noqa: E402
from dermnlp.training.recipe import TYPES, Recipe, StagePlan  # noqa: E402

PLAN = StagePlan("own", (), epochs=1, rate=1e-3, tokens=64)


def own(*changes: str) -> Recipe:
    return recipes.load(recipes.named("own"), changes)


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny BERT."""
    return tiny_encoder(tmp_path_factory.mktemp("encoder"), TEXTS)


@pytest.mark.parametrize(
    "name, stages, layers",
    [
        ("own", {"own": 0}, 8),
        ("derm", {"pretraining": 9, "gold": 1}, 36),
        ("public", {"public": 3}, 7),
    ],
)
def test_shipped_recipes(name: str, stages: dict[str, int], layers: int) -> None:
    found = recipes.load(recipes.named(name))
    assert {stage.name: len(stage.corpora) for stage in found.stages} == stages
    assert (len(found.layers), len(set(found.layers)), found.layers[: len(found.types)]) == (
        layers,
        layers,
        found.types,
    )
    assert all(corpus.name == name for name, corpus in found.corpora.items())


@pytest.mark.parametrize(
    "change, read, value",
    [
        ("seed=7", lambda r: r.seed, 7),
        ("stages.own.epochs=4", lambda r: r.stages[0].epochs, 4),
        ("stages.own.rate = 1e-4", lambda r: r.stages[0].rate, 0.0001),
        ("stages.own.augmentation.capitals=0.5", lambda r: r.stages[0].augmentation["capitals"], 0.5),
        ("stages.own.augmentation=", lambda r: r.stages[0].augmentation, {}),
        ('types=["DRUG", "DOSE"]', lambda r: r.types, ("DRUG", "DOSE")),
        ("encoder=my-encoder", lambda r: r.encoder, "my-encoder"),
        ("limits=none = none", lambda r: r.limits, "none = none"),
        ("corpora.a.path=a", lambda r: r.corpora, None),
    ],
)
def test_changes(change: str, read: Callable[[Recipe], object], value: object) -> None:
    if value is None:
        with pytest.raises(InputError, match=r"^recipe, corpora\.a: 'format' is missing\.$"):
            own(change)
    else:
        assert read(own(change)) == value


@pytest.mark.parametrize(
    "change, message",
    [
        (
            "stages.own.epoch=4",
            "recipe, stages.own: there is no 'epoch'. There are: name, corpora, epochs, rate, tokens, masked, averaging, seeds, rates, augmentation.",
        ),
        ("sed=1", "recipe, own.toml: there is no 'sed'. There are: encoder, corpora, stages, depth, seed, types, "),
        ("stages.gold.epochs=4", "recipe, stages.gold: 'corpora' is missing."),
        ("stages.own.epochs=four", "recipe, stages.own: 'epochs' takes a number; this was 'four'."),
        ("stages.own.tokens=1.5", "recipe, stages.own: 'tokens' takes a whole number; this was '1.5'."),
        ("stages.own.corpora=gold", "recipe, stages.own: 'corpora' takes a list; this was 'gold'."),
        ("stages.own.augmentation=0.1", "recipe, stages.own: 'augmentation' takes a table; this was '0.1'."),
        (
            "stages.own.augmentation.captials=0.1",
            "no augmentation 'captials'. There are: same, other, telegraphic, capitals, ",
        ),
        ('stages.own.corpora=["gold"]', "stage 'own' names no corpus of the recipe: 'gold'. There are: ."),
        ('trial=["gold"]', "trial names no corpus of the recipe: 'gold'. There are: ."),
        ("encoder.path=a", "--set encoder.path=a: 'encoder' of the recipe is no table."),
        ("stages.own.epochs", "--set takes KEY=VALUE, for example stages.own.epochs=4; this was 'stages.own.epochs'."),
        ("stages=", "it has no stage. Give it a table [stages.NAME] with corpora and epochs."),
        ("encoder=", "recipe, own.toml: 'encoder' is missing."),
    ],
)
def test_changes_that_do_not_fit(change: str, message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        own(change)


def test_recipes_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"^No recipe 'drem'\. There are: derm, own, public; or give the path of a TOML file\.$"
    ):
        recipes.named("drem")
    with pytest.raises(InputError, match="nowhere.toml"):
        recipes.load(tmp_path / "nowhere.toml")
    (tmp_path / "bad.toml").write_text("encoder = \n")
    with pytest.raises(InputError, match=r"bad\.toml: Invalid value"):
        recipes.load(recipes.named(str(tmp_path / "bad.toml")))


def test_with_corpora(tmp_path: Path) -> None:
    brat = write_brat(tmp_path / "notes", {"a": "[DRUG: MTX]"})
    other = write_brat(tmp_path / "other" / "notes", {"a": "[DRUG: MTX]"})
    for name in ("rows.jsonl", "train.tsv"):
        (tmp_path / name).touch()
    (tmp_path / "saved").mkdir()
    (tmp_path / "saved" / "dataset_dict.json").touch()
    paths = [brat, other, *(tmp_path / name for name in ("rows.jsonl", "train.tsv", "saved"))]
    found = recipes.with_corpora(own(), paths, {}, "enc")
    types = {type_: type_ for type_ in TYPES}
    assert [
        (name, one.name, one.path, one.format, one.layers, one.attributes) for name, one in found.corpora.items()
    ] == [
        ("notes", "notes", str(brat), "guidelines", None, True),
        ("notes-2", "notes-2", str(other), "guidelines", None, True),
        ("rows.jsonl", "rows.jsonl", str(paths[2]), "jsonl", types, False),
        ("train.tsv", "train.tsv", str(paths[3]), "iob", types, False),
        ("saved", "saved", str(paths[4]), "dataset", types, False),
    ]
    assert found.stages[0].corpora == found.tenth == tuple(found.corpora)
    assert (found.encoder, found.types) == ("enc", TYPES)


def test_with_corpora_of_other_labels(tmp_path: Path) -> None:
    brat = write_brat(tmp_path / "notes", {"a": "[Chemical: MTX]"})
    labels = {"Disease": "DIAGNOSIS", "Symptom": "DIAGNOSIS", "Chemical": "DRUG"}
    found = recipes.with_corpora(own(), [brat], labels, "enc")
    assert found.corpora["notes"].format == "brat" and found.corpora["notes"].layers == labels
    assert found.types == found.layers == ("DIAGNOSIS", "DRUG")
    with pytest.raises(
        InputError, match=r"^--label Disease=DISEASE: there is no type 'DISEASE'\. There are: DIAGNOSIS, FINDING, "
    ):
        recipes.with_corpora(own(), [brat], {"Disease": "DISEASE"}, "enc")


def test_corpora_beside_those_of_a_recipe(tmp_path: Path) -> None:
    found = recipes.with_corpora(recipes.load(recipes.named("derm")), [write_brat(tmp_path / "gold", NOTES)], {}, "enc")
    assert found.stages[-1].corpora == ("gold", "gold-2") and found.corpora["gold"].path == "gold/train_*"
    assert found.tenth == ("gold-2",) and found.trial == ("gold_dev",)


def test_corpora_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No corpus at .*nowhere"):
        recipes.with_corpora(own(), [tmp_path / "nowhere"], {}, "enc")
    with pytest.raises(
        InputError,
        match=r"No corpus in .*\. A folder holds \.ann and \.txt files, or a Hugging Face dataset saved with save_to_disk\.",
    ):
        recipes.with_corpora(own(), [tmp_path], {}, "enc")


def test_network_is_cut_to_its_depth(encoder: Path) -> None:
    ids, attention = torch.tensor([[0, 9, 8, 2]]), torch.ones((1, 4), dtype=torch.long)
    for depth, layers in ((0, 2), (1, 1), (12, 2)):
        network = Network(encoder, ("A", "B", "C"), depth=depth)
        assert len(network.encoder.encoder.layer) == layers
        assert [tuple(part.shape) for part in network(ids, attention)] == [(1, 4, 3, 3), (1, 4, 4)]
    assert network.words(network.hidden(ids, attention)[0]).shape == (4, network.encoder.config.vocab_size)
    heads = {id(parameter) for parameter in network.heads_of()}
    assert {name.split(".")[0] for name, one in network.named_parameters() if id(one) in heads} == {
        "types",
        "flags",
        "guess",
        "guess_bias",
    }


def test_weights_that_are_not_of_the_encoder(encoder: Path, tmp_path: Path) -> None:
    config = (encoder / "config.json").read_text(encoding="utf-8")
    (tmp_path / "config.json").write_text(
        config.replace('"num_hidden_layers": 2', '"num_hidden_layers": 3'), encoding="utf-8"
    )
    (tmp_path / "model.safetensors").write_bytes((encoder / "model.safetensors").read_bytes())
    with pytest.raises(
        InputError,
        match=r"its weights lack encoder\.layer\.2\..* and 15 more\. They are not those of its config\.json\.",
    ):
        Network(tmp_path, ("A",))


def test_layers_that_a_corpus_does_not_mark_learn_nothing() -> None:
    scores = torch.zeros((1, 3, 2, 3), requires_grad=True)
    labels = torch.tensor([[[1, -100], [0, -100], [-100, -100]]])
    loss = type_loss(scores, labels)
    loss.backward()
    assert loss.item() == pytest.approx(np.log(3))
    assert torch.count_nonzero(scores.grad[:, :, 1]) == torch.count_nonzero(scores.grad[:, 2]) == 0
    third = 1 / 6
    expected = torch.tensor([[third, third - 0.5, third], [third - 0.5, third, third]])
    torch.testing.assert_close(scores.grad[0, :2, 0], expected)
    assert type_loss(scores, torch.full((1, 3, 2), -100)).item() == 0


def test_flags_outside_mentions_teach_nothing() -> None:
    scores = torch.zeros((1, 2, 4), requires_grad=True)
    flag_loss(scores, torch.tensor([[[1, 0, 0, 0], [-100, -100, -100, -100]]])).backward()
    torch.testing.assert_close(scores.grad, torch.tensor([[[-0.125, 0.125, 0.125, 0.125], [0.0, 0.0, 0.0, 0.0]]]))
    assert flag_loss(scores, torch.full((1, 2, 4), -100)).item() == 0


def encoded(*lengths: int) -> list[Encoded]:
    """Pieces of these lengths whose ids are 5, 6, 7 and so on, all of one layer and outside it."""
    labels = [np.zeros((length, 1), np.int16) for length in lengths]
    return [Encoded(np.arange(5, 5 + len(one)), one, np.full((len(one), 4), -100, np.int16)) for one in labels]


def test_standardise(encoder: Path) -> None:
    network = Network(encoder, ("A",))
    pieces = [collate([one], 1)[:2] for one in encoded(40, 7, 90)] + [collate(encoded(3, 60), 1)[:2]]
    assert standardise(network, pieces)
    hidden = torch.cat([network.hidden(ids, attention)[attention.bool()] for ids, attention in pieces])
    torch.testing.assert_close(hidden.mean(0), torch.zeros(32), atol=1e-4, rtol=0)
    torch.testing.assert_close(hidden.std(0), torch.ones(32), atol=1e-3, rtol=0)


def test_batches_keep_to_their_size() -> None:
    lengths = [3, 64, 100, *range(1, 33), *[5] * 50]
    found = batches(encoded(*lengths), PLAN, 1, 0)
    assert sorted(number for batch in found for number in batch) == list(range(len(lengths)))
    sizes = [len(batch) * max(lengths[number] for number in batch) for batch in found]
    assert sorted(sizes)[-1] == 100 and sorted(sizes)[-2] <= 64
    assert sum(sizes) < 1.35 * sum(lengths)


def test_batches_depend_on_seed_and_epoch_alone() -> None:
    pieces = encoded(*range(1, 60))
    assert batches(pieces, PLAN, 1, 3) == batches(encoded(*range(1, 60)), replace(PLAN, name="other", rate=1.0), 1, 3)
    assert batches(pieces, PLAN, 1, 3) != batches(pieces, PLAN, 1, 4)
    assert batches(pieces, PLAN, 1, 3) != batches(pieces, PLAN, 2, 3)


def test_batches_for_reading_begin_with_the_longest() -> None:
    assert list(in_order(encoded(2, 9, 4, 3), 8)) == [[1], [2, 3], [0]]


def test_collate() -> None:
    ids, attention, labels, flags = collate(encoded(3, 1), 1)
    assert (ids.tolist(), attention.tolist()) == ([[5, 6, 7], [5, 1, 1]], [[1, 1, 1], [1, 0, 0]])
    assert labels.squeeze(-1).tolist() == [[0, 0, 0], [0, -100, -100]] and set(flags.ravel().tolist()) == {-100}


@pytest.mark.parametrize(
    "special, padding, hiding", [((0, 1, 2, 3, 99), 1, 99), ((0, 40, 41, 42, 43), 0, 43), ((96, 97, 98, 99), 97, 98)]
)
def test_mask_hides_a_share_and_never_special_pieces(special: tuple[int, ...], padding: int, hiding: int) -> None:
    torch.manual_seed(0)
    ids = torch.randint(0, 100, (200, 100))
    attention = torch.ones_like(ids)
    attention[:, 80:] = 0
    found, hidden = mask(ids, attention, 0.15, Vocabulary(hiding, padding, 100, special))
    chosen = hidden != -100
    ordinary = attention.bool() & ~torch.isin(ids, torch.tensor(special))
    assert not (chosen & ~ordinary).any()
    assert torch.equal(found[~chosen], ids[~chosen]) and torch.equal(hidden[chosen], ids[chosen])
    assert (chosen.sum() / ordinary.sum()).item() == pytest.approx(0.15, abs=0.01)
    assert (found[chosen] == hiding).float().mean().item() == pytest.approx(0.8, abs=0.03)
    assert (found[chosen] == ids[chosen]).float().mean().item() == pytest.approx(0.1, abs=0.03)


def test_mask_of_nothing() -> None:
    ids = torch.tensor([[0, 7, 2]])
    found, hidden = mask(ids, torch.ones_like(ids), 0.0, Vocabulary(4, 1, 9, (0, 1, 2, 3, 4)))
    assert found.tolist() == [[0, 7, 2]] and hidden.tolist() == [[-100, -100, -100]]


@pytest.mark.parametrize(
    "plan, runs",
    [
        (PLAN, [("own", 1e-3)]),
        (replace(PLAN, seeds=2), [("own.0", 1e-3), ("own.1", 1e-3)]),
        (replace(PLAN, seeds=3, rates=(1e-4, 2e-4)), [("own.0", 1e-4), ("own.1", 2e-4), ("own.2", 1e-3)]),
    ],
)
def test_runs_of_a_stage(plan: StagePlan, runs: list[tuple[str, float]]) -> None:
    assert [(one.name, one.rate) for one in plan.runs] == runs


@pytest.mark.parametrize("done, share", [(0.0, 0.0), (0.05, 0.5), (0.1, 1.0), (0.55, 0.525), (1.0, 0.05)])
def test_schedule(done: float, share: float) -> None:
    assert schedule(done) == pytest.approx(share)


@pytest.mark.parametrize("epochs, steps, passes", [(1.0, 4, [1]), (0.5, 2, [1]), (2.5, 10, [1, 2, 3]), (0.0, 1, [1])])
def test_stage_ends_after_its_epochs(
    encoder: Path, tmp_path: Path, epochs: float, steps: int, passes: list[int]
) -> None:
    seen: list[tuple[str, int, int]] = []
    after: list[int] = []
    plan = replace(PLAN, epochs=epochs, tokens=10, averaging=0.5)
    stage = loop.Stage(
        Network(encoder, ("A",)),
        plan,
        1,
        Vocabulary(4, 1, 50, (0, 1, 2, 3, 4)),
        lambda _: encoded(9, 8, 7, 6),
        tmp_path,
    )
    stage.run(lambda name, done, total, loss: seen.append((name, done, total)), after.append)
    assert seen == [("own", step, steps) for step in range(1, steps + 1)] and after == passes
    assert [path.name for path in tmp_path.iterdir()] == ["own.safetensors"]


def test_the_mean_of_the_last_weights(encoder: Path, tmp_path: Path) -> None:
    network = Network(encoder, ("A",))
    kept: list[torch.Tensor] = []
    plan = replace(PLAN, epochs=12.5, tokens=10, averaging=0.4)
    stage = loop.Stage(
        network, plan, 1, Vocabulary(4, 1, 50, (0, 1, 2, 3, 4)), lambda _: encoded(9, 8, 7, 6), tmp_path
    )
    stage.run(lambda *_: kept.append(network.types.weight.detach().clone()), lambda _: None)
    assert len(kept) == 50
    torch.testing.assert_close(network.types.weight.detach(), (kept[39] + kept[49]) / 2)
