"""Sign-up, sign-in and what an account is: allauth, made to know tenants."""
