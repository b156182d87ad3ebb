"""Pictures of everything that people see, by one command: `python -m tests.charts FOLDER`."""
