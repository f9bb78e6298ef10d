"""What people see of the API: its description as OpenAPI 3.1, and a page to try it in the browser."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from events.api.views import api


@require_safe
def api_schema(request: HttpRequest) -> HttpResponse:
    return JsonResponse(api.get_openapi_schema(path_prefix="/api/v1/"))


@require_safe
def api_try(request: HttpRequest) -> HttpResponse:
    return render(request, "api/try.html")
