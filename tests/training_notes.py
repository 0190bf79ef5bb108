"""Marked notes and a small encoder for the tests of the training.

A mark is written in the text itself: "Niega [FINDING Negated: artralgias]."; marks may nest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from dermnlp.training.corpora import Document, Mark
from dermnlp.training.pieces import Piece

OPENING = re.compile(r"\[(\w+)((?: [A-Z][a-z]+)*): ")
SPECIAL = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")


def unmarked(marked: str) -> tuple[str, tuple[Mark, ...]]:
    """The bare text, and its marks in the order in which they end."""
    text, at = "", 0
    opened: list[tuple[str, int, tuple[str, ...]]] = []
    marks: list[Mark] = []
    while at < len(marked):
        match = OPENING.match(marked, at)
        if match:
            opened.append((match[1], len(text), tuple(match[2].split())))
            at = match.end()
        elif marked[at] == "]" and opened:
            label, start, attributes = opened.pop()
            marks.append(Mark(label, start, len(text), attributes))
            at += 1
        else:
            text += marked[at]
            at += 1
    return text, tuple(marks)


def document(marked: str, name: str = "d", corpus: str = "own", language: str = "es") -> Document:
    return Document(name, corpus, language, *unmarked(marked))


def piece(marked: str, language: str = "es", heading: str = "") -> Piece:
    """A marked text as one piece of a corpus that marks all its labels."""
    text, marks = unmarked(marked)
    return Piece("d", "own", language, text, heading, marks, frozenset(mark.label for mark in marks), attributes=True)


def words(found: Piece | Document) -> list[tuple[str, str]]:
    """Each mark as (label, text)."""
    return [(mark.label, found.text[mark.start : mark.end]) for mark in found.marks]


def write_brat(folder: Path, notes: Mapping[str, str]) -> Path:
    """Marked notes as a folder of brat files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, marked in notes.items():
        text, marks = unmarked(marked)
        words = [" ".join(text[mark.start : mark.end].split()) for mark in marks]
        spans = [f"T{n}\t{m.label} {m.start} {m.end}\t{words[n - 1]}\n" for n, m in enumerate(marks, 1)]
        held = [(attribute, number) for number, mark in enumerate(marks, 1) for attribute in mark.attributes]
        lines = [*spans, *(f"A{n}\t{attribute} T{number}\n" for n, (attribute, number) in enumerate(held, 1))]
        (folder / f"{name}.txt").write_bytes(text.encode("utf-8"))
        (folder / f"{name}.ann").write_text("".join(lines), encoding="utf-8")
    return folder


def tiny_encoder(folder: Path, texts: Iterable[str]) -> Path:
    """A BERT of two narrow layers with random weights, and a tokenizer like XLM-R's that knows the words of the texts."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers
    from transformers import BertConfig, BertModel

    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(vocab_size=300, special_tokens=[*SPECIAL], unk_token="<unk>", show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    ends = [("<s>", 0), ("</s>", 2)]
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=ends)
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    torch.set_num_threads(1)  # several cores only slow down a network as small as this
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=512,
        pad_token_id=1,
    )
    BertModel(config).save_pretrained(folder)
    return folder


NOTES = {
    "es01": "Acude por [DIAGNOSIS: psoriasis en placas] con [FINDING: prurito] en [BODY_SITE: codos]. Niega [FINDING Negated: artralgias].",
    "es02": "Tratamiento con [DRUG: metotrexato] [DOSE: 15 mg] [FREQUENCY: semanal] [ROUTE: subcutáneo].",
    "es03": "Antecedentes familiares: madre con [DIAGNOSIS Family: psoriasis].",
    "es04": "[FINDING: Placas eritematosas] en [BODY_SITE: rodillas]. Se realiza [PROCEDURE: biopsia].",
    "es05": "No presenta [FINDING Negated: fiebre] ni [FINDING Negated: prurito].",
    "es06": "Posible [DIAGNOSIS Uncertain: dermatitis atópica] en [BODY_SITE: manos].",
    "es07": "Antecedentes personales: [DIAGNOSIS Historical: urticaria] en la infancia.",
    "es08": "[FINDING: Lesiones [BODY_SITE: orales]] dolorosas. Se inicia [DRUG: prednisona] [DOSE: 30 mg] [FREQUENCY: al día].",
    "es09": "[DRUG: Adalimumab] [DOSE: 40 mg] [FREQUENCY: cada dos semanas]. Sin [FINDING Negated: efectos adversos].",
    "es10": "Revisión de [DIAGNOSIS: acné]. Mejoría del [FINDING: eritema] en [BODY_SITE: cara].",
    "es11": "Padre con [DIAGNOSIS Family: melanoma]. Se indica [PROCEDURE: dermatoscopia].",
    "es12": "[PROCEDURE: Fototerapia] por [DIAGNOSIS: vitíligo] en [BODY_SITE: manos].",
    "en01": "[DIAGNOSIS: Plaque psoriasis] with [FINDING: itch] on the [BODY_SITE: elbows]. No [FINDING Negated: joint pain].",
    "en02": "Started [DRUG: methotrexate] [DOSE: 15 mg] [FREQUENCY: weekly].",
    "en03": "Family history: mother with [DIAGNOSIS Family: psoriasis].",
    "en04": "[FINDING: Scaly plaques] on the [BODY_SITE: knees]. A [PROCEDURE: biopsy] was taken.",
    "en05": "Denies [FINDING Negated: fever] and [FINDING Negated: itch].",
    "en06": "Possible [DIAGNOSIS Uncertain: atopic dermatitis] of the [BODY_SITE: hands].",
    "en07": "Past medical history: [DIAGNOSIS Historical: urticaria] in childhood.",
    "en08": "[FINDING: [BODY_SITE: Oral] lesions]. Started [DRUG: prednisone] [DOSE: 30 mg] [FREQUENCY: daily].",
    "en09": "[DRUG: Adalimumab] [DOSE: 40 mg] [FREQUENCY: every two weeks].",
    "en10": "Review of [DIAGNOSIS: acne]. Less [FINDING: erythema] on the [BODY_SITE: face].",
    "en11": "Father with [DIAGNOSIS Family: melanoma]. [PROCEDURE: Dermoscopy] was done.",
    "en12": "[PROCEDURE: Phototherapy] for [DIAGNOSIS: vitiligo] of the [BODY_SITE: hands].",
}
TEXTS = [unmarked(marked)[0] for marked in NOTES.values()]
