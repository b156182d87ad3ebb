"""The lab, tested as its users meet it."""
