"""One simulated appliance: its sessions, its dialogues, and the faults that wait for its next command.

All output, questions and exit codes are INVENTED: the vendor documents only the labels of `ha-status`.
Exit codes here: 0 done, 1 nothing done, 2 not offered, 3 refused at work, 127 no such command.
"""

import asyncio
import time

from bot.simulator.pair import effects, layouts
from bot.simulator.pair.effects import Command, Refused
from bot.simulator.pair.layouts import LAYOUTS
from bot.simulator.pair.questions import accepted, questions
from bot.simulator.pair.terminal import Terminal
from bot.simulator.pair.tricks import Cut, Manner, Tricks
from bot.simulator.pair.world import Execution, Pair, Role, Sickness, World


class _Killed(Exception):
    """The command's process dies here."""


class _LineCut(Exception):
    """The connection drops here."""


class Appliance:
    """The console of one server; every method belongs to the pair's event loop."""

    def __init__(self, world: World, role: Role, manner: Manner) -> None:
        self.world, self.role, self.manner = world, role, manner
        self.tricks = Tricks()
        self.logins = 0  # how often somebody began to log on
        self._layout = LAYOUTS[manner.layout]
        self._sessions: set[asyncio.Task[None]] = set()

    def serve(self, terminal: Terminal, line: str | None) -> None:
        """Start a session that runs one command line, or an interactive shell when there is none."""
        task = asyncio.get_running_loop().create_task(self._session(terminal, line))
        self._sessions.add(task)
        task.add_done_callback(self._sessions.discard)

    def stop(self) -> None:
        """The power goes: no session lives on, no effect is still to come."""
        for task in self._sessions:
            task.cancel()

    async def _session(self, terminal: Terminal, line: str | None) -> None:
        try:
            await self._awake()
            code = await self._admit(terminal, line)
        except _Killed:
            terminal.kill()
        except _LineCut:
            terminal.cut()
        except asyncio.CancelledError:
            terminal.cut()
            raise
        else:
            terminal.exit(code)

    async def _admit(self, terminal: Terminal, line: str | None) -> int:
        if self.manner.needs_pty and not terminal.pty:
            terminal.write("This console needs a terminal (pty).\n", error=True)
            return 1
        if line is None:
            return await self._shell(terminal)
        if self.manner.shell_only:
            terminal.write("interactive shell only\n", error=True)
            return 1
        return await self._run(terminal, line)

    async def _shell(self, terminal: Terminal) -> int:
        names = "\n".join(f"  {command}" for command in effects.offered(self.world.pair, self.role))
        terminal.write(f"Simulated PAM Server, Management Interface\nCommands:\n{names}\n")
        while True:
            terminal.write(f"{self.role}> ")
            line = await terminal.read_line()
            if line is None or line.strip() in ("exit", "logout"):
                return 0
            if line.strip():
                await self._run(terminal, line.strip())

    async def _run(self, terminal: Terminal, line: str) -> int:
        execution = self.world.begin(self.role, line)
        await asyncio.sleep(self.tricks.slow)
        await self._awake()
        try:
            execution.exit = await self._command(terminal, execution)
            return execution.exit
        finally:
            execution.ended = time.time()

    async def _command(self, terminal: Terminal, execution: Execution) -> int:
        try:
            command = Command(execution.line.removeprefix("sudo ").strip())
        except ValueError:
            terminal.write(f"{execution.line.split()[0]}: command not found\n", error=True)
            return 127
        if command is Command.STATUS:
            return self._status(terminal)
        execution.changing = True
        why = effects.refusal(self.world.pair, self.role, command)
        if why is not None:
            terminal.write(why + "\n", error=True)
            return 2
        return await self._change(terminal, command, execution)

    def _status(self, terminal: Terminal) -> int:
        pair = self.world.pair
        match pair.server(self.role).sick:
            case _ if self.tricks.raw is not None:
                terminal.write(self.tricks.raw)
            case Sickness.GARBAGE:
                terminal.write(layouts.GARBAGE)
            case Sickness.MUTE:
                terminal.write(layouts.MUTE, error=True)
                return 1
            case _:
                terminal.write(self._layout.status(pair, self.role, self.manner.peer_row))
        return 0

    async def _change(self, terminal: Terminal, command: Command, execution: Execution) -> int:
        cut, self.tricks.cut = self.tricks.cut, None
        terminal.write(effects.announcement(self.world.pair, self.role, command) + "\n")
        answers = await self._answers(terminal, command, execution, cut)
        if answers is None:
            terminal.write("Nothing was done.\n")
            return 1
        execution.started = True
        await self._work(terminal, cut)
        try:
            self.world.update(lambda pair: self._effect(pair, command, answers), execution)
        except Refused as refused:
            terminal.write(f"{refused}\n", error=True)
            return 3
        if cut is Cut.AFTER:
            raise _LineCut
        terminal.write(f"{command}: completed.\n")
        return 0

    def _effect(self, pair: Pair, command: Command, answers: dict[str, str]) -> Pair:
        if not pair.server(self.role).powered:
            raise _Killed  # the power went in this very moment
        return effects.carried_out(pair, self.role, command, answers)

    async def _answers(
        self, terminal: Terminal, command: Command, execution: Execution, cut: Cut | None
    ) -> dict[str, str] | None:
        answers: dict[str, str] = {}
        surprise, self.tricks.question = self.tricks.question, None
        for name, prompt in questions(command, self._layout, surprise):
            terminal.write(prompt)
            execution.asked.append(prompt)
            if cut is Cut.PROMPT:
                raise _LineCut
            answer = await terminal.read_line()
            await self._awake()
            if answer is None:
                return None
            execution.answered.append(answer)
            answers[name] = answer.strip()
            if not accepted(name, answers[name].lower(), self._layout):
                return None
        return answers

    async def _work(self, terminal: Terminal, cut: Cut | None) -> None:
        """Pass the time that an effect takes. Without a pty, a command outlives its line, as on sshd."""
        seconds = self.manner.seconds
        match cut:
            case Cut.BEFORE | Cut.KILLED:
                await self._pass(terminal, seconds / 2)
                raise _LineCut if cut is Cut.BEFORE else _Killed
            case Cut.MIDWAY:
                await self._pass(terminal, seconds / 2)
                terminal.cut()
                await asyncio.sleep(seconds / 2)
            case _:
                await self._pass(terminal, seconds)
        await self._awake()

    async def _pass(self, terminal: Terminal, seconds: float) -> None:
        if not terminal.pty:
            await asyncio.sleep(seconds)
            return
        done, _ = await asyncio.wait({hangup := asyncio.ensure_future(terminal.hung_up.wait())}, timeout=seconds)
        hangup.cancel()
        if done:
            raise _Killed

    async def _awake(self) -> None:
        while self.world.pair.server(self.role).frozen:
            await asyncio.sleep(0.01)
