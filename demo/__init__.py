"""The demo: two publications with articles, readers of every kind, and a sandbox in Stripe's place."""

# Everybody's, and printed for everybody who starts the demo.
PASSWORD = "harbour-lights"  # noqa: S105
