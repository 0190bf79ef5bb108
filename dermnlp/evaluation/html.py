"""Notes to read in a browser: one page each, its mentions marked; nothing is loaded and nothing runs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from html import escape
from itertools import pairwise
from pathlib import Path
from string import Template
from urllib.parse import quote

from dermnlp.evaluation.brat import file_name
from dermnlp.mentions import TYPES, Mention
from dermnlp.tables import write_whole

HUES = dict(zip(TYPES, (0, 30, 275, 215, 130, 165, 190, 245, 320), strict=True))

PAGE = Template("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer">
<title>$title</title>
<style>
:root { color-scheme: light dark; --ink: #1a1a1a; --paper: #ffffff; --line: #b0b0b0; --light: 88%; --edge: 38%; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #ececec; --paper: #17181a; --line: #5c5c5c; --light: 24%; --edge: 66%; }
}
body { max-width: 52rem; margin: 2rem auto; padding: 0 1rem; color: var(--ink); background: var(--paper);
  font: 1rem/1.9 system-ui, sans-serif; }
h1 { font-size: 1.2rem; overflow-wrap: anywhere; }
a { color: inherit; }
.note { white-space: pre-wrap; overflow-wrap: anywhere; }
mark { color: inherit; padding: 0.1em 0.15em; border-radius: 0.2em; background: hsl(var(--hue) 70% var(--light));
  border-bottom: 2px solid hsl(var(--hue) 60% var(--edge)); }
mark[data-tags]::before { content: attr(data-tags); margin-right: 0.3em; padding: 0 0.3em; border-radius: 0.2em;
  border: 1px solid var(--ink); color: var(--ink); background: var(--paper); font-size: 0.7em; white-space: nowrap; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: 0.2rem 0.8rem; padding: 0; font-size: 0.8rem; }
table { border-collapse: collapse; }
th, td { padding: 0 1rem 0 0; text-align: left; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
td + td, th + th { text-align: right; }
$colours
</style>
</head>
<body>
$body
</body>
</html>
""")


def page(name: str, text: str, mentions: Sequence[Mention]) -> str:
    """One note as a page of HTML: mentions in the colours of their types, attributes as tags, the rest as tooltips."""
    kinds = {mention.type for mention in mentions}
    legend = "".join(f'<li><mark class="{kind}">{kind}</mark></li>' for kind in TYPES if kind in kinds)
    language = next((mention.language for mention in mentions if mention.language), "")
    tongue = f' lang="{_quoted(language)}"' if language else ""
    body = f'<h1>{_quoted(name)}</h1>\n<ul class="legend">{legend}</ul>\n'
    return _whole(name, f'{body}<div class="note"{tongue}>{_marked(text, mentions)}</div>')


def write_html(notes: Iterable[tuple[str, str, Sequence[Mention]]], folder: str | Path) -> Path:
    """A page for each note (name, text, mentions) in `folder`/notes; gives `folder`/index.html, which lists them.

    Names that file systems do not take are percent-encoded.
    """
    pages = Path(folder) / "notes"
    pages.mkdir(parents=True, exist_ok=True)
    listed = []
    for name, text, mentions in notes:
        file = f"{file_name(name)}.html"
        write_whole(pages / file, page(name, text, mentions))
        listed.append((name, file, len(mentions)))
    index = Path(folder) / "index.html"
    write_whole(index, _index(sorted(listed)))
    return index


def _index(listed: Sequence[tuple[str, str, int]]) -> str:
    """The page that lists notes (name, file, number of mentions)."""
    rows = "\n".join(
        f'<tr><td><a href="notes/{quote(file)}">{_quoted(name)}</a></td><td>{count}</td></tr>'
        for name, file, count in listed
    )
    head = '<thead><tr><th scope="col">Note</th><th scope="col">Mentions</th></tr></thead>'
    return _whole("Notes", f"<h1>{len(listed)} notes</h1>\n<table>\n{head}\n<tbody>\n{rows}\n</tbody>\n</table>")


def _whole(title: str, body: str) -> str:
    colours = "\n".join(f".{kind} {{ --hue: {hue}; }}" for kind, hue in HUES.items())
    return PAGE.substitute(title=_quoted(title), colours=colours, body=body)


def _marked(text: str, mentions: Sequence[Mention]) -> str:
    """The text with its mentions in <mark> elements; one that crosses another's end goes on after it."""
    by_index = {mention.index: mention for mention in mentions}
    starting: defaultdict[int, list[Mention]] = defaultdict(list)
    for mention in sorted(mentions, key=lambda mention: (-mention.end, mention.index)):
        starting[mention.start].append(mention)
    places = {place for mention in mentions for place in (mention.start, mention.end) if 0 <= place <= len(text)}
    parts: list[str] = []
    stack: list[Mention] = []
    for place, following in pairwise(sorted({0, len(text), *places})):
        keep = next((depth for depth, mention in enumerate(stack) if mention.end <= place), len(stack))
        parts.append("</mark>" * (len(stack) - keep))
        reopened = [mention for mention in stack[keep:] if mention.end > place]
        opened = [mention for mention in starting[place] if mention.end > place]
        parts += [_tag(mention, text, by_index, place) for mention in (*reopened, *opened)]
        stack = [*stack[:keep], *reopened, *opened]
        parts.append(_quoted(text[place:following]))
    return "".join(parts) + "</mark>" * len(stack)


def _tag(mention: Mention, text: str, by_index: dict[int, Mention], place: int) -> str:
    """The opening tag of a mention; its attributes show where it starts."""
    tags = f' data-tags="{" · ".join(mention.attributes)}"' if mention.attributes and place == mention.start else ""
    return f'<mark class="{_quoted(mention.type)}"{tags} title="{_quoted(_tooltip(mention, text, by_index))}">'


def _tooltip(mention: Mention, text: str, by_index: dict[int, Mention]) -> str:
    """What is known of a mention, a line for each thing."""
    value = " ".join(part for part in (mention.scale, mention.value, mention.unit, mention.date) if part)
    lines = [" · ".join((mention.type, *mention.attributes)), mention.concept, value]
    lines.append(" · ".join(f"{name} {detail}" for name, detail in mention.details.items()))
    lines += [f"{system} {code}" for system, code in mention.codes.items()]
    lines += [f"{cue.attribute}: “{text[cue.start : cue.end]}” ({cue.rule})" for cue in mention.cues]
    for relation in mention.relations:
        if other := by_index.get(relation.target):
            rule = f" ({relation.rule})" if relation.rule else ""
            details = "".join(f", {name} {value}" for name, value in relation.details.items())
            lines.append(f"{relation.type}: “{text[other.start : other.end]}”{details}{rule}")
    lines.append(" · ".join(part for part in (mention.source, mention.rule) if part))
    return "\n".join(line for line in lines if line)


def _quoted(text: str) -> str:
    """Text for HTML, carriage returns as references, since browsers read bare ones as line feeds."""
    return escape(text).replace("\r", "&#13;")
