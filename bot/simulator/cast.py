"""Who plays in the demo and in the tests: two on call, two approvers, an outsider, and some who must be refused."""

from bot.simulator.slack import Channel, Group, Person

ALICE = Person("U0ALICE", "alice", "Alice Ando")
DAVE = Person("U0DAVE", "dave", "Dave Diaz")
BOB = Person("U0BOB", "bob", "Bob Baker")
CAROL = Person("U0CAROL", "carol", "Carol Chen")
OLIVIA = Person("U0OLIVIA", "olivia", "Olivia Outside")

FIVE = (ALICE, DAVE, BOB, CAROL, OLIVIA)
REQUESTERS = (ALICE.id, DAVE.id, BOB.id)
APPROVERS = (BOB.id, CAROL.id)
BOT = "U0PAIRKEEPER"
OPS = "C0PAMOPS"


def channels(*more: Person) -> list[Channel]:
    """The channel in which the pairs' cards appear, and one that has nothing to do with them."""
    everybody = (*(person.id for person in (*FIVE, *more)), BOT)
    return [Channel(OPS, "pam-ops", members=everybody), Channel("C0GENERAL", "general", members=everybody)]


def groups() -> list[Group]:
    """The approvers as a user group, too."""
    return [Group("S0APPROVERS", "pam-approvers", APPROVERS)]


GRETA = Person("U0GRETA", "greta", "Greta Guest", kind="guest")
DELIA = Person("U0DELIA", "delia", "Delia Deleted", kind="deleted")
STAN = Person("U0STAN", "stan", "Stan Stranger", kind="stranger")

REFUSED = (GRETA, DELIA, STAN)
