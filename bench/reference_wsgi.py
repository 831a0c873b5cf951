"""Serves bench.reference_urls as registry.wsgi serves the product: same settings, other addresses.

BENCH_REFERENCE=bare takes the middleware away as well, but for the one every site needs.
"""

import os

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "registry.settings.local")
settings.ROOT_URLCONF = "bench.reference_urls"
django.setup(set_prefix=False)
if os.environ.get("BENCH_REFERENCE") == "bare":
    # Only now: some apps insist on theirs while they are loaded. This one tells the length of answers.
    settings.MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
application = WSGIHandler()
