"""Refusals and other errors with words for people.

A Refusal is no failure: it tells one person why nothing was done.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Self

from bot.domain.incomplete_line import IncompleteLine


class Reason(StrEnum):
    """Why a person was refused. A test reaches each of these."""

    NO_SUCH_PAIR = "no_such_pair"
    NO_SUCH_COMMAND = "no_such_command"
    NO_REASON = "no_reason"
    NOT_OFFERED = "not_offered"
    NOT_ALLOWED = "not_allowed"
    NOT_A_MEMBER = "not_a_member"
    SELF_APPROVAL = "self_approval"
    NO_QUORUM = "no_quorum"
    SITUATION = "situation"
    NOT_ARMED = "not_armed"
    BUSY = "busy"
    DECIDED = "decided"
    EXPIRED = "expired"
    WRONG_NAME = "wrong_name"
    BAD_DETAIL = "bad_detail"
    TOO_LATE = "too_late"
    GONE = "gone"
    SETTINGS = "settings"
    STORE = "store"
    SLACK = "slack"


class RefusalCode(StrEnum):
    """What exactly was refused, and the reason that it falls under. `bot.views.refusals` has the text of each."""

    reason: Reason

    def __new__(cls, code: str, reason: Reason) -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.reason = reason
        return member

    NO_SUCH_PAIR = "no_such_pair", Reason.NO_SUCH_PAIR
    PAIR_MISSPELT = "pair_misspelt", Reason.NO_SUCH_PAIR
    WHICH_PAIR = "which_pair", Reason.NO_SUCH_PAIR
    REQUEST_WITHOUT_PAIR = "request_without_pair", Reason.NO_SUCH_PAIR
    PLAN_WITHOUT_PAIR = "plan_without_pair", Reason.NO_SUCH_PAIR
    PAIR_LEFT_SETTINGS = "pair_left_settings", Reason.NO_SUCH_PAIR
    NO_SUCH_ACTION = "no_such_action", Reason.NO_SUCH_COMMAND
    NO_SUCH_COMMAND = "no_such_command", Reason.NO_SUCH_COMMAND
    NO_SUCH_VERB = "no_such_verb", Reason.NO_SUCH_COMMAND
    NOT_OFFERED = "not_offered", Reason.NOT_OFFERED
    REASON_MISSING = "reason_missing", Reason.NO_REASON
    REASON_TOO_LONG = "reason_too_long", Reason.NO_REASON
    DENIAL_WITHOUT_REASON = "denial_without_reason", Reason.NO_REASON
    OPENED_WITHOUT_REASON = "opened_without_reason", Reason.NO_REASON
    CLOSED_WITHOUT_REASON = "closed_without_reason", Reason.NO_REASON
    NOTE_EMPTY = "note_empty", Reason.NO_REASON
    NOTE_TOO_LONG = "note_too_long", Reason.NO_REASON
    NOT_A_MEMBER = "not_a_member", Reason.NOT_A_MEMBER
    NOT_A_REQUESTER = "not_a_requester", Reason.NOT_ALLOWED
    ONLY_AN_APPROVER = "only_an_approver", Reason.NOT_ALLOWED
    NOT_AN_APPROVER = "not_an_approver", Reason.NOT_ALLOWED
    NOT_CONCERNED = "not_concerned", Reason.NOT_ALLOWED
    NOT_THE_REQUESTER = "not_the_requester", Reason.NOT_ALLOWED
    MAY_NOT_ENTER_CODE = "may_not_enter_code", Reason.NOT_ALLOWED
    MAY_NOT_CLOSE = "may_not_close", Reason.NOT_ALLOWED
    REQUESTER_MAY_NOT_CLOSE = "requester_may_not_close", Reason.NOT_ALLOWED
    REQUESTER_OF_LEFT_PAIR = "requester_of_left_pair", Reason.NOT_ALLOWED
    OWNER_NOT_CONCERNED = "owner_not_concerned", Reason.NOT_ALLOWED
    SELF_APPROVAL = "self_approval", Reason.SELF_APPROVAL
    TOO_FEW_APPROVERS = "too_few_approvers", Reason.NO_QUORUM
    NOT_POSSIBLE_NOW = "not_possible_now", Reason.SITUATION
    PAIR_NOT_HEALTHY = "pair_not_healthy", Reason.SITUATION
    NOT_ARMED = "not_armed", Reason.NOT_ARMED
    REPLACEMENT_CONTRADICTED = "replacement_contradicted", Reason.NOT_ARMED
    RUN_UNDER_WAY = "run_under_way", Reason.BUSY
    RUN_NOT_CLOSED = "run_not_closed", Reason.BUSY
    REQUEST_OPEN = "request_open", Reason.BUSY
    BUSY_UNTIL_NOW = "busy_until_now", Reason.BUSY
    RESTARTING = "restarting", Reason.BUSY
    MAY_STILL_RUN = "may_still_run", Reason.BUSY
    REQUEST_DECIDED = "request_decided", Reason.DECIDED
    STARTED_ALREADY = "started_already", Reason.DECIDED
    RUNS_ALREADY = "runs_already", Reason.DECIDED
    RAN_ALREADY = "ran_already", Reason.DECIDED
    RUN_ENDED = "run_ended", Reason.DECIDED
    RUN_CLOSED = "run_closed", Reason.DECIDED
    STOPPED_ALREADY = "stopped_already", Reason.DECIDED
    LEFT_ALREADY = "left_already", Reason.DECIDED
    NOT_AT_WORK = "not_at_work", Reason.DECIDED
    APPROVED_BY_YOU = "approved_by_you", Reason.DECIDED
    KEY_DECIDED = "key_decided", Reason.DECIDED
    KEY_JUST_DECIDED = "key_just_decided", Reason.DECIDED
    KEY_OVERTAKEN = "key_overtaken", Reason.DECIDED
    INCIDENT_CLOSED = "incident_closed", Reason.DECIDED
    STATEMENT_REVOKED = "statement_revoked", Reason.DECIDED
    NOT_IN_MAINTENANCE = "not_in_maintenance", Reason.DECIDED
    REQUEST_ALTERED = "request_altered", Reason.DECIDED
    REQUEST_EXPIRED = "request_expired", Reason.EXPIRED
    APPROVAL_EXPIRED = "approval_expired", Reason.EXPIRED
    WRONG_PAIR_NAME = "wrong_pair_name", Reason.WRONG_NAME
    WRONG_FINGERPRINT = "wrong_fingerprint", Reason.WRONG_NAME
    CODE_EMPTY = "code_empty", Reason.BAD_DETAIL
    CODE_UNTYPABLE = "code_untypable", Reason.BAD_DETAIL
    OTHER_SECONDARY = "other_secondary", Reason.BAD_DETAIL
    STATEMENT_TOO_SHORT = "statement_too_short", Reason.BAD_DETAIL
    STATEMENT_SAYS_NOTHING = "statement_says_nothing", Reason.BAD_DETAIL
    SERVER_INCOMPLETE = "server_incomplete", Reason.BAD_DETAIL
    NO_ADDRESS = "no_address", Reason.BAD_DETAIL
    FLOATING_ADDRESS = "floating_address", Reason.BAD_DETAIL
    PEER_ADDRESS = "peer_address", Reason.BAD_DETAIL
    NO_KEY_OFFERED = "no_key_offered", Reason.BAD_DETAIL
    NO_KEY_OFFERED_YET = "no_key_offered_yet", Reason.BAD_DETAIL
    OWNER_MISSING = "owner_missing", Reason.BAD_DETAIL
    MAINTENANCE_WITHOUT_REASON = "maintenance_without_reason", Reason.BAD_DETAIL
    MAINTENANCE_WITHOUT_END = "maintenance_without_end", Reason.BAD_DETAIL
    MAINTENANCE_WITHOUT_BOTH = "maintenance_without_both", Reason.BAD_DETAIL
    MORE_THAN_A_PAIR = "more_than_a_pair", Reason.BAD_DETAIL
    ANSWERED_ALREADY = "answered_already", Reason.TOO_LATE
    NO_REQUEST = "no_request", Reason.GONE
    NO_RUN = "no_run", Reason.GONE
    NO_HOST_KEY = "no_host_key", Reason.GONE
    NO_INCIDENT = "no_incident", Reason.GONE
    NO_OPEN_INCIDENT = "no_open_incident", Reason.GONE
    NOTHING_TO_TAKE = "nothing_to_take", Reason.GONE
    NOTHING_TO_DRAW = "nothing_to_draw", Reason.GONE
    NOT_SEEN_YET = "not_seen_yet", Reason.GONE
    OLD_BUTTON = "old_button", Reason.GONE
    SETTINGS_WRONG = "settings_wrong", Reason.SETTINGS
    SETTINGS_WRONG_TWICE = "settings_wrong_twice", Reason.SETTINGS
    UNWRITABLE = "unwritable", Reason.STORE
    UNREADABLE = "unreadable", Reason.STORE
    UNUSABLE_URL = "unusable_url", Reason.STORE
    NO_DRIVER = "no_driver", Reason.STORE
    FENCED_OUT = "fenced_out", Reason.STORE
    PEOPLE_UNKNOWN = "people_unknown", Reason.SLACK
    PEOPLE_OUTDATED = "people_outdated", Reason.SLACK
    FORM_TOO_LATE = "form_too_late", Reason.SLACK
    FORM_LIMITED = "form_limited", Reason.SLACK


class Remark(StrEnum):
    """What may follow in a refusal: what the person or somebody else can do now, or what was not done."""

    BY_HAND = "by_hand"
    ONLY_WITHDRAW = "only_withdraw"
    ASK_AGAIN = "ask_again"
    PRESS_AGAIN = "press_again"
    NO_STEP_OUT = "no_step_out"
    TYPE_NOTHING = "type_nothing"
    ONLY_LOOK = "only_look"
    THREAD = "thread"
    NOTHING_OPENED = "nothing_opened"
    NOTHING_CLOSED = "nothing_closed"
    NOTHING_NOTED = "nothing_noted"


class Refusal(Exception):
    """What one person is told: what the matter is, that nothing was sent, and what is possible now.

    It carries codes, each with the values for the places of its text, and the typed `line` where that lacks something.
    """

    def __init__(self, code: RefusalCode, **values: Any) -> None:
        super().__init__(code)
        self.reason = code.reason
        self.line: IncompleteLine | None = None
        self.parts: tuple[tuple[RefusalCode | Remark, Mapping[str, Any]], ...] = ((code, values),)

    def and_then(self, remark: Remark, **values: Any) -> Self:
        """Add a remark to the end, and return the refusal."""
        self.parts = (*self.parts, (remark, values))
        return self

    def because_of(self, line: IncompleteLine) -> Self:
        """Add the typed line that lacks something, and return the refusal."""
        self.line = line
        return self

    def __str__(self) -> str:
        """Return the codes and the values, for the log."""
        said = [(code, [f"{name}={value}" for name, value in values.items()]) for code, values in self.parts]
        return "; ".join(" ".join((code, *values)) for code, values in said)


class CannotStart(Exception):
    """Why the bot does not start, as a sentence with its remedy."""


class SettingsError(Exception):
    """What is wrong with the settings: one sentence per mistake, each with its place and its remedy."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


class CannotDraw(Exception):
    """Why no report can be made, as a sentence with its remedy."""
