"""Sign-in and second factor of staff and members."""

from django.urls import include, path

urlpatterns = [path("", include("allauth.urls"))]
