"""Billing in Wagtail's admin: the tenant's settings, and which tenants have billing at all."""
