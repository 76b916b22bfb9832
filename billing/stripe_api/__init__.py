"""How Stripe is asked: client, errors in words, and its objects as our columns."""
