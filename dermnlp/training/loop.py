"""One stage of training: batches of like length, warm-up and decline, checkpoints, and the mean of the last weights."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from dermnlp.entities.models import filled, padded, stacked
from dermnlp.tables import replacing, write_whole
from dermnlp.training.network import Network, flag_loss, type_loss
from dermnlp.training.pieces import UNKNOWN, Encoded
from dermnlp.training.recipe import StagePlan

Batch = tuple[Tensor, Tensor, Tensor, Tensor]
WARM_UP = 0.1
HEADS_FASTER = 5.0
CHECKPOINT_STEPS = 500


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What masking needs of a tokenizer; `special` are the ids that stand for no text."""

    mask: int
    padding: int
    size: int
    special: tuple[int, ...]


class Stage:
    """Trains a network through one run of a stage; `epoch(n)` gives what is learned in the n-th pass."""

    def __init__(
        self,
        network: Network,
        plan: StagePlan,
        seed: int,
        vocabulary: Vocabulary,
        epoch: Callable[[int], Sequence[Encoded]],
        folder: Path,
    ) -> None:
        self.network, self.plan, self.seed = network, plan, seed
        self.vocabulary, self.epoch, self.folder = vocabulary, epoch, folder
        heads = network.heads_of()
        ids = {id(parameter) for parameter in heads}
        encoder = [parameter for parameter in network.parameters() if id(parameter) not in ids]
        groups = [{"params": encoder, "factor": 1.0}, {"params": heads, "factor": HEADS_FASTER}]
        self.optimizer = torch.optim.AdamW(groups, lr=plan.rate, weight_decay=0.01, betas=(0.9, 0.98), fused=True)
        self.step = 0
        self.total = 0
        self.mean: dict[str, Tensor] = {}

    def run(self, progress: Callable[[str, int, int, float], None], after_epoch: Callable[[int], None]) -> None:
        """All epochs, from the last checkpoint where there is one."""
        encoded = self.epoch(0)
        self.total = max(1, round(len(batches(encoded, self.plan, self.seed, 0)) * self.plan.epochs))
        self._resume()
        epoch = done = 0
        while done < self.total:
            order = batches(encoded, self.plan, self.seed, epoch)[: self.total - done]
            for batch in order[max(0, self.step - done) :]:
                loss = self._learn([encoded[number] for number in batch])
                progress(self.plan.name, self.step, self.total, loss)
            done += len(order)
            epoch += 1
            if done == self.step:
                after_epoch(epoch)
            if done < self.total:
                encoded = self.epoch(epoch)
        self._finish()

    def _learn(self, pieces: Sequence[Encoded]) -> float:
        """One step; its chances depend on its number alone, so that a resumed run goes the same way."""
        torch.manual_seed(self.seed * 1_000_003 + self.step)
        rate = self.plan.rate * schedule(self.step / self.total)
        for group in self.optimizer.param_groups:
            group["lr"] = rate * group["factor"]
        loss = self._loss(collate(pieces, self.vocabulary.padding))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.step += 1
        self._average()
        if self.step % CHECKPOINT_STEPS == 0:
            self._save()
        return float(loss.detach())

    def _loss(self, batch: Batch) -> Tensor:
        ids, attention, labels, flags = batch
        self.network.train()
        ids, hidden_words = mask(ids, attention, self.plan.masked, self.vocabulary)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            hidden = self.network.hidden(ids, attention)
            types, attributes = self.network.heads(hidden)
            loss = type_loss(types, labels) + flag_loss(attributes, flags)
            places = hidden_words != UNKNOWN
            if places.any():
                scores = self.network.words(hidden[places])
                loss = loss + torch.nn.functional.cross_entropy(scores.float(), hidden_words[places])
        return loss

    def _average(self) -> None:
        """Keep a running mean of the weights over the last part of the stage."""
        if not self.plan.averaging or self.step <= self.total * (1 - self.plan.averaging):
            return
        state = self.network.state_dict()
        seen = self.step - math.floor(self.total * (1 - self.plan.averaging))
        if seen % 10 and self.step != self.total:
            return
        count = self.mean.get("count", torch.zeros(()))
        for name, value in state.items():
            kept = self.mean.setdefault(name, value.detach().clone())
            kept += (value.detach() - kept) / (count + 1)
        self.mean["count"] = count + 1

    def _finish(self) -> None:
        """The mean of the last weights takes their place; the stage's weights are written and the checkpoint goes."""
        if self.mean:
            self.network.load_state_dict({name: value for name, value in self.mean.items() if name != "count"})
        save(self.network, self.folder / f"{self.plan.name}.safetensors")
        for path in self._checkpoint():
            path.unlink(missing_ok=True)

    def _checkpoint(self) -> tuple[Path, Path]:
        return self.folder / "checkpoint.safetensors", self.folder / "checkpoint.json"

    def _save(self) -> None:
        """Weights, moments and place, whole or not at all."""
        tensors = {f"weight/{name}": value.contiguous() for name, value in self.network.state_dict().items()}
        tensors |= {f"mean/{name}": value.contiguous() for name, value in self.mean.items()}
        for number, moments in self.optimizer.state_dict()["state"].items():
            tensors |= {f"moment/{number}/{name}": value.contiguous() for name, value in moments.items()}
        weights, place = self._checkpoint()
        with replacing(weights) as part:
            save_file(tensors, part)
        write_whole(place, json.dumps({"stage": self.plan.name, "step": self.step}))

    def _resume(self) -> None:
        weights, place = self._checkpoint()
        if not place.is_file() or not weights.is_file():
            return
        kept = json.loads(place.read_text(encoding="utf-8"))
        if kept["stage"] != self.plan.name:
            return
        tensors = load_file(weights)
        self.step = int(tensors["moment/0/step"])  # the weights' own: a kill may leave the place of the checkpoint before
        self.network.load_state_dict(_under(tensors, "weight/"))
        self.mean = _under(tensors, "mean/")
        state = self.optimizer.state_dict()
        moments: dict[int, dict[str, Tensor]] = {}
        for name, value in _under(tensors, "moment/").items():
            number, _, key = name.partition("/")
            moments.setdefault(int(number), {})[key] = value
        self.optimizer.load_state_dict({"state": moments, "param_groups": state["param_groups"]})


