"""Tests; what they share are the modules beside this one."""
