"""Sign-in, account, people. `portal.urls` puts the last below /t/<slug>/."""

from django.urls import path, re_path

from portal.tenants.accounts import views as accounts
from portal.tenants.views import account, microsoft, people, sign_in

urlpatterns = [
    path("sign-in/", sign_in.sign_in, name="sign-in"),
    re_path("^sign-in/microsoft/(?P<step>answer/)?$", microsoft.microsoft, name="microsoft"),
    path("sign-out/", sign_in.sign_out, name="sign-out"),
    path("set-password/<str:key>/<str:token>/", sign_in.set_password, name="set-password"),
    path("tenants/new/", accounts.tenant_new, name="tenant-new"),
    path("connect/answer/", accounts.connect_answer, name="connect-answer"),
    path("account/", account.account, name="account"),
    path("account/look/", account.account_look, name="account-look"),
    path("account/password/", account.account_password, name="account-password"),
]

tenant_urlpatterns = [
    path("connection/", accounts.connection, name="connection"),
    path("connection/registration/", accounts.registration, name="registration"),
    path("connection/connect/", accounts.connect, name="connect"),
    path("connection/check/", accounts.connection_check, name="connection-check"),
    path("connection/disconnect/", accounts.disconnect, name="disconnect"),
    path("people/", people.people, name="people"),
    path("people/add/", people.person_add, name="person-add"),
    path("people/policy/", people.policy, name="policy"),
    path("people/roles/add/", people.mapping_add, name="mapping-add"),
    path("people/roles/<int:pk>/remove/", people.mapping_remove, name="mapping-remove"),
    path("people/<int:pk>/link/", people.person_link, name="person-link"),
    path("people/<int:pk>/grant/", people.role_grant, name="role-grant"),
    path("people/<int:pk>/revoke/", people.role_revoke, name="role-revoke"),
    path("people/<int:pk>/deactivate/", people.person_deactivate, name="person-deactivate"),
    path("people/<int:pk>/reactivate/", people.person_reactivate, name="person-reactivate"),
]
