"""What members and the tenant are told by mail of money, and Stripe of an address."""
