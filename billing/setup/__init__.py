"""The settings panel: what is entered, what Stripe says to it, and what follows a change."""
