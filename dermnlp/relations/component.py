"""Relations: what belongs to a drug, what becomes of it, and what it did."""

from spacy.language import Language
from spacy.tokens import Doc

from dermnlp.attributes.posology import TYPES
from dermnlp.extensions import found
from dermnlp.relations.adverse_events import BOTH, AdverseEvents
from dermnlp.relations.drug_attributes import DrugAttributes
from dermnlp.relations.pair_model import FOLDER
from dermnlp.relations.regimens import Regimens
from dermnlp.relations.treatment_events import TreatmentEvents


class Relations:
    """Adds Drug_attribute by nearness, the regimen and the events of each treatment, and Adverse_event.

    `adverse_events` says by what: rules, a learned model, or both; `model` names the model's folder in the pipelines room, or a path.
    """

    def __init__(self, nlp: Language, name: str, *, adverse_events: str = BOTH, model: str = FOLDER) -> None:
        self.drug_attributes = DrugAttributes(nlp.lang)
        self.regimens = Regimens(nlp)
        self.treatment_events = TreatmentEvents(nlp.lang)
        self.adverse_events = AdverseEvents(nlp.lang, adverse_events, model)

    def __call__(self, doc: Doc) -> Doc:
        mentions = found(doc)
        drugs = [mention for mention in mentions if mention.type == "DRUG"]
        if drugs:
            attributes = [mention for mention in mentions if mention.type in TYPES]
            if attributes:
                self.drug_attributes.add(doc, attributes, drugs)
            self.regimens.add(doc, attributes, drugs)
        self.treatment_events.add(doc, mentions)
        if drugs:
            self.adverse_events.add(doc, mentions, drugs)
        return doc
