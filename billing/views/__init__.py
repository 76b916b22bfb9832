"""The pages and buttons of a member's way to Pro: plans, checkout, success, portal, invoices."""
