"""Table of contents: every component of the pipeline under its name in spaCy's registry."""

from spacy.language import Language

from dermnlp.attributes.body_sites import BodySites
from dermnlp.attributes.dates import Dates
from dermnlp.attributes.doses import Doses
from dermnlp.attributes.scores import Scores
from dermnlp.attributes.severity import Severity
from dermnlp.context.component import Context
from dermnlp.entities.matcher import Matcher
from dermnlp.entities.merge import Merge
from dermnlp.entities.tagger import Tagger
from dermnlp.extensions import declare
from dermnlp.relations.component import Relations
from dermnlp.sections import Sections
from dermnlp.sentences import Sentences
from dermnlp.tokens import create_tokenizer

FACTORIES = {
    "sections": Sections,
    "sentences": Sentences,
    "matcher": Matcher,
    "tagger": Tagger,
    "scores": Scores,
    "doses": Doses,
    "merge": Merge,
    "context": Context,
    "dates": Dates,
    "severity": Severity,
    "body_sites": BodySites,
    "relations": Relations,
}
PREFIX = "dermnlp_"
__all__ = ["FACTORIES", "create_tokenizer"]

declare()
for _name, _component in FACTORIES.items():
    Language.factory(PREFIX + _name, func=_component)
