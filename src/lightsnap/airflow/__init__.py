"""lightsnap as a provider for Apache Airflow, by the extra ``airflow``.

Airflow finds it by the entry point ``apache_airflow_provider``. The modules follow the
conventions of Airflow's amazon provider, and take its connections. This one imports
nothing of Airflow's, since each of its processes loads it to list the providers.
"""

from __future__ import annotations


def get_provider_info() -> dict[str, object]:
    """Return what Airflow lists about this provider."""
    name = "Amazon Lightsail"
    return {
        "package-name": "lightsnap",
        "name": "lightsnap",
        "description": "Snapshots and backups of Amazon Lightsail instances.",
        "integrations": [
            {
                "integration-name": name,
                "external-doc-url": "https://aws.amazon.com/lightsail/",
                "tags": ["aws"],
            }
        ],
        **{
            kind: [
                {
                    "integration-name": name,
                    "python-modules": [f"lightsnap.airflow.{kind}"],
                }
            ]
            for kind in ("operators", "sensors", "triggers")
        },
    }
