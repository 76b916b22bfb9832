"""`make bench` and `manage.py fill`: how fast the site is, and whether it stays so as it grows.

Never part of the product: installed by the development settings (`fill`) and the bench's own.
"""

# By which the members that `fill` makes are Pro.
PRICE, PRODUCT = "price_fill", "prod_fill"
# Of the bench's tenant, in a database that lives for minutes.
HOST = "localhost"
WEBHOOK_SECRET = "whsec_bench0123456789"  # noqa: S105
