"""The member's own pages, and the one way to sign in."""

from django.urls import path
from django.views.generic import RedirectView

from membership import views

# Wagtail's own login forms know no rate limit, no mailed code and no second factor.
to_sign_in = RedirectView.as_view(pattern_name="account_login", query_string=True)

urlpatterns = [
    path("account/", views.account, name="account"),
    path("account/name/", views.change_name, name="account_name"),
    path("account/data/", views.download_data, name="account_data"),
    path("account/delete/", views.delete_account, name="account_delete"),
    path("accounts/login/", views.SignInView.as_view(), name="account_login"),
    path("admin/login/", to_sign_in),
    path("_util/login/", to_sign_in),
]
