"""The network: an encoder, a three-way head per layer, a yes-or-no head per attribute, and a head that guesses masked words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel

from dermnlp.mentions import ATTRIBUTES
from dermnlp.tables import InputError
from dermnlp.training.pieces import UNKNOWN

CLASSES = 3  # outside, begins, inside
DEPTHS = ("num_hidden_layers", "n_layers", "num_layers")


class Network(nn.Module):
    """Any Hugging Face encoder, cut to its first `depth` layers (0: all), with heads over its last one.

    `forward(ids, attention)` takes [batch, length] and gives types [batch, length, layers, 3] and flags [batch, length, 4].
    """

    def __init__(self, encoder: Path, layers: Sequence[str], *, depth: int = 0) -> None:
        super().__init__()
        config = AutoConfig.from_pretrained(encoder, local_files_only=True)
        for name in DEPTHS:
            if depth and hasattr(config, name):
                setattr(config, name, min(depth, getattr(config, name)))
        if hasattr(config, "attention_probs_dropout_prob"):
            config.attention_probs_dropout_prob = 0.0
        config._attn_implementation = "eager"
        self.encoder, found = AutoModel.from_pretrained(
            encoder, config=config, local_files_only=True, use_safetensors=True, dtype=torch.float32, output_loading_info=True
        )
        missing = sorted(name for name in found["missing_keys"] if "pooler" not in name)
        if missing:
            raise InputError(f"encoder {encoder}: its weights lack {missing[0]} and {len(missing) - 1} more. They are not those of its config.json.")
        self.encoder.pooler = None
        width = config.hidden_size
        self.layers = tuple(layers)
        self.dropout = nn.Dropout(0.1)
        self.types = nn.Linear(width, CLASSES * len(layers))
        self.flags = nn.Linear(width, len(ATTRIBUTES))
        self.guess = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.LayerNorm(width))
        self.guess_bias = nn.Parameter(torch.zeros(config.vocab_size))

    def forward(self, ids: Tensor, attention: Tensor) -> tuple[Tensor, Tensor]:
        hidden = self.hidden(ids, attention)
        return self.heads(hidden)

    def hidden(self, ids: Tensor, attention: Tensor) -> Tensor:
        """The encoder's last layer, [batch, length, width]."""
        return self.encoder(input_ids=ids, attention_mask=attention).last_hidden_state

    def heads(self, hidden: Tensor) -> tuple[Tensor, Tensor]:
        """The scores of types and flags over the encoder's last layer."""
        hidden = self.dropout(hidden)
        return self.types(hidden).unflatten(-1, (len(self.layers), CLASSES)), self.flags(hidden)

    def words(self, hidden: Tensor) -> Tensor:
        """The scores of every word piece at chosen places, [places, width] to [places, vocabulary]."""
        return self.guess(hidden) @ self.encoder.get_input_embeddings().weight.T + self.guess_bias

    def heads_of(self) -> list[nn.Parameter]:
        """The parameters that begin at random, for a higher rate."""
        encoder = {id(parameter) for parameter in self.encoder.parameters()}
        return [parameter for parameter in self.parameters() if id(parameter) not in encoder]


def type_loss(scores: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy summed over the layers that a corpus marks, a mean over the pieces of words: [b, t, l, 3] and [b, t, l]."""
    known = labels != UNKNOWN
    places = known.any(-1).sum().clamp(min=1)
    losses = nn.functional.cross_entropy(scores.float()[known], labels[known].long(), reduction="sum")
    return losses / places


def flag_loss(scores: Tensor, flags: Tensor) -> Tensor:
    """Binary cross-entropy over the pieces of words that lie in mentions: [b, t, 4] and [b, t, 4]."""
    known = flags != UNKNOWN
    if not known.any():
        return scores.sum() * 0.0
    return nn.functional.binary_cross_entropy_with_logits(scores.float()[known], flags[known].float())


@torch.no_grad()
def standardise(network: Network, batches: Iterable[tuple[Tensor, Tensor]]) -> bool:
    """Give the last layer's outputs mean 0 and deviation 1 over some batches; without it a cut encoder learns slowly.

    Gives False where the encoder's last normalisation isn't found.
    """
    norms = [m for m in network.encoder.modules() if isinstance(m, nn.LayerNorm)]
    if not norms:
        return False
    network.eval()
    seen = torch.cat([network.hidden(ids, attention)[attention.bool()] for ids, attention in batches])
    mean, deviation = seen.mean(0), seen.std(0).clamp(min=1e-6)
    norms[-1].weight.div_(deviation)
    norms[-1].bias.sub_(mean).div_(deviation)
    return True
