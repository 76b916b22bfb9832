"""Comparing a tenant's books with Stripe's, and repairing what differs (rule W8)."""
