from django.urls import path

from bench.admin import site
from portal.urls import *  # noqa: F403
from portal.urls import urlpatterns as portal

urlpatterns = [path("admin/", site.urls), *portal]
