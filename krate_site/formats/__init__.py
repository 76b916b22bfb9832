"""Dates and times where we know better than Django's own formats."""
