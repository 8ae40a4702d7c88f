"""The judge as it is trained: MiniLM's encoder over both questions, and a head of two layers.

The encoder starts from all-MiniLM-L6-v2 (Apache-2.0), the bundled embedder's weights. Its names are kept, so that
`tools/build_embedder/bert.py` reads the encoder of the result as it reads the original.
"""

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

WIDTH, LAYERS, HEADS, INNER, VOCABULARY, POSITIONS = 384, 6, 12, 1536, 30522, 512


class _Attention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.self = nn.ModuleDict({part: nn.Linear(WIDTH, WIDTH) for part in ("query", "key", "value")})
        self.output = nn.ModuleDict({"dense": nn.Linear(WIDTH, WIDTH), "LayerNorm": nn.LayerNorm(WIDTH, 1e-12)})

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        rows, tokens, _ = states.shape

        def split(part: str) -> Tensor:
            return self.self[part](states).view(rows, tokens, HEADS, -1).transpose(1, 2)

        mixed = functional.scaled_dot_product_attention(split("query"), split("key"), split("value"), mask)
        mixed = self.output["dense"](mixed.transpose(1, 2).reshape(rows, tokens, WIDTH))
        return self.output["LayerNorm"](states + functional.dropout(mixed, 0.1, self.training))


class _Layer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.attention = _Attention()
        self.intermediate = nn.ModuleDict({"dense": nn.Linear(WIDTH, INNER)})
        self.output = nn.ModuleDict({"dense": nn.Linear(INNER, WIDTH), "LayerNorm": nn.LayerNorm(WIDTH, 1e-12)})

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        states = self.attention(states, mask)
        raised = functional.gelu(self.intermediate["dense"](states))
        lowered = functional.dropout(self.output["dense"](raised), 0.1, self.training)
        return self.output["LayerNorm"](states + lowered)


class _Embeddings(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.word_embeddings = nn.Embedding(VOCABULARY, WIDTH)
        self.position_embeddings = nn.Embedding(POSITIONS, WIDTH)
        self.token_type_embeddings = nn.Embedding(2, WIDTH)
        self.LayerNorm = nn.LayerNorm(WIDTH, 1e-12)

    def forward(self, ids: Tensor, types: Tensor) -> Tensor:
        places = torch.arange(ids.shape[1], device=ids.device)
        summed = self.word_embeddings(ids) + self.position_embeddings(places) + self.token_type_embeddings(types)
        return functional.dropout(self.LayerNorm(summed), 0.1, self.training)


class Network(nn.Module):
    """Token ids and types of `[CLS] one [SEP] other [SEP]`, shape (pairs, tokens); out: logits, shape (pairs,)."""

    def __init__(self) -> None:
        super().__init__()
        self.embeddings = _Embeddings()
        self.encoder = nn.ModuleDict({"layer": nn.ModuleList(_Layer() for _ in range(LAYERS))})
        self.dense = nn.Linear(2 * WIDTH, WIDTH)
        self.head = nn.Linear(WIDTH, 1)

    def forward(self, ids: Tensor, types: Tensor, present: Tensor) -> Tensor:
        states = self.embeddings(ids, types)
        mask = present[:, None, None, :]
        for layer in self.encoder["layer"]:
            states = layer(states, mask)
        weights = present.to(states.dtype).unsqueeze(-1)
        mean = (states * weights).sum(1) / weights.sum(1)
        raised = functional.gelu(self.dense(torch.cat([states[:, 0], mean], 1)))
        return self.head(functional.dropout(raised, 0.1, self.training)).squeeze(-1).float()


def from_embedder(safetensors: Path) -> Network:
    """A network with the embedder's weights and a fresh head."""
    network = Network()
    missing, _ = network.load_state_dict(load_file(safetensors), strict=False)
    unexpected = [name for name in missing if not name.startswith(("dense", "head"))]
    if unexpected:
        raise ValueError(f"The file lacks {unexpected}.")
    return network
