"""What editors see in the admin beside Wagtail's own: access in lists, and for many pages at once."""
