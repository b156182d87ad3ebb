"""The console against real sshds."""
