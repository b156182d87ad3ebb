"""The tables of the pairs file: each key with its type, the rule for its value, and what it is."""

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, ClassVar, Self, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    Strict,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)

from bot.domain.pair import CommandLine, Labels, Login, Pair, PeerRow, Question, Role, Server
from bot.domain.plan import fingerprint
from bot.domain.status import is_address
from bot.settings.mistakes import Mistake, show, unknown, worded
from bot.settings.patterns import check_label, check_prompt

DAY = 24 * 60.0  # minutes
HOUR = 3600.0  # seconds
LEAST_LOOK = 5.0  # seconds: the shortest interval between two probes of a pair
ORDER = {"extra_forbidden": 0, "value_error": 2}  # rank by pydantic's type of error, lowest first; any other has 1
NO_KEY = "is no public key line, as in ssh-ed25519 AAAA…: see what `pairkeeper hostkey {}` prints."
ADDRESS = "give the IP address that ha-status prints for this server."
PERSON = "is {}: give an id: a person's begins with U or W, a user group's with S."
ANYBODY = "is {}: give an id: a channel's begins with C or G, a person's with U or W, a user group's with S."
ABOVE = "is {{}}: give a number above 0, up to {:g}."
LOOK = f"is {{}}: give seconds from {LEAST_LOOK:g} up to {HOUR:g}, or 0 to look only when somebody asks."
EXEC = (
    'is {}: only "exec" is supported, because an appliance that gives nothing but an interactive shell cannot be '
    "driven yet."
)


def rule(holds: Callable[[Any], object], words: str) -> AfterValidator:
    """Return a rule for values, with the words for a mistake; `{}` in them stands for the value."""

    def check(value: Any) -> Any:
        if not holds(value):
            raise ValueError(words.format(f"{value:g}" if isinstance(value, float) else show(value)))
        return value

    return AfterValidator(check)


def spelled(pattern: str, words: str) -> AfterValidator:
    """Return the rule that a whole text has the form of the regular expression."""
    return rule(re.compile(pattern).fullmatch, words)


def required(description: str) -> Any:
    """Return a key that has to be set."""
    return Field(description=description)


def optional(description: str) -> Any:
    """Return a key that may be left out. It is then not passed on, so that the domain's own default holds."""
    return Field(None, description=description)


