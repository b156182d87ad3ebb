"""Whether everybody has got an answer: what people did, held against what Slack has shown them."""

from collections import Counter
from dataclasses import dataclass, field

from bot.simulator.slack import LocalSlack
from bot.simulator.slack.envelope import Delivery
from bot.simulator.slack.workspace import Workspace

LOOKING = "⏳"


@dataclass(frozen=True)
class Did:
    """Something that a person did and that was acknowledged: answered by its URL, or else by a direct message."""

    person: str
    what: str
    url: str | None = None


@dataclass
class Answers:
    """What has to be answered."""

    did: list[Did] = field(default_factory=list)

    def typed(self, person: str, line: str, delivery: Delivery) -> None:
        """A command; what its acknowledgement says itself is an answer, unless it only says that I look."""
        said = (delivery.answer or {}).get("text", "")
        if delivery.acked and (not said or said.startswith(LOOKING)):
            self.did.append(Did(person, line, _url(delivery)))

    def pressed(self, person: str, label: str, delivery: Delivery) -> None:
        """A button that has opened nothing."""
        if delivery.acked:
            self.did.append(Did(person, label, _url(delivery)))

    def sent(self, person: str, title: str) -> None:
        """A form that still says that it takes a moment."""
        self.did.append(Did(person, title))

    def unanswered(self, slack: LocalSlack) -> list[str]:
        """What nobody has answered, in words."""
        return slack.now(self._look)

    def _look(self, w: Workspace) -> list[str]:
        left = [one for one in self.did if not (one.url and w.grants.used(one.url))]
        # The messages that are kept carry their number; an answer does not.
        direct = Counter({person: len(_answers(w, person)) for person in {one.person for one in left}})
        wrong = []
        for one in left:
            direct[one.person] -= 1
            if direct[one.person] < 0:
                wrong.append(f"{one.person} has no answer to {one.what}")
        return wrong


def _answers(w: Workspace, person: str) -> list[str]:
    said = w.messages.public(w.direct(person).id)
    return [post.ts for post in said if post.body.get("bot_id") and not post.body.get("metadata")]


def _url(delivery: Delivery) -> str | None:
    url = delivery.envelope.payload.get("response_url")
    return url.partition("/response/")[2] if url else None
