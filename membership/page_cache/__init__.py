"""Finished pages, kept by audience: what is kept, where, and until when (rule S1)."""