def _check_host_key(line: Any, check: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
    """Return the host key. The context is the pair's name. Without it, no key is needed yet and any value will do."""
    if not info.context:
        return line if isinstance(line, str) else ""
    if fingerprint(check(line)) == "not a host key":
        raise ValueError(NO_KEY.format(info.context))
    return line


Word = Annotated[str, rule(lambda text: text.isprintable() and text and " " not in text, "is {}: give it as one word.")]
Line = Annotated[str, rule(lambda text: text.strip() and text.isprintable(), "is {}: give one line, as it is typed.")]
Prefix = Annotated[str, rule(str.isprintable, "is {}: give one line, as it is typed.")]
Answer = Annotated[str, rule(str.isprintable, "is {}: give one line, without its ENTER.")]
Label = Annotated[str, AfterValidator(check_label)]
Port = Annotated[int, rule(range(1, 65536).__contains__, "is {}: give a port from 1 to 65535.")]
HostKey = Annotated[str, WrapValidator(_check_host_key), Field(validate_default=True)]
Address = Annotated[str, rule(is_address, f"is {{}}: {ADDRESS}")]
FloatingIp = Annotated[str, rule(is_address, "is {}: give an IP address, as in 10.0.0.10.")]
Channel = Annotated[str, spelled("[CG][A-Z0-9]{2,}", "is {}: give the channel's id, as in C0123456789.")]
Person = Annotated[str, spelled("[SUW][A-Z0-9]{2,}", PERSON)]
Anybody = Annotated[str, spelled("[CGSUW][A-Z0-9]{2,}", ANYBODY)]
NotEmpty = rule(len, "is empty: name at least one person by id, as in U0123456789.")
People = Annotated[tuple[Person, ...], Strict(False), NotEmpty]
Count = Annotated[int, rule(lambda count: count >= 1, "is {}: at least 1 person has to approve.")]
Seconds = Annotated[float, rule(lambda seconds: 0 < seconds <= HOUR, ABOVE.format(HOUR))]
Minutes = Annotated[float, rule(lambda minutes: 0 < minutes <= DAY, ABOVE.format(DAY))]
Longest = Annotated[float, rule(lambda seconds: 0 < seconds <= 24 * HOUR, ABOVE.format(24 * HOUR))]
CoolDown = Annotated[float, rule(lambda minutes: 0 <= minutes <= DAY, f"is {{}}: give a number from 0 up to {DAY:g}.")]
Look = Annotated[float, rule(lambda seconds: not seconds or LEAST_LOOK <= seconds <= HOUR, LOOK)]


class Table(BaseModel):
    """A table of the file. Validation returns a value for the domain in its place.

    The value is of the class `makes`. Where that class needs more than the table has, `whole` is False and the value
    is a dict. Types are strict, except that a list makes a tuple, and a text an enum.
    """

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)
    makes: ClassVar[type]
    whole: ClassVar[bool] = True  # whether the table alone has all that `makes` needs

    @model_validator(mode="wrap")
    @classmethod
    def _make(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Any:
        values = {key: value for key, value in handler(data) if value is not None}
        return cls.makes(**values) if cls.whole else values

    @classmethod
    def read(cls, table: Any, place: str, context: Any = None) -> tuple[Any, list[Mistake]]:
        """Return what the table makes, or None and all its mistakes: unknown keys first, and broken rules last."""
        try:
            return cls.model_validate(table, context=context), []
        except ValidationError as error:
            errors = sorted(error.errors(include_url=False), key=lambda wrong: ORDER.get(wrong["type"], 1))
            return None, [cls._mistake(wrong, place) for wrong in errors]

    @classmethod
    def _mistake(cls, error: Mapping[str, Any], place: str) -> Mistake:
        *way, key = error["loc"] or [None]
        owner = cls
        for part in way:
            owner = (owner.inner(part) if part in owner.model_fields else None) or owner
        place += "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error["loc"])
        if error["type"] == "missing" or error["input"] is None:
            return Mistake(place, f"is missing: {ADDRESS if key == 'address' else 'add it.'}")
        if error["type"] == "extra_forbidden":
            return Mistake(place, unknown("key", key, owner.model_fields))
        return Mistake(place, worded(error, place))

    @classmethod
    def inner(cls, key: str) -> "type[Table] | None":
        """Return the table that stands under this key, or in its list or table; None for a plain value."""
        hint = cls.model_fields[key].annotation
        tables = (kind for kind in (hint, *get_args(hint)) if isinstance(kind, type) and issubclass(kind, Table))
        return next(tables, None)


class LoginTable(Table):
    makes = Login
    host: Word = required("name or address that SSH connects to")
    user: Word = required("the account")
    # Has to be set wherever `read` is given the pair's name.
    host_key: HostKey = optional("the pinned host key, as an OpenSSH public key line")
    port: Port = optional("SSH port")
    key: str = optional("path of the private key")
    agent: bool = optional("whether the SSH agent's keys are used")


class ServerTable(LoginTable):
    makes = Server
    address: Address = required("the IP address that `ha-status` prints for this server")
    jump: LoginTable = optional("the host to go through")
    pty: bool = optional("whether the appliance insists on a terminal")
    prefix: Prefix = optional("what is typed before each command, as in `sudo`")
    mode: Annotated[str, spelled("exec", EXEC)] = optional('how commands are given; only "exec" is supported')


class QuestionTable(Table):
    makes = Question
    prompt: Annotated[str, AfterValidator(check_prompt)] = required("regular expression for the question")
    answer: Answer = required("what is answered, with `{slots}` for what is given with the request")


class CommandTable(Table):
    """Where one command differs from what is usual."""

    makes, whole = CommandLine, False
    line: Line = optional("the line as it is typed")
    dialogue: Annotated[tuple[QuestionTable, ...], Strict(False)] = optional("the questions it asks, in order")
    time_limit: Seconds = optional(
        "seconds until its last question is answered; then as many until people read that it takes longer"
    )
    runs_on: Annotated[Role, Strict(False)] = optional("the server it runs on, for `ha-failover` and `ha-failback`")
    longest: Longest = optional(
        "seconds for which it may be at work; only after them can a person say how a lost run has ended"
    )


class LabelsTable(Table):
    makes = Labels
    primary: Label = optional("the Primary's row")
    secondary: Label = optional("the Secondary's row")
    floating_ip: Label = optional("the floating IP's row")
    health: Label = optional("the pair's health")
    share: Label = optional("the SMB share's row")
    this_host: Label = optional("the mark of the server that prints")
    unpaired: Label = optional("what a server prints in its own row, or alone, that is in no pair yet")


class PairTable(Table):
    """A pair. Its name is the table's own."""

    makes, whole = Pair, False
    channel: Channel = required("the channel, by id, where requests are approved")
    requesters: People = required("who may ask for changes: ids of people or user groups")
    approvers: People = required("who may approve; nobody approves their own request")
    primary: ServerTable = required("the server in the role Primary")
    secondary: ServerTable = required("the server in the role Secondary, with the same keys")
    approvals: Count = optional("how many people must approve")
    approval_minutes: Minutes = optional(
        "minutes after which an undecided request expires; they begin anew at its last approval"
    )
    cool_down_minutes: CoolDown = optional("minutes after a run in which the next command needs a further reason")
    verify_seconds: Seconds = optional("seconds for which both servers are looked at after a command")
    look_seconds: Look = optional(
        "seconds between two looks by the clock, a tenth less at times; 0: only when somebody asks"
    )
    escalate_minutes: Minutes = optional("minutes after which an incident that nobody takes is escalated")
    escalate_to: Annotated[tuple[Anybody, ...], Strict(False)] = optional(
        "who is told of it then: ids of channels, people or user groups"
    )
    peer_row: Annotated[PeerRow, Strict(False)] = optional("how far a server's row about its peer is believed")
    floating_ip: FloatingIp = optional("the shared address, to make sure that nothing connects through it")
    commands: dict[str, CommandTable] = optional("per command, where this appliance differs from what is usual")
    labels: LabelsTable = optional("regular expressions for what `ha-status` prints")
