"""A Lightsail backend for moto, laid out like moto's own services."""

from .models import lightsail_backends as lightsail_backends
