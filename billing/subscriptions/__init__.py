"""What a member does with a subscription, and what becomes of it as accounts and tenants go."""
