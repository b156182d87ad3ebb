"""The seeded bugs, each as what somebody could write on a tired evening."""

from tests.proof.mutants import (
    APPROVAL,
    ASKING,
    DECIDING,
    MIGRATION,
    OBSERVATION,
    OUTCOME,
    PLAN,
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
        job.request.plan.line,
        line.dialogue,
        dict(job.request.plan.details),
        job.secrets,
        line.time_limit,
        lambda index: _may_answer(desk, job, index),
    )
"""
GUARD = """    if not runs.sending(desk.store, job.run.id, asks=bool(line.dialogue)):
        raise NotSent(_stopped_words(desk, job))
"""
ANSWERING = "        if not runs.answering(desk.store, job.run.id):\n            return False\n"
LOST_RUN = "            runs.end(desk.store, run.id, Judgement(Outcome.UNKNOWN, words), _evidence(desk, run.pair), \"\")"
UNRETURNED = 'return Judgement(Outcome.UNKNOWN, f"I cannot tell how it ended: {_ending(reply)}. It may have run.")'
FREE = "    free = (col(Run.stopped_by).is_(None), col(Run.answered_at).is_(None))"
OWN = """    if report.host is not look.role or not same_address(report.address or "", pair.server(look.role).address):
        return State.CONFLICT
"""
INSERT_CHECK = "if session.exec(select(Run).where(Run.pair == row.pair, col(Run.phase).in_(OPEN_PHASES))).first():"
SICK, SPLIT, OFF, CHOSEN = "active but not serving", "split brain", "Primary off", "degraded, chosen"
TWO = "split brain, two to approve"

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "no drift check",
        ((RUNNING, "if now.digest() != job.request.digest:", "if False:"),),
        (SICK,),
        ("Primary says Failed",),
    ),
    Mutant(
        "the rule is not asked again",
        ((RUNNING, "    if not said.allowed:\n", "    if False:\n"),),
        ("Primary isolated, live rows",),
        ("servers find each other again",),
    ),
    Mutant(
        "claim not atomic",
        (
            (RUNS, "    try:\n        with store.writing() as session:\n" + RACED, READ_FIRST),
            (TABLES, '        UniqueConstraint("request_id"),\n    )\n    id: int | None = Field(default=None, '
             'primary_key=True)\n    request_id: int = Field(foreign_key="request.id")\n',
             '    )\n    id: int | None = Field(default=None, primary_key=True)\n'
             '    request_id: int = Field(foreign_key="request.id")\n'),
            (MIGRATION, '        sa.UniqueConstraint("request_id", name="uq_run_request_id"),\n', ""),
        ),
        (CHOSEN,),
        ("the same click on another replica",),
    ),
    Mutant(
        "intent recorded after the command",
        (
            (RUNNING, GUARD, ""),
            (RUNNING, CONVERSE, CONVERSE + "    runs.sending(desk.store, job.run.id, asks=bool(line.dialogue))\n"),
        ),
    ),
    Mutant(
        "sent inside the transaction that records it",
        ((RUNS, '        _show(session, now, row, _channel(session, row))\n    store.woken()\n    return True\n',
          '        _show(session, now, row, _channel(session, row))\n        session.rollback()\n'
          '    store.woken()\n    return True\n'),),
    ),
    Mutant(
        "the last answer is not written down first",
        ((RUNNING, ANSWERING, "        if runs.get(desk.store, job.run.id).stopped_by:\n            return False\n"),),
    ),
    Mutant(
        "retried after a time-out",
        ((RUNNING, CONVERSE, CONVERSE + "    if reply.ending is Ending.TIMED_OUT:\n    " + CONVERSE.replace("\n    ", "\n        ").rstrip() + "\n"),),
        (SPLIT,),
        ("the next request is lost",),
    ),
    Mutant(
        "a restart goes on with what was left",
        ((RUNNING, 'persist(desk, partial(reconcile, desk, run, "I was restarted."))', "execute(desk, run.id, {})"),),
        (SPLIT,),
        ("the bot is killed",),
    ),
    Mutant(
        "a restart takes what was being sent for not sent",
        ((RUNNING, LOST_RUN, LOST_RUN.replace("UNKNOWN", "NOT_SENT")),),
        (SPLIT,),
        ("the bot is killed",),
    ),
    Mutant("one silent look is dead", ((VERDICT, "SILENT_LOOKS = 2 ", "SILENT_LOOKS = 1 "),), (OFF,)),
    Mutant(
        "an approval has no end",
        ((RUNNING, "    if desk.now() >= job.request.expires_at:\n", "    if False:\n"),),
        (SPLIT,),
        ("the approval's time passes",),
    ),
    Mutant(
        "a request has no end",
        (
            (DECIDING, "    if desk.now() >= request.expires_at:\n", "    if False:\n"),
            (REQUESTS, "col(Request.stage) == Stage.PENDING, col(Request.expires_at) > now",
             "col(Request.stage) == Stage.PENDING"),
        ),
        (SPLIT,),
        ("the approval's time passes",),
    ),
    Mutant("no identity check", ((OBSERVATION, OWN, ""),), (SPLIT,), ("the ways are swapped",)),
    Mutant(
        "identity proven in another session",
        ((RUNNING, "own = look_in(desk, pair, job.role, session)", "own = look(desk, pair, job.role)"),),
    ),
    Mutant(
        "no pair lock",
        (
            (REQUESTS, INSERT_CHECK, "if False:"),
            (ASKING, "    if run := runs.open_run(desk.store, pair.name):\n", "    if (run := None) is not None:\n"),
            (TABLES, 'Index("uq_run_open", "pair", unique=True,', 'Index("uq_run_open", "pair",'),
        ),
        (SPLIT,),
        ("somebody else asks too",),
    ),
    Mutant(
        "unknown does not block",
        (
            (REQUESTS, INSERT_CHECK, "if False:"),
            (RUNS, "row = session.exec(select(Run).where(Run.pair == pair, col(Run.phase).in_(OPEN_PHASES))).first()",
             "row = session.exec(select(Run).where(Run.pair == pair, col(Run.phase).in_(STOPPABLE))).first()"),
        ),
        (SPLIT,),
        ("the next reply is lost",),
    ),
    Mutant(
        "the requester approves",
        (
            (APPROVAL, "return listed(pair.approvers, members) - {requester}", "return listed(pair.approvers, members)"),
            (APPROVAL, "    if person.id == requester:\n", "    if False:\n"),
        ),
        (SPLIT,),
        ("wrong people click",),
    ),
    Mutant(
        "one approver counts twice",
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
        ((OUTCOME, UNRETURNED, UNRETURNED.replace("UNKNOWN", "FAILED")),),
        (SPLIT,),
        ("the next reply is lost",),
    ),
    Mutant(
        "a lost reply means not sent",
        ((OUTCOME, UNRETURNED, UNRETURNED.replace("UNKNOWN", "NOT_SENT")),),
        (SPLIT,),
        ("bot cut off from the Primary",),
    ),
    Mutant(
        "exit status 0 is success",
        ((OUTCOME, "    primary = after.own(Role.PRIMARY)\n    if reached",
          "    primary = after.own(Role.PRIMARY)\n    if reply.exit == 0:\n"
          '        return Judgement(Outcome.SUCCEEDED, "It returned 0.")\n    if reached'),),
        ("planned hand-over",),
        ("somebody fails back", "Secondary loses power"),
    ),
    Mutant(
        "nothing seen is nothing changed",
        ((OUTCOME, "    if out_of_sight or not (missed or (same and reply.exit)):\n", "    if out_of_sight:\n"),),
        ("new Secondary, no account",),
    ),
    Mutant(
        "a cached observation",
        ((RUNNING, "    peer = look(desk, pair, job.role.peer)\n",
          "    from bot.domain.observation import Look\n    from bot.domain.status import parse\n\n"
          "    kept = request.seen.seen(job.role.peer)\n"
          "    peer = Look(kept.role, kept.at, parse(kept.text, pair.labels))\n"),),
    ),
    Mutant(
        "Stop is ignored",
        ((RUNS, FREE, "    free = (col(Run.answered_at).is_(None),)"),),
        (SPLIT,),
        ("somebody presses Stop",),
    ),
    Mutant("digest without the host key", (digest_without("host_key"),), (SPLIT,), ("other keys are pinned",)),
    Mutant(
        "digest without the statements",
        (digest_without("statements"),),
        ("planned, then not serving",),
        ("ten minutes pass",),
    ),
    Mutant("digest without the own states", (digest_without("states"),), (SICK,), ("Primary says Failed",)),
    Mutant(
        "an old look is good enough",
        ((RUNNING, "if not timedelta(0) <= desk.now() - seen_at <= FRESH:", "if False:"),),
        (SPLIT,),
        ("half a minute passes",),
    ),
    Mutant(
        "a clock that jumps back is ignored",
        ((RUNNING, "if not timedelta(0) <= desk.now() - seen_at <= FRESH:", "if desk.now() - seen_at > FRESH:"),),
        (SPLIT,),
        ("an hour back",),
    ),
    Mutant(
        "a look is as young as its answer",
        ((RUNNING, "reply = _send(desk, job, session, asked)", "reply = _send(desk, job, session, own.at)"),),
        (SPLIT,),
        ("half a minute passes",),
    ),
    Mutant(
        "settings cached",
        ((RUNNING, "    pair, action = desk.pair(request.pair), desk.action(request.action)\n    _check",
          "    pair, action = _kept(desk, request.pair), desk.action(request.action)\n    _check"),
         (RUNNING, "class NotSent(Exception):",
          "_KEPT: dict[str, Pair] = {}\n\n\ndef _kept(desk: Desk, name: str) -> Pair:\n"
          "    if name not in _KEPT:\n        _KEPT[name] = desk.pair(name)\n    return _KEPT[name]\n\n\n"
          "class NotSent(Exception):")),
        (SPLIT,),
        ("the approver is removed",),
    ),
    Mutant(
        "authority is read at the click only",
        ((RUNNING, "    _check_authority(desk, pair, request)\n", ""),),
        (SPLIT,),
        ("the approver is removed",),
    ),
    Mutant(
        "secrets stay in the transcript",
        (
            (RUNNING, "        text = text.replace(secret, MASK)\n", "        pass\n"),
            ("bot/console/transcript.py", "        if self._whole is None:\n", "        if True:\n"),
        ),
        ("new Secondary",),
    ),
    Mutant(
        "the code is kept with the request",
        ((DECIDING, "    held = dict(secrets)\n",
          "    held = dict(secrets)\n    from bot.store import evidence\n    from bot.domain.statement import Kind\n\n"
          "    evidence.state_it(desk.store, pair.name, Kind.CHOSEN, request.requester, str(held))\n"),),
        ("new Secondary",),
    ),
    Mutant(
        "a run is ended twice",
        ((RUNS, "    ended = update(Run).where(col(Run.id) == run_id, col(Run.phase).in_(STOPPABLE))",
          "    ended = update(Run).where(col(Run.id) == run_id)"),),
        (SPLIT,),
        ("another replica starts",),
    ),
    Mutant(
        "an end is not told",
        ((RUNS, "            _tell_end(session, now, row, channel, bool(transcript))\n", "            pass\n"),),
    ),
    Mutant(
        "a change without its audit entry",
        ((RUNS, "        audit(session, now, kind, pair=row.pair, state=phase, **ids)\n", ""),),
    ),
    Mutant(
        "recovery gives up where the settings do",
        ((RUNNING, "    try:\n        pair = desk.pair(name)\n    except Refusal:\n        return None\n",
          "    pair = desk.pair(name)\n"),
         (RUNNING, 'persist(desk, partial(reconcile, desk, run, "I was restarted."))',
          'reconcile(desk, run, "I was restarted.")')),
        (SPLIT,),
        ("the bot is killed and its pair removed",),
    ),
    Mutant(
        "no acknowledgement after a failure",
        ((ASKING, "    if last.phase in DUE_AFTER:\n", "    if False:\n"),),
        (SPLIT,),
        ("an unknown question first",),
    ),
    Mutant(
        "no cool-down",
        ((ASKING, "    if age < timedelta(minutes=pair.cool_down_minutes):\n", "    if False:\n"),),
        ("failed over",),
    ),
    Mutant(
        "a peer's word counts as a server's own",
        ((OBSERVATION, "            return State.UNSEEN\n", "            return peer.peer\n"),),
        guard="golden",
    ),
    Mutant(
        "an unproven peer row is believed",
        ((OBSERVATION, "if self.pair.peer_row is PeerRow.LIVE and peer is not None", "if peer is not None"),),
        (OFF,),
        guard="schedules",
    ),
    Mutant(
        "failover without a statement",
        (("commands/ha_failover.py", "Name.PRIMARY_SILENT: ((Kind.OFF,),),", "Name.PRIMARY_SILENT: ((),),"),),
        guard="golden",
    ),
    Mutant(
        "Degraded leads to a failover",
        (("commands/ha_failover.py", "Name.NOT_IN_STEP: ((Kind.NOT_SERVING,),),", "Name.NOT_IN_STEP: ((),),"),),
        guard="golden",
    ),
)

