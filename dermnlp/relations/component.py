"""Relations: what belongs to a drug, and what a drug did."""

from spacy.language import Language
from spacy.tokens import Doc

from dermnlp.extensions import found
from dermnlp.relations.adverse_events import BOTH, AdverseEvents
from dermnlp.relations.drug_attributes import DrugAttributes
from dermnlp.relations.pair_model import FOLDER


class Relations:
    """Adds Drug_attribute by nearness, and Adverse_event by rules and a learned model (`adverse_events`: rules, model or both).

    A drug that follows its attribute is taken when at most `ahead` characters lie between; `model` names the learned model's
    folder in the pipelines room, or a path.
    """

    def __init__(self, nlp: Language, name: str, *, ahead: int = 4, adverse_events: str = BOTH, model: str = FOLDER) -> None:
        self.drug_attributes = DrugAttributes(ahead)
        self.adverse_events = AdverseEvents(nlp.lang, adverse_events, model)

    def __call__(self, doc: Doc) -> Doc:
        mentions = found(doc)
        drugs = [mention for mention in mentions if mention.type == "DRUG"]
        if drugs:
            self.drug_attributes.add(doc, mentions, drugs)
            self.adverse_events.add(doc, mentions, drugs)
        return doc
