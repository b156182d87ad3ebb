"""The seeded bugs, each as what somebody could write on a tired evening."""

from tests.proof.mutants import (
    APPROVAL,
    ASKING,
    CLOSED,
    CLOSING,
    DECIDING,
    HISTORY,
    MIGRATION,
    OBSERVATION,
    OUTCOME,
    PLAN,
    RECOVERING,
    REQUESTS,
    RUNNING,
    RUNS,
    TABLES,
    VERDICT,
    Mutant,
)

DIGEST = "return hashlib.sha256(self.as_json().encode()).hexdigest()"


def digest_without(field: str) -> tuple[str, str, str]:
    shorter = f'json.dumps({{**asdict(self), "{field}": None}}, sort_keys=True)'
    return PLAN, DIGEST, f"return hashlib.sha256({shorter}.encode()).hexdigest()"


RACED = """            if not changed(session, consumed.values(stage=Stage.STARTED)):
                return None
            request ="""
READ_FIRST = """    with store.reading() as session:
        stage = session.exec(select(Request.stage).where(Request.id == request_id)).one()
    if stage not in (Stage.APPROVED, Stage.WAITING):
        return None
    try:
        with store.writing() as session:
            session.execute(update(Request).where(col(Request.id) == request_id).values(stage=Stage.STARTED))
            request ="""
