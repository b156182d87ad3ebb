"""A pairs file that is right."""

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKPTEhBEfP0sZ2WZWcqd1HPAGQvFhDQ4oqkBjTkbRkE5"


GOOD = f"""
[pairs.london]
channel = "C0123456789"
requesters = ["U0ALICE", "S0ONCALL"]
approvers = ["U0BOB", "U0CAROL"]
approvals = 2
approval_minutes = 20
peer_row = "live"
floating_ip = "10.0.0.10"

[pairs.london.primary]
host = "192.0.2.11"
address = "10.0.0.11"
user = "pairkeeper"
key = "/keys/id_ed25519"
host_key = "{KEY} root@pam-a"

[pairs.london.secondary]
host = "192.0.2.12"
port = 2222
address = "10.0.0.12"
user = "pairkeeper"
agent = true
host_key = "{KEY}"
pty = true
prefix = "sudo"
jump = {{ host = "192.0.2.1", user = "jump", key = "/keys/jump", host_key = "{KEY}" }}

[pairs.london.commands.ha-failback]
runs_on = "primary"
time_limit = 300.5

[pairs.london.commands.ha-initialise]
dialogue = [{{ prompt = "Its joining code", answer = "{{joining_code}}" }}]

[pairs.london.labels]
this_host = "\\\\(this one\\\\)"
"""
