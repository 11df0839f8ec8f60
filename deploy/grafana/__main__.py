"""Write the dashboards for Grafana: `python -m deploy.grafana`."""

import json
from pathlib import Path
from typing import Final

from deploy.grafana.analysts import analysts
from deploy.grafana.campaign_day import campaign_day
from deploy.grafana.operations import operations

FOLDER: Final = Path(__file__).parent / "dashboards"


def dashboards() -> dict[str, str]:
    """Return the text of each file by its name."""
    made = {"campaign-day": campaign_day(), "analysts": analysts(), "operations": operations()}
    return {f"{name}.json": json.dumps(one, indent=2) + "\n" for name, one in made.items()}


if __name__ == "__main__":
    for name, text in dashboards().items():
        (FOLDER / name).write_text(text, "utf-8")