CONVERSE = """    reply = session.converse(
        job.plan.line,
        line.dialogue,
        dict(job.plan.details),
        job.secrets,
        line.time_limit,
        lambda index: _may_answer(desk, job, index),
        lambda words, asks: _heard(desk, job, words, asks),
        lambda: runs.get(desk.store, job.run.id).given_up_by is None,
    )
"""
GUARD = """    if not runs.sending(desk.store, job.run.id, bool(line.dialogue), _patience(job)):
        raise NotSent(_stopped_words(desk, job), look=True)
"""
ANSWERING = "        return runs.commit_answer(desk.store, job.run.id, _patience(job))\n"
LOST_RUN = '            runs.end(desk.store, run.id, Judgement(Outcome.UNKNOWN, words), seen, "", start=(run.phase,))'
UNRETURNED = "return Judgement(Outcome.UNKNOWN, _ending(reply), by_hand=by_hand)"
FREE = "    free = (col(Run.stopped_by).is_(None), col(Run.answered_at).is_(None), col(Run.holder) == store.me)"
OWN = """    if report.host is not look.role or not same_address(report.address or "", pair.server(look.role).address):
        return State.CONFLICT
"""
INSERT_CHECK = "if session.exec(select(Run).where(Run.pair == row.pair, col(Run.phase).in_(OPEN_PHASES))).first():"
MOVED = """        audit(session, now, kind, pair=row.pair, state=state, **ids)
        show(session, now, row, channel_of(session, row))
"""
SICK, SPLIT, OFF = "active but not serving", "split brain", "Primary off"
TWO = "split brain, two to approve"

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "no drift check",
        2,
        ((RUNNING, "if now.digest() != job.request.digest:", "if False:"),),
        (SICK,),
        ("Primary says Failed",),
    ),
    Mutant(
        "the rule is not asked again",
        5,
        ((RUNNING, "    if not ruling.allowed:\n", "    if False:\n"),),
        ("Primary isolated, live rows",),
        ("servers find each other again",),
    ),
    Mutant(
        "claim not atomic",
        1,
        (
            (RUNS, "    try:\n        with store.writing() as session:\n" + RACED, READ_FIRST),
            (
                TABLES,
                '        UniqueConstraint("request_id"),\n    )\n    id: int | None = Field(default=None, '
                'primary_key=True)\n    request_id: int = Field(foreign_key="request.id")\n',
                "    )\n    id: int | None = Field(default=None, primary_key=True)\n"
                '    request_id: int = Field(foreign_key="request.id")\n',
            ),
            (MIGRATION, '        sa.UniqueConstraint("request_id", name="uq_run_request_id"),\n', ""),
        ),
        ("new Secondary",),
        ("a wrong code is entered on another replica",),
    ),
    Mutant(
        "intent recorded after the command",
        4,
        (
            (RUNNING, GUARD, ""),
            (RUNNING, CONVERSE, CONVERSE + "    runs.sending(desk.store, job.run.id, True, _patience(job))\n"),
        ),
    ),
    Mutant(
        "what is sent is taken back",
        4,
        ((RUNS, MOVED, MOVED + "        session.rollback()\n"),),
    ),
    Mutant(
        "the last answer is not written down first",
        4,
        ((RUNNING, ANSWERING, "        return runs.get(desk.store, job.run.id).stopped_by is None\n"),),
    ),
    Mutant(
        "retried after a time-out",
        1,
        (
            (
                RUNNING,
                CONVERSE,
                CONVERSE
                + "    if reply.ending is Ending.TIMED_OUT:\n    "
                + CONVERSE.replace("\n    ", "\n        ").rstrip()
                + "\n",
            ),
        ),
        (SPLIT,),
        ("the next request is lost",),
    ),
    Mutant(
        "a restart goes on with what was left",
        1,
        (
            (
                RECOVERING,
                'persist(desk, partial(reconcile, desk, run, "I was restarted."))',
                'import_module("bot.services.execution").execute(desk, run.id, {})',
            ),
            (RECOVERING, "import logging\n", "import logging\nfrom importlib import import_module\n"),
        ),
        (SPLIT,),
        ("the bot is killed",),
    ),
    Mutant(
        "a restart takes what was being sent for not sent",
        9,
        ((RECOVERING, LOST_RUN, LOST_RUN.replace("UNKNOWN", "NOT_SENT")),),
        (SPLIT,),
        ("the bot is killed",),
    ),
    Mutant("one silent look is dead", 5, ((VERDICT, "SILENT_LOOKS = 2 ", "SILENT_LOOKS = 1 "),), (OFF,)),
    Mutant(
        "an approval has no end",
        2,
        ((RUNNING, "    if now >= job.request.expires_at:\n", "    if False:\n"),),
        (SPLIT,),
        ("the approval's time passes",),
    ),
    Mutant(
        "a request has no end",
        2,
        (
            (DECIDING, "    if desk.now() >= request.expires_at:\n", "    if False:\n"),
            (
                REQUESTS,
                "col(Request.stage) == Stage.PENDING, col(Request.expires_at) > now",
                "col(Request.stage) == Stage.PENDING",
            ),
        ),
        (SPLIT,),
        ("the approval's time passes",),
    ),
    Mutant("no identity check", 3, ((OBSERVATION, OWN, ""),), (SPLIT,), ("the ways are swapped",)),
    Mutant(
        "identity proven in another session",
        3,
        ((RUNNING, "own = look_in(desk, pair, job.role, session)", "own = look(desk, pair, job.role)"),),
    ),
    Mutant(
        "no pair lock",
        7,
        (
            (REQUESTS, INSERT_CHECK, "if False:"),
            (ASKING, "    if runs.open_run(desk.store, pair.name) or ", "    if "),
            (TABLES, 'Index("uq_run_open", "pair", unique=True,', 'Index("uq_run_open", "pair",'),
        ),
        (SPLIT,),
        ("somebody else asks too",),
    ),
    Mutant(
        "unknown does not block",
        7,
        (
            (REQUESTS, INSERT_CHECK, "if False:"),
            (
                RUNS,
                "row = session.exec(select(Run).where(Run.pair == pair, col(Run.phase).in_(OPEN_PHASES))).first()",
                "row = session.exec(select(Run).where(Run.pair == pair, col(Run.phase).in_(STOPPABLE))).first()",
            ),
        ),
        (SPLIT,),
        ("the next reply is lost",),
    ),
    Mutant(
        "the requester approves",
        6,
        (
            (
                APPROVAL,
                "return listed(pair.approvers, members) - {requester}",
                "return listed(pair.approvers, members)",
            ),
            (APPROVAL, "    if person.id == requester:\n", "    if False:\n"),
        ),
        (SPLIT,),
        ("wrong people click",),
    ),
    Mutant(
        "one approver counts twice",
        6,
        (
            (TABLES, '__table_args__ = (UniqueConstraint("request_id", "person"),)', "__table_args__ = ()"),
            (MIGRATION, '        sa.UniqueConstraint("request_id", "person", name="uq_approval_request_id"),\n', ""),
            (RUNNING, "len(set(request.approved_by))", "len(request.approved_by)"),
        ),
        (TWO,),
        ("the same click again",),
    ),
    Mutant(
        "a time-out is a failure",
        9,
        ((OUTCOME, UNRETURNED, UNRETURNED.replace("UNKNOWN", "FAILED")),),
        (SPLIT,),
        ("bot cut off from the Primary",),
    ),
    Mutant(
        "a lost reply means not sent",
        9,
        ((OUTCOME, UNRETURNED, UNRETURNED.replace("UNKNOWN", "NOT_SENT")),),
        (SPLIT,),
        ("bot cut off from the Primary",),
    ),
    Mutant(
        "exit status 0 is success",
        9,
        (
            (
                OUTCOME,
                "    primary = after.own(Role.PRIMARY)\n    if reached",
                "    primary = after.own(Role.PRIMARY)\n    if reply.exit == 0:\n"
                '        return Judgement(Outcome.SUCCEEDED, "It returned 0.")\n    if reached',
            ),
        ),
        ("planned hand-over",),
        ("somebody fails back", "Secondary loses power"),
    ),
    Mutant(
        "nothing seen is nothing changed",
        9,
        ((OUTCOME, "    if out_of_sight or not (missed or (same and reply.exit)):\n", "    if out_of_sight:\n"),),
        ("new Secondary, no account",),
    ),
    Mutant(
        "a cached observation",
        2,
        (
            (
                RUNNING,
                "    peer = look(desk, pair, job.role.peer)\n",
                "    from bot.domain.observation import Probe\n    from bot.domain.status import parse\n\n"
                "    kept = request.seen.seen(job.role.peer)\n"
                "    peer = Probe(kept.role, kept.at, parse(kept.text, pair.labels))\n",
            ),
        ),
    ),
    Mutant(
        "Stop is ignored",
        1,
        ((RUNS, FREE, "    free = (col(Run.answered_at).is_(None), col(Run.holder) == store.me)"),),
        (SPLIT,),
        ("somebody presses Stop",),
    ),
    Mutant(
        "digest without the host key",
        2,
        (digest_without("host_key"),),
        (SPLIT,),
        ("other keys are pinned and checked",),
    ),
    Mutant(
        "digest without the statements",
        2,
        (digest_without("statements"),),
        ("not serving, then off",),
        ("ten minutes pass",),
    ),
    Mutant("digest without the own states", 2, (digest_without("states"),), (SICK,), ("Primary says Failed",)),
    Mutant(
        "an old look is good enough",
        2,
        ((RUNNING, "if not timedelta(0) <= now - seen_at <= FRESH:", "if False:"),),
        (SPLIT,),
        ("half a minute passes",),
    ),
    Mutant(
        "a clock that jumps back is ignored",
        12,
        ((RUNNING, "if not timedelta(0) <= now - seen_at <= FRESH:", "if now - seen_at > FRESH:"),),
        (SPLIT,),
        ("an hour back",),
    ),
    Mutant(
        "time is not looked at again after the last commit",
        2,
        (
            (
                RUNNING,
                "    _check_in_time(desk, job, seen_at)  # checked again, since writing may have taken long\n",
                "",
            ),
        ),
        (SPLIT,),
        ("half a minute passes",),
    ),
    Mutant(
        "a look is as young as its answer",
        2,
        ((RUNNING, "reply = _send(desk, job, session, asked)", "reply = _send(desk, job, session, own.at)"),),
        (SPLIT,),
        ("half a minute passes",),
    ),
    Mutant(
        "settings cached",
        6,
        (
            (
                RUNNING,
                "    pair, action = desk.pair(request.pair), desk.action(request.action)\n    _check",
                "    pair, action = _kept(desk, request.pair), desk.action(request.action)\n    _check",
            ),
            (
                RUNNING,
                "class NotSent(Exception):",
                "_KEPT: dict[str, Pair] = {}\n\n\ndef _kept(desk: Desk, name: str) -> Pair:\n"
                "    if name not in _KEPT:\n        _KEPT[name] = desk.pair(name)\n    return _KEPT[name]\n\n\n"
                "class NotSent(Exception):",
            ),
        ),
        (SPLIT,),
        ("the approver is removed",),
    ),
    Mutant(
        "the pairs file is known by its time and size",
        6,
        (
            ("bot/settings/pairs.py", "lambda raw: _parse(raw,", "lambda _: _parse(path.read_bytes(),"),
            (
                "bot/settings/pairs.py",
                "self._parsed(path.read_bytes())",
                "self._parsed((path.stat().st_mtime_ns, path.stat().st_size))",
            ),
        ),
        guard="tests/settings/test_settings.py::test_another_approver_counts_although_time_and_size_are_the_same",
    ),
    Mutant(
        "authority is read at the click only",
        6,
        ((RUNNING, "    _check_authority(desk, pair, request)\n", ""),),
        (SPLIT,),
        ("the approver is removed",),
    ),
    Mutant(
        "secrets stay in the transcript",
        14,
        (
            (RUNNING, "        text = text.replace(secret, MASK)\n", "        pass\n"),
            ("bot/ssh/transcript.py", "        if self._whole is None:\n", "        if True:\n"),
        ),
        ("new Secondary",),
    ),
    Mutant(
        "the code is kept with the request",
        14,
        (
            (
                DECIDING,
                "    own_secrets = dict(secrets)\n",
                "    own_secrets = dict(secrets)\n    from bot.store import sightings\n"
                "    from bot.domain.statement import StatementKind\n\n"
                "    kind, code = StatementKind.CHOSEN, str(own_secrets)\n"
                "    sightings.state_it(desk.store, pair.name, kind, request.requester, code)\n",
            ),
        ),
        ("new Secondary",),
    ),
    Mutant(
        "a run is ended twice",
        8,
        (
            (
                RUNS,
                "    ended = update(Run).where(col(Run.id) == run_id, col(Run.phase).in_(start))",
                "    ended = update(Run).where(col(Run.id) == run_id)",
            ),
        ),
        (SPLIT,),
        ("it is taken for dead by another replica",),
    ),
    Mutant(
        "an end is not told",
        8,
        ((RUNS, "            tell_end(session, now, row, channel, bool(transcript))\n", "            pass\n"),),
    ),
    Mutant(
        "a change without its audit entry",
        13,
        ((RUNS, MOVED.splitlines(keepends=True)[0], ""),),
    ),
    Mutant(
        "recovery gives up where the settings do",
        8,
        (
            (
                RECOVERING,
                "    try:\n        pair = desk.pair(name)\n    except Refusal:\n        return None\n",
                "    pair = desk.pair(name)\n",
            ),
            (
                RECOVERING,
                'persist(desk, partial(reconcile, desk, run, "I was restarted."))',
                'reconcile(desk, run, "I was restarted.")',
            ),
            (
                RECOVERING,
                "        except Exception as error:  # the bot still has",
                "        except KeyError as error:  # the bot still has",
            ),
        ),
        (SPLIT,),
        ("the bot is killed and its pair removed",),
    ),
    Mutant(
        "no acknowledgement after a failure",
        10,
        ((ASKING, "    if last.phase in DUE_AFTER:\n", "    if False:\n"),),
        (SPLIT,),
        ("an unknown question first",),
    ),
    Mutant(
        "no cool-down",
        10,
        ((ASKING, "    if age < timedelta(minutes=pair.cool_down_minutes):\n", "    if False:\n"),),
        ("failed over",),
    ),
    Mutant(
        "a peer's word counts as a server's own",
        5,
        ((OBSERVATION, "            return State.UNSEEN\n", "            return peer.peer\n"),),
        guard="golden",
    ),
    Mutant(
        "failover without a statement",
        5,
        (
            (
                "commands/ha_failover.py",
                "SituationCode.PRIMARY_SILENT: ((StatementKind.OFF,),),",
                "SituationCode.PRIMARY_SILENT: ((),),",
            ),
        ),
        guard="golden",
    ),
    Mutant(
        "Degraded leads to a failover",
        5,
        (
            (
                "commands/ha_failover.py",
                "SituationCode.NOT_IN_STEP: ((StatementKind.NOT_SERVING,),),",
                "SituationCode.NOT_IN_STEP: ((),),",
            ),
        ),
        guard="golden",
    ),
    Mutant(
        "what was taken over is gone on with",
        1,
        ((RUNS, FREE, FREE.replace(", col(Run.holder) == store.me", "")),),
        (SPLIT,),
        ("it is taken for dead, and not ended at once",),
    ),
    Mutant(
        "another replica takes what a living one holds",
        1,
        (
            (
                "bot/store/ownership.py",
                "return or_(holder.is_(None), elsewhere)",
                "return or_(holder.is_(None), holder != store.me)",
            ),
        ),
        (SPLIT,),
        ("another replica starts",),
    ),
    Mutant(
        "a question is answered after the run was taken over",
        1,
        (
            (
                RUNNING,
                "now.stopped_by is None and now.phase is Phase.SENDING and now.holder == desk.store.me",
                "now.stopped_by is None",
            ),
        ),
        ("new Secondary",),
        ("it is taken for dead by another replica",),
    ),
    Mutant(
        "settings that were never checked are driven",
        12,
        ((RUNNING, "    _check_armed(desk, pair)\n    job", "    job"),),
        (SPLIT,),
        ("another login is set",),
    ),
    Mutant(
        "what cannot be written down is answered",
        12,
        ((RUNNING, "        return False  # an answer that cannot be stored is not sent\n", "        return True\n"),),
        (SPLIT,),
        ("the database is away",),
    ),
    Mutant(
        "Slack away means that all may",
        12,
        (
            (
                RUNNING,
                '            raise NotSent("I could not ask Slack who may do this.") from None\n',
                "            return\n",
            ),
        ),
        (SPLIT,),
        ("Slack is away",),
    ),
    Mutant(
        "a lost Primary is not marked",
        11,
        ((OUTCOME, "        lost = primary in aim.lost\n", "        lost = False\n"),),
        guard="tests/domain/test_outcome.py::test_a_failover_that_lost_the_primary_succeeded_and_flags_it",
    ),
    Mutant(
        "any host key will do",
        3,
        (
            ("bot/ssh/host_key_auth.py", "paramiko.RejectPolicy() if pin", "paramiko.AutoAddPolicy() if pin"),
            ("bot/ssh/host_key_auth.py", "    if pin:\n        name", "    if False:\n        name"),
        ),
        guard="tests/ssh/test_host_keys.py::test_a_wrong_key_ends_before_the_login",
    ),
    Mutant(
        "hung up on at its limit",
        8,
        (
            (
                "bot/ssh/dialogue.py",
                "return not self._audience.waits() if self._committed else self._deadline.passed",
                "return self._deadline.passed",
            ),
        ),
        guard="tests/ssh/test_dialogue.py::test_it_ends_as_the_server_ended_it_however_long_after_its_time",
    ),
    Mutant(
        "closed before it must have ended",
        7,
        (
            (CLOSING, "        _check_over(desk, runs.get(desk.store, run_id))\n", ""),
            (CLOSED, "col(Run.phase) == Phase.UNKNOWN, decidable(now))", "col(Run.phase) == Phase.UNKNOWN)"),
        ),
        (SPLIT,),
        ("the bot is killed and back at once",),
    ),
    Mutant(
        "the time to decide counts from the approval",
        7,
        ((RUNNING, "seconds=command_line(job.pair, job.action).longest + job.pair.verify_seconds", "seconds=60"),),
        (SPLIT,),
        ("the bot is killed and back at once",),
    ),
    Mutant(
        "released while it is at work",
        7,
        (
            (
                CLOSED,
                "col(Run.phase) == Phase.UNKNOWN, decidable(now))",
                "col(Run.phase).in_((Phase.SENDING, Phase.UNKNOWN)))",
            ),
        ),
        (SPLIT,),
        ("somebody says how it ended while it is at work",),
    ),
    Mutant(
        "a clock that jumps ahead makes it earlier",
        7,
        ((RECOVERING, "            run_progress.put_off(desk.store, by)\n", ""),),
        (SPLIT,),
        ("the clock jumps ahead and the bot is killed",),
    ),
    Mutant(
        "what worked in part needs no acknowledgement",
        10,
        ((ASKING, "    if last.phase in DUE_AFTER:\n", "    if last.phase in DUE_AFTER and not last.partly:\n"),),
        (SPLIT,),
        ("the bot is killed and back at once",),
    ),
    Mutant(
        "a half-done failover is gone on with after another command",
        5,
        (
            (
                HISTORY,
                "(run for run in history.runs if run.sent_at and run.phase is not Phase.NOT_SENT)",
                "(run for run in history.runs if run.action == FAILOVER and run.phase is not Phase.NOT_SENT)",
            ),
            (
                HISTORY,
                "over is not None and not any(State.ACTIVE in",
                "over is not None or not any(State.ACTIVE in",
            ),
        ),
        guard="tests/services/test_half_done_failover.py::test_nothing_is_gone_on_with_once_something_came_after_it",
    ),
    Mutant(
        "a half-done failover is gone on with after a step by hand",
        5,
        ((HISTORY, "history.by_hand_since(sent) or ", ""),),
        guard="tests/services/test_half_done_failover.py::test_nothing_is_gone_on_with_once_something_came_after_it",
    ),
    Mutant(
        "a half-done failover is gone on with before it is closed",
        5,
        (
            (
                HISTORY,
                "ENDED = (Phase.FAILED, Phase.TOOK_EFFECT, Phase.DID_NOT)",
                "ENDED = (Phase.UNKNOWN, Phase.FAILED, Phase.TOOK_EFFECT, Phase.DID_NOT)",
            ),
        ),
        guard="tests/services/test_half_done_failover.py::test_it_is_gone_on_with_by_a_request_of_its_own_and_a_reason",
    ),
    Mutant(
        "a half-done failover needs no acknowledgement",
        10,
        ((ASKING, "    if assess(seen).name is SituationCode.HALF_OVER:\n", "    if False:\n"),),
        guard="tests/services/test_half_done_failover.py::test_a_person_may_state_that_a_failover_was_interrupted",
    ),
)