def _under(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}


def save(network: Network, path: Path) -> None:
    """The weights of a network as one safetensors file."""
    with replacing(path) as part:
        save_file({name: value.contiguous() for name, value in network.state_dict().items()}, part)


def schedule(done: float) -> float:
    """The share of the peak rate: up over the first tenth, then straight down to a twentieth."""
    return done / WARM_UP if done < WARM_UP else 1 - 0.95 * (done - WARM_UP) / (1 - WARM_UP)


def batches(encoded: Sequence[Encoded], plan: StagePlan, seed: int, epoch: int) -> list[list[int]]:
    """The numbers of the pieces of each batch: alike in length, at most `tokens` with padding, in an order of the seed and epoch."""
    chance = random.Random(f"{seed}/{epoch}")
    order = sorted(range(len(encoded)), key=lambda number: (len(encoded[number].ids) + chance.uniform(0, 4), number))
    found = list(filled(order, [len(piece.ids) for piece in encoded], plan.tokens))
    chance.shuffle(found)
    return found


def collate(pieces: Sequence[Encoded], padding: int) -> Batch:
    """Pieces side by side, padded at the end."""
    ids, attention = padded([piece.ids for piece in pieces], padding)
    labels = stacked([piece.labels for piece in pieces], UNKNOWN)
    flags = stacked([piece.flags for piece in pieces], UNKNOWN)
    return torch.from_numpy(ids), torch.from_numpy(attention), torch.from_numpy(labels), torch.from_numpy(flags)


def mask(ids: Tensor, attention: Tensor, share: float, vocabulary: Vocabulary) -> tuple[Tensor, Tensor]:
    """Hide a share of the words: eight in ten behind the mask, one replaced, one left; gives the ids and what was hidden."""
    if not share:
        return ids, torch.full_like(ids, UNKNOWN)
    ordinary = attention.bool() & ~torch.isin(ids, torch.tensor(vocabulary.special))
    chosen = ordinary & (torch.rand(ids.shape) < share)
    hidden = torch.where(chosen, ids, torch.full_like(ids, UNKNOWN))
    how = torch.rand(ids.shape)
    ids = torch.where(chosen & (how < 0.8), torch.full_like(ids, vocabulary.mask), ids)
    first = next(number for number in range(vocabulary.size) if number not in vocabulary.special)
    other = torch.randint(first, vocabulary.size, ids.shape)
    return torch.where(chosen & (how >= 0.9), other, ids), hidden


def in_order(pieces: Sequence[Encoded], tokens: int) -> Iterator[list[int]]:
    """Batches for reading, the longest first."""
    lengths = [len(piece.ids) for piece in pieces]
    return filled(sorted(range(len(pieces)), key=lambda number: -lengths[number]), lengths, tokens)
