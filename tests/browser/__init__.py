"""The demo's page, played as a person plays it: by roles, labels and what is to be read."""
