"""What a tenant's admins do in Wagtail's admin: members, team, and the log of changes."""
