"""Turning the opened records of one profile into the parts of a report. Pure: no tables, no clock, no HTTP.

A part sees only what the consent covers, for nothing else was opened.
"""
